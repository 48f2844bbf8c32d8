"""Questions altered in one detail, so that their passage no longer answers them: near misses by rule.

SQuAD 2.0's unanswerable questions swap names and numbers, negate, and turn words to their opposite (Rajpurkar et al.
2018, table 2); there are few of them here, and questions with an answer are many.
"""

import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from training.reader.examples import Example

_NAME = re.compile(r"(?<=\w )[A-Z][\w'’-]+(?: (?:of |the |de )?[A-Z][\w'’-]+)*")
_NUMBER = re.compile(r"\b\d[\d,.]*\d\b|\b\d\b")
_MONTH = re.compile(r"January|February|March|April|May|June|July|August|September|October|November|December")
_WORD = re.compile(r"\b[a-z]{5,}\b")
_AUXILIARY = re.compile(r"\b(did|does|do|was|were|is|are|can|could|would|will|has|have|had)\b")

OPPOSITES = dict(
    pair
    for couple in (
        "first last", "largest smallest", "biggest tiniest", "most least", "more fewer", "highest lowest",
        "oldest youngest", "earliest latest", "before after", "north south", "northern southern", "east west",
        "eastern western", "increase decrease", "increased decreased", "rise fall", "began ended", "begin end",
        "start finish", "started stopped", "won lost", "win lose", "early late", "high low", "higher lower",
        "large small", "larger smaller", "long short", "longest shortest", "old new", "best worst", "better worse",
        "inside outside", "above below", "allowed forbidden", "allow prevent", "accepted rejected", "supported opposed",
        "support oppose", "public private", "male female", "men women", "major minor", "maximum minimum", "same other",
        "always never", "common rare", "built destroyed", "created abolished", "founded dissolved", "joined left",
        "married divorced", "born buried", "added removed", "buy sell", "bought sold", "cause prevent",
        "caused prevented", "strong weak", "rich poor", "internal external", "primary secondary", "left right",
    )
    for a, b in [couple.split()]
    for pair in ((a, b), (b, a))
)  # fmt: skip
"""Words to their opposites; a person's judgement, not exhaustive."""

FROM_PASSAGE = 0.4
"""Share of swapped names that the passage has in another part."""

NEGATED = 0.1
"""Share of questions that are negated rather than altered otherwise."""


def altered(examples: Sequence[Example], seed: int) -> list[Example]:
    """One altered question for each answerable example for which a rule finds one, without spans."""
    draw = random.Random(seed)
    by_document: dict[str, list[str]] = defaultdict(list)
    for example in examples:
        by_document[example.document].append(example.question)
    result = []
    for example in examples:
        if not example.spans:
            continue
        question = _alter(example, by_document[example.document], draw)
        if question and question != example.question:
            result.append(replace(example, id=f"{example.id}-altered", question=question, spans=()))
    return result


def _alter(example: Example, questions: Sequence[str], draw: random.Random) -> str | None:
    if draw.random() < NEGATED:
        return _replaced(example.question, _AUXILIARY, lambda word: f"{word} not", draw)
    rules = [_opposite, _number, _name, _word]
    draw.shuffle(rules)
    others = draw.sample(questions, min(40, len(questions)))
    return next((found for rule in rules if (found := rule(example, others, draw))), None)


def _opposite(example: Example, others: Sequence[str], draw: random.Random) -> str | None:
    return _replaced(example.question, re.compile(r"\b[a-z]+\b"), OPPOSITES.get, draw)


def _number(example: Example, others: Sequence[str], draw: random.Random) -> str | None:
    pool = [n for n in _all(_NUMBER, [*others, example.passage]) if n not in example.question]

    def other(number: str) -> str | None:
        alike = [n for n in pool if len(n) == len(number) and n not in example.answers]
        return draw.choice(alike) if alike else None

    return _replaced(example.question, _NUMBER, other, draw)


def _name(example: Example, others: Sequence[str], draw: random.Random) -> str | None:
    answers = " ".join(example.answers)
    own = [n for n in _all(_NAME, [example.passage]) if n not in answers and n not in example.question]
    foreign = [n for n in _all(_NAME, others) if n not in example.passage and n not in example.question]

    def other(name: str) -> str | None:
        pool = own if own and draw.random() < FROM_PASSAGE else foreign
        return draw.choice(pool) if pool and name in example.passage else None

    return _replaced(example.question, _NAME, other, draw)


def _word(example: Example, others: Sequence[str], draw: random.Random) -> str | None:
    pool = [word for word in _all(_WORD, others) if word not in example.passage and word not in example.question]

    def other(word: str) -> str | None:
        alike = [other for other in pool if other[-2:] == word[-2:]]
        return draw.choice(alike) if alike and word in example.passage else None

    return _replaced(example.question, _WORD, other, draw)


def _all(pattern: re.Pattern[str], texts: Iterable[str]) -> list[str]:
    found = (match.group() for text in texts for match in pattern.finditer(text))
    return [text for text in found if not _MONTH.match(text) and not text.endswith(("'s", "’s"))]


def _replaced(
    question: str, pattern: re.Pattern[str], other: Callable[[str], str | None], draw: random.Random
) -> str | None:
    """The question with one match of the pattern, drawn, replaced by what `other` makes of it."""
    matches = list(pattern.finditer(question))
    draw.shuffle(matches)
    for match in matches:
        if not _MONTH.match(match.group()) and (new := other(match.group())):
            return question[: match.start()] + new + question[match.end() :]
    return None
