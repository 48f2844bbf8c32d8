"""Pairs of sentences of which one follows from the other or not, and sentences that were cut in two."""

import csv
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

from rag.formats.text import one_line
from rag.text.words import share_of_words, stems
from training.verifier.made import joined
from training.verifier.pairs import Pair
from training.verifier.sets.passages import as_written

ENTAILED = "entailment"
LEAST_SHARE = 0.7
"""Of the words of half a sentence, that the whole must have: crowds changed some in passing."""


def read_inference(
    files: Sequence[Path], name: str, draw: random.Random, columns: tuple[str, str, str], encoding: str = "utf-8-sig"
) -> Iterator[Pair]:
    """Tables with a premise, a hypothesis and whether it follows, in these columns.

    What contradicts and what is left open alike is not supported. Pairs of one premise belong together.
    """
    for file in files:
        with file.open(encoding=encoding, newline="") as lines:
            for number, row in enumerate(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)):
                premise, hypothesis, label = (one_line(row[column] or "") for column in columns)
                if premise and hypothesis and label:
                    yield _pair(name, f"{file.stem}-{number}", premise, hypothesis, label)


def read_aligned(files: Sequence[Path], name: str, draw: random.Random) -> Iterator[Pair]:
    """SNLI as three files, a line a pair: labels, premises, hypotheses (Bowman et al. 2015; Camburu et al. 2018)."""
    labels, premises, hypotheses = (file.read_text(encoding="utf-8").splitlines() for file in files)
    for number, (label, premise, hypothesis) in enumerate(zip(labels, premises, hypotheses, strict=True)):
        yield _pair(name, str(number), as_written(premise), as_written(hypothesis), label)


def read_split(files: Sequence[Path], name: str, draw: random.Random) -> Iterator[Pair]:
    """Long sentences and the two short ones that say the same (Botha et al. 2018).

    Each half is supported by the whole, the whole by both halves; of the whole, one half supports only some.
    """
    for file in files:
        for number, line in enumerate(file.read_text(encoding="utf-8").split("\n")):
            whole, _, split = line.partition("\t")
            halves = [as_written(half) for half in split.split("<::::>")]
            said = as_written(whole)
            if len(halves) != 2 or min(share_of_words(stems(half), said) for half in halves) < LEAST_SHARE:
                continue
            first, second = halves
            at, half, other = f"{file.stem}-{number}", *draw.sample(halves, 2)
            yield Pair(name, at, half, said, True, True, said)
            if share_of_words(stems(said), " ".join(halves)) >= LEAST_SHARE:
                yield Pair(name, f"{at}-both", said, f"{first} {second}", True, True, said)
            if share_of_words(stems(other), half) < LEAST_SHARE:
                yield Pair(name, f"{at}-half", said, half, False, True, said)
                yield Pair(name, f"{at}-other", other, half, False, None, said)
                yield Pair(name, f"{at}-joined", joined(half, other, draw), half, False, True, said)


def _pair(name: str, number: str, premise: str, hypothesis: str, label: str) -> Pair:
    supported = label == ENTAILED
    return Pair(name, number, hypothesis, premise, supported, True if supported else None, premise)
