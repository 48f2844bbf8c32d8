"""Examples cut to windows of whole sentences: short ones train faster, and show the reader where answers are not."""

import random
import re
from dataclasses import replace

from rag.text.sentences import sentence_spans, with_whole_rows
from training.reader.examples import Example
from training.reader.fragments import FORMS, HEADED

Budgets = tuple[tuple[float, int], ...]

SHORT: Budgets = ((0.45, 380), (0.25, 560), (0.30, 1100))
LONG: Budgets = ((0.30, 380), (0.20, 560), (0.50, 1100))
"""Share of the windows and characters that each may have."""

_ROW = re.compile(r"^(?:\||- ).+$", re.MULTILINE)

REMOVED = 0.12
"""Share of answerable examples from which the sentences with the answer are taken out."""


def window(example: Example, draw: random.Random, budgets: Budgets = SHORT) -> Example:
    """A window of the example's passage that holds one of its answers, or none where the answer is removed.

    One annotation is drawn, so that over epochs each of them is the target as often as annotators chose it. What was
    made short, with a heading that it needs, is not cut.
    """
    if example.set in (HEADED, FORMS):
        return example
    rows = [row.span() for row in _ROW.finditer(example.passage)]
    sentences = with_whole_rows(sentence_spans(example.passage, "en"), rows)
    if not sentences:
        return example
    span = draw.choice(example.spans) if example.spans else None
    budget = _budget(budgets, draw)
    if span and draw.random() < REMOVED and (without := _without_answer(example, sentences, budget, draw)):
        return without
    at = next((i for i, (_, end) in enumerate(sentences) if span and end >= span[1]), None)
    first = last = draw.randrange(len(sentences)) if at is None else at
    while span and sentences[first][0] > span[0]:
        first -= 1
    first, last = _grow(sentences, first, last, budget, draw)
    left, right = sentences[first][0], sentences[last][1]
    spans = ((span[0] - left, span[1] - left),) if span else ()
    return replace(example, passage=example.passage[left:right], spans=spans)


def _budget(budgets: Budgets, draw: random.Random) -> int:
    at = draw.random()
    for share, characters in budgets:
        at -= share
        if at < 0:
            return characters
    return budgets[-1][1]


def _grow(sentences: list[tuple[int, int]], first: int, last: int, budget: int, draw: random.Random) -> tuple[int, int]:
    """Sentences added before and after at random, while they fit."""
    while True:
        sides = []
        if first > 0 and sentences[last][1] - sentences[first - 1][0] <= budget:
            sides.append(-1)
        if last + 1 < len(sentences) and sentences[last + 1][1] - sentences[first][0] <= budget:
            sides.append(1)
        if not sides:
            return first, last
        if draw.choice(sides) < 0:
            first -= 1
        else:
            last += 1


def _without_answer(
    example: Example, sentences: list[tuple[int, int]], budget: int, draw: random.Random
) -> Example | None:
    """The passage's sentences before or after those that hold an answer, whichever is longer."""
    before = [s for s in sentences if s[1] <= min(start for start, _ in example.spans)]
    after = [s for s in sentences if s[0] >= max(end for _, end in example.spans)]
    rest = max(before, after, key=lambda part: part[-1][1] - part[0][0] if part else 0)
    if not rest:
        return None
    at = len(rest) - 1 if rest is before else 0
    first, last = _grow(rest, at, at, budget, draw)
    passage = example.passage[rest[first][0] : rest[last][1]]
    if any(answer.lower() in passage.lower() for answer in example.answers):
        return None
    return replace(example, passage=passage, spans=(), relevant=False, id=f"{example.id}-removed")
