"""Documents that are kept for development as corpora, a folder of files a kind of text, and what is asked of each."""

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from training.reader.examples import Example, Span, load
from training.reader.prepare import DEV_FILE
from training.reader.sets.table import SETS, Kind

UNANSWERABLE = 1 / 3
"""Share of the questions of a kind that its documents do not answer."""

LEAST_DOCUMENTS = 8
"""Of a kind, below which none is left out of the corpus to make its questions unanswerable."""

OTHER_DOCUMENTS, OTHER_CHARACTERS = 200, 300_000
"""Documents of the same kind beside those that are asked about, and their length together, at most."""

UNNAMED: tuple[Kind, ...] = ("rules",)
"""Kinds whose questions do not say whose document they are about: any other of the kind answers them too."""

LEAST_SHARED = 80
"""Characters at the edge of a passage by which another one of its document is known to overlap it."""

SEED = 11

Key = tuple[str, str]
"""A document: its set and what the set calls it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question about the corpus of a kind: accepted answers, none where it has none, and where those stand.

    `places` are ranges of `passage`, which stands in the file `document`; without an answer there are none.
    """

    set: str
    question: str
    answers: tuple[str, ...]
    document: str
    passage: str
    places: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Corpus:
    """Documents of a kind of text, by the name of the file that each becomes, and what is asked of them."""

    kind: Kind
    documents: dict[str, str]
    asked: list[Asked]


def corpora(prepared: Path, questions: int) -> Iterator[Corpus]:
    """A Corpus for each kind of text in what training.reader.prepare wrote, at most `questions` asked of each."""
    by_kind: dict[Kind, list[Example]] = {}
    for example in load(prepared / DEV_FILE):
        by_kind.setdefault(SETS[example.set].kind, []).append(example)
    for kind, examples in by_kind.items():
        names = dict.fromkeys(example.set for example in examples)
        others = (load(prepared / f"train-{name}.jsonl.gz") for name in names)
        yield corpus_of(kind, examples, [example for of_set in others for example in of_set], questions)


def corpus_of(kind: Kind, examples: Sequence[Example], others: Sequence[Example], questions: int) -> Corpus:
    """The Corpus of `examples`, documents of `others` beside theirs, a seeded draw of what is asked.

    Some documents are left out where too few questions are unanswerable: those about them are then.
    """
    draw = random.Random(SEED)
    texts = _texts(examples)
    asked = [example for example in examples if example.relevant]
    draw.shuffle(asked)
    unanswerable = [example for example in asked if not example.spans]
    wanted = round(min(questions, len(asked)) * UNANSWERABLE)
    left_out = _left_out(asked, len(texts), wanted - len(unanswerable), draw)
    unanswerable += [example for example in asked if example.spans and _key(example) in left_out]
    answerable = [example for example in asked if example.spans and _key(example) not in left_out]
    unanswerable = unanswerable[:wanted]
    chosen = {id(example) for example in (*unanswerable, *answerable[: questions - len(unanswerable)])}
    beside = {} if kind in UNNAMED else {key: text for key, text in _some(_texts(others), draw) if key not in texts}
    written = {key: text for key, text in (texts | beside).items() if key not in left_out}
    files = {key: f"{number:04d}.md" for number, key in enumerate(written)}
    return Corpus(
        kind,
        {files[key]: text for key, text in written.items()},
        [_asked(example, files.get(_key(example))) for example in asked if id(example) in chosen],
    )


def _asked(example: Example, file: str | None) -> Asked:
    if file is None:
        return Asked(example.set, example.question, (), "", "", ())
    answers = example.answers if example.spans else ()
    return Asked(example.set, example.question, answers, file, example.passage, example.spans)


def _left_out(asked: Iterable[Example], documents: int, wanted: int, draw: random.Random) -> set[Key]:
    """Documents with about as many answerable questions as are wanted, at most half of them all."""
    counts: dict[Key, int] = {}
    for example in asked:
        counts[_key(example)] = counts.get(_key(example), 0) + bool(example.spans)
    if documents < LEAST_DOCUMENTS:
        return set()
    found: set[Key] = set()
    for key in draw.sample(sorted(counts), len(counts)):
        if wanted <= 0 or len(found) * 2 >= documents:
            break
        found.add(key)
        wanted -= counts[key]
    return found


def _some(texts: dict[Key, str], draw: random.Random) -> Iterator[tuple[Key, str]]:
    left = OTHER_CHARACTERS
    for key in draw.sample(sorted(texts), len(texts))[:OTHER_DOCUMENTS]:
        if len(texts[key]) <= left:
            left -= len(texts[key])
            yield key, texts[key]


def _key(example: Example) -> Key:
    return example.set, example.document or example.passage


def _texts(examples: Iterable[Example]) -> dict[Key, str]:
    """The text of each document: its title as a heading where one is known, its passages a paragraph each."""
    titles: dict[Key, str] = {}
    passages: dict[Key, list[str]] = {}
    for example in examples:
        key = _key(example)
        titles[key] = titles.get(key) or example.heading
        pieces = passages.setdefault(key, [])
        if not any(example.passage in piece for piece in pieces):
            pieces.append(example.passage)
    return {
        key: "\n\n".join([*([f"# {titles[key]}"] if titles[key] else ()), *joined(pieces)])
        for key, pieces in passages.items()
    }


def joined(passages: Sequence[str]) -> list[str]:
    """Passages of a document, those that overlap as one: sets cut long texts to what surrounds an answer."""
    left = list(passages)
    found: list[str] = []
    while left:
        text = left.pop(0)
        while (at := next((i for i, other in enumerate(left) if _overlapping(text, other)), None)) is not None:
            text = _overlapping(text, left.pop(at)) or text
        found.append(text)
    return found


def _overlapping(one: str, other: str) -> str | None:
    """Two texts as one where one ends as the other begins, or one holds the other; None where neither is so."""
    if other in one:
        return one
    for first, second in ((one, other), (other, one)):
        at = first.find(second[:LEAST_SHARED])
        if at >= 0 and len(first) - at >= LEAST_SHARED and second.startswith(first[at:]):
            return first[:at] + second
    return other if one in other else None
