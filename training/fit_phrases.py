"""`python -m training.fit_phrases PREPARED`: how near to the reader's best span a phrase must be to be an answer.

PREPARED is what `training.reader.prepare` wrote. Of each development question whose passage has another question too,
the phrase that answers it is told from the one that answers the other. Printed for each kind of text: the share of
either that the verifier alone takes for supported, and that is taken for an answer by how many logits it may lie below
the best span.
"""

import argparse
import random
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from benchmarks.quality import table
from rag.llm.phrases import NEARLY, PhraseChecker
from rag.llm.support import SupportChecker
from rag.models.reader import ReaderModel
from rag.models.verifier import VerifierModel
from training.reader.examples import Example, load
from training.reader.sets.table import SETS

MARGINS = (1.0, 2.0, NEARLY, 4.0, 6.0)
MOST = 150
"""Questions of a kind."""


def pairs(examples: list[Example]) -> Iterator[tuple[Example, str, str]]:
    """A question, the phrase that answers it, and one of the same passage that answers another."""
    by_passage = defaultdict(list)
    for example in examples:
        if example.spans:
            by_passage[example.passage].append(example)
    for asked in by_passage.values():
        for example in asked:
            right = _phrase(example)
            others = [phrase for other in asked if not _share(right, phrase := _phrase(other))]
            if others:
                yield example, right, random.Random(example.id).choice(others)


def _phrase(example: Example) -> str:
    return example.passage[slice(*example.spans[0])]


def _share(one: str, other: str) -> bool:
    return one.casefold() in other.casefold() or other.casefold() in one.casefold()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("prepared", type=Path)
    of_kind = defaultdict(list)
    for example, right, wrong in pairs(load(parser.parse_args().prepared / "dev.jsonl.gz")):
        of_kind[SETS[example.set].kind].append((example, right, wrong))
    phrases, verifier, lines = PhraseChecker(ReaderModel()), SupportChecker(VerifierModel()), []
    for kind, found in sorted(of_kind.items()):
        random.Random(0).shuffle(found)
        margins, alone = [], []
        for example, *both in found[:MOST]:
            margins.append([phrases.margin(example.question, phrase, example.passage) for phrase in both])
            verdicts = [verifier.check(f"{phrase}.", [example.passage])[0].verdict for phrase in both]
            alone.append([verdict in ("quoted", "supported") for verdict in verdicts])
        shares = [
            [sum(pair[side] for pair in taken) / len(margins) for side in (0, 1)]
            for taken in (alone, *([[lies <= most for lies in pair] for pair in margins] for most in MARGINS))
        ]
        lines.append([kind, str(len(margins)), *(f"{right:.2f}, {wrong:.2f}" for right, wrong in shares)])
    heads = ["verifier alone: right, wrong", *(f"within {most:g}" for most in MARGINS)]
    print(table(["kind", "pairs", *heads], lines))
