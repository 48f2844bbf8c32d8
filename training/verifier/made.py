"""Pairs made of the reader's examples: questions with answers as statements, and sentences of passages, edited."""

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from rag.text.sentences import sentence_spans
from training.reader.altered import altered
from training.reader.examples import Example, headed
from training.reader.windows import window
from training.verifier.pairs import Pair
from training.verifier.statements import statement

AS_STATEMENT = 0.75
"""Share of questions that become a statement where a rule finds one; the rest stand before their answer."""

_NUMBER = re.compile(r"(?<![\w.,])\d[\d,.]*\d(?!\w)|(?<![\w.,])\d(?!\w)")
_NAME = re.compile(r"(?<=[a-z,] )[A-Z][\w'’-]+(?: (?:of |the |de )?[A-Z][\w'’-]+)*")
_PHRASE = re.compile(r"(?:(?<= a )|(?<= of )|(?<= the )|(?<= in )|(?<= to ))[a-z]{4,}(?: [a-z]{4,})?")
_ASIDE = re.compile(r"\s*\([^()]*\)|, (?:which|who|where|whose|including|such as) [^,.;]+(?=[,.;])")
_OPENING = re.compile(
    r"^(?:In|On|At|After|Before|During|By|Since|As|However|Although|For|Also|Moreover|Furthermore)\b[^,;]{0,60}, "
)
_TAIL = re.compile(r"(?:; |, (?:and|but|while|with|because|so|as|although|leading|making|causing) )[^;]*$")


def asked_pairs(examples: Sequence[Example], seed: int) -> list[Pair]:
    """Of each question with its answer: the passage supports it, or not, or what it says is no longer so."""
    draw = random.Random(seed)
    near_misses = {example.id.removesuffix("-altered"): example for example in altered(examples, seed)}
    found = []
    for example in examples:
        shown = headed(window(example, draw))
        if not example.spans:
            # Nothing in the passage answers, so whatever is taken from it is wrong.
            wrong = _other(example, "", draw)
            found += _pair(example.set, f"{example.id}-none", example.question, wrong, shown.passage, False, None, draw)
            continue
        answer = draw.choice(example.answers)
        if shown.spans:
            found += _pair(example.set, example.id, example.question, answer, shown.passage, True, True, draw)
            kind = draw.random()
            miss = near_misses.get(example.id)
            if kind < 0.45 and (wrong := _other(shown, answer, draw)):
                found += _pair(
                    example.set, f"{example.id}-other", example.question, wrong, shown.passage, False, None, draw
                )
            elif kind < 0.8 and miss:
                found += _pair(example.set, miss.id, miss.question, answer, shown.passage, False, None, draw)
            elif without := _without(example, draw):
                found += _pair(
                    example.set, f"{example.id}-without", example.question, answer, without, False, False, draw
                )
        else:
            found += _pair(
                example.set, f"{example.id}-without", example.question, answer, shown.passage, False, False, draw
            )
    return found


def sentence_pairs(examples: Sequence[Example], seed: int) -> list[Pair]:
    """Of sentences of each passage, said shorter or with a neighbour: supported, altered, or not in the passage."""
    draw = random.Random(seed)
    passages = list({(example.document, example.passage): example for example in examples}.values())
    chosen = []
    for example in passages:
        text = example.passage
        spans = [(a, b) for a, b in sentence_spans(text) if 6 <= len(text[a:b].split()) <= 45]
        for span in draw.sample(spans, min(2, len(spans))):
            chosen.append(
                replace(
                    example, id=f"{example.id}-{span[0]}", question=text[slice(*span)], spans=(span,), answers=("",)
                )
            )
    misses = {miss.id.removesuffix("-altered"): miss.question for miss in altered(chosen, seed)}
    found = []
    for example in chosen:
        said = example.question
        shown = window(example, draw)
        kept = shown.passage if shown.spans else _around(example, draw)
        without = _without(example, draw)
        found.append(Pair(f"{example.set}-sentence", example.id, shortened(said, draw), kept, True, True))
        other, beside = draw.choice(chosen), _neighbour(example, kept)
        miss = misses.get(example.id, "")
        for name, text, passage, supported, partly in (
            ("altered", _shorter_but(miss, said, draw), kept, False, None),
            ("without", shortened(said, draw), without, False, False),
            ("joined", joined(shortened(said, draw), other.question, draw), kept, False, True),
            ("both", joined(shortened(said, draw), beside, draw), kept, True, True),
            ("half", joined(shortened(beside, draw), miss, draw), kept, False, True),
        ):
            if text and passage and draw.random() < 0.6:
                found.append(Pair(f"{example.set}-sentence", f"{example.id}-{name}", text, passage, supported, partly))
    return found


def _shorter_but(altered_sentence: str, sentence: str, draw: random.Random) -> str:
    """The altered sentence said shorter, unless what was altered is then gone."""
    seed = draw.random()
    shorter, other = (shortened(text, random.Random(seed)) for text in (altered_sentence, sentence))
    return altered_sentence if shorter == other else shorter


def shortened(sentence: str, draw: random.Random) -> str:
    """A sentence less some of its asides, its opening or its last clause: what is left was said by the whole."""
    text = sentence
    if draw.random() < 0.6:
        text = _ASIDE.sub("", text)
    if draw.random() < 0.4:
        text = _OPENING.sub("", text)
    if draw.random() < 0.4:
        text = _TAIL.sub(".", text)
    if len(text.split()) < 5:
        return sentence
    return text[:1].upper() + text[1:] if draw.random() < 0.8 else text.lower()


def joined(one: str, other: str, draw: random.Random) -> str:
    """Two sentences as one, none where either is none."""
    if not one or not other:
        return ""
    if draw.random() < 0.5:
        one, other = other, one
    between = draw.choice((", and ", "; ", " ", ", while "))
    return f"{one.rstrip('.') if between != ' ' else one}{between}{other}"


def _pair(
    name: str,
    id_: str,
    question: str,
    answer: str | None,
    passage: str,
    supported: bool,
    partly: bool | None,
    draw: random.Random,
) -> Iterator[Pair]:
    if answer:
        said = statement(question, answer) if draw.random() < AS_STATEMENT else None
        yield Pair(name, id_, said or f"{question} {answer}", passage, supported, partly)


def _other(example: Example, answer: str, draw: random.Random) -> str | None:
    """Another phrase of the passage, of the same kind as the answer."""
    patterns: list[re.Pattern[str]] = [_NUMBER, _NAME, _PHRASE]
    if answer:
        patterns = [_NUMBER if any(c.isdigit() for c in answer) else _NAME if answer[:1].isupper() else _PHRASE]
    right = " ".join((answer, *example.answers)).lower()
    phrases = [m.group() for pattern in patterns for m in pattern.finditer(example.passage)]
    phrases = [
        p for p in phrases if p.lower() not in right and not any(a.lower() in p.lower() for a in example.answers if a)
    ]
    phrases = [p for p in phrases if p.lower() not in example.question.lower()]
    return draw.choice(phrases) if phrases else None


def _without(example: Example, draw: random.Random) -> str | None:
    """The passage less the sentences that hold the answer, or the sentence that is said."""
    text = example.passage
    rest = [
        text[a:b]
        for a, b in sentence_spans(text)
        if not any(a < end and start < b for start, end in example.spans)
        and not any(answer and answer.lower() in text[a:b].lower() for answer in example.answers)
    ]
    if not rest:
        return None
    first = draw.randrange(len(rest))
    return _filled(rest, first, draw)


def _around(example: Example, draw: random.Random) -> str:
    """The passage's sentences about the one that is said."""
    text = example.passage
    spans = sentence_spans(text)
    at = next(i for i, (_, end) in enumerate(spans) if end >= example.spans[0][1])
    return _filled([text[a:b] for a, b in spans], at, draw)


def _filled(sentences: Sequence[str], at: int, draw: random.Random) -> str:
    """Sentences from or to that at `at` in a row, as many as a passage holds."""
    budget = draw.choice((300, 550, 1000))
    first = last = at
    length = len(sentences[at])
    while last + 1 < len(sentences) and length + len(sentences[last + 1]) < budget:
        last += 1
        length += len(sentences[last])
    while first > 0 and length + len(sentences[first - 1]) < budget:
        first -= 1
        length += len(sentences[first])
    return " ".join(sentences[first : last + 1])


def _neighbour(example: Example, shown: str) -> str:
    """The sentence after the one that is said, or before it, where the window shows it."""
    text = example.passage
    spans = sentence_spans(text)
    at = next(i for i, (_, end) in enumerate(spans) if end >= example.spans[0][1])
    near = [text[slice(*spans[i])] for i in (at + 1, at - 1) if 0 <= i < len(spans)]
    return next((s for s in near if s in shown and len(s.split()) >= 5), "")
