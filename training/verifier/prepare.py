"""`python -m training.verifier.prepare DATA READER OUT`: the pairs of all sets, to train on and for development.

READER is what training.reader.prepare wrote. OUT gets train-SET.jsonl.gz for each public set and each kind of made
pair, and dev.jsonl.gz; nothing in either shares a run of words with what is reported on.
"""

import argparse
from collections.abc import Iterable, Sequence
from pathlib import Path

from training.reader.examples import Example, load
from training.reader.overlap import HeldBack
from training.reader.prepare import DEV_FILE as READER_DEV
from training.verifier.made import asked_pairs, sentence_pairs
from training.verifier.pairs import Pair, save
from training.verifier.reported import held_back
from training.verifier.sets.table import SEED, SETS, read_pairs

DEV_FILE = "dev.jsonl.gz"

ENCYCLOPAEDIA = ("squad2", "squad11", "new_wiki", "squad_train")
NATURAL = ("tydiqa", "nq_open_oracle", "multispanqa", "nq_unanswerable", "timeqa")
OTHERS = ("reddit", "amazon", "policyqa", "covidqa", "fairytaleqa", "friendsqa", "tatqa")
TABLES = ("wikitablequestions", "tatqa_tables")

MADE: dict[str, tuple[str, ...]] = {
    "encyclopaedia": ENCYCLOPAEDIA, "natural": NATURAL, "others": OTHERS, "tables": TABLES,
}  # fmt: skip
"""The reader's sets of whose examples pairs are made, by the name of what is made."""

OF_QUESTIONS, OF_SENTENCES = "asked", "sentences"

MADE_KIND = "made"
"""Of text, beside the public sets' kinds: what a rule made of the reader's examples."""


def kind_of(pair: Pair) -> str:
    """The kind of text that a pair is of."""
    return SETS[pair.set].kind if pair.set in SETS else MADE_KIND


def made(examples: Sequence[Example], name: str) -> dict[str, list[Pair]]:
    """Pairs of examples, by what they are made of."""
    found = {f"{name}-{OF_QUESTIONS}": asked_pairs(examples, SEED)}
    if name != "tables":  # a row is no sentence
        found[f"{name}-{OF_SENTENCES}"] = sentence_pairs(examples, SEED)
    return found


def prepare(data: Path, reader: Path, out: Path) -> None:
    """Write the files."""
    out.mkdir(parents=True, exist_ok=True)
    held = held_back(data)
    dev: list[Pair] = []
    for name in SETS:
        of_set = read_pairs(data, name)
        train, kept = (list(_let_through(of_set[part], held)) for part in ("train", "dev"))
        dev += kept
        save(train, out / f"train-{name}.jsonl.gz")
        print(f"{name} ({SETS[name].kind}): {_counts(train)} to train on, {_counts(kept)} for development", flush=True)
    asked = load(reader / READER_DEV)
    for name, sets in MADE.items():
        for kind, pairs in made([e for one in sets for e in load(reader / f"train-{one}.jsonl.gz")], name).items():
            train = list(_let_through(pairs, held))
            save(train, out / f"train-{kind}.jsonl.gz")
            print(f"{kind} (made): {_counts(train)} to train on", flush=True)
        for pairs in made([e for e in asked if e.set in sets], name).values():
            dev += _let_through(pairs, held)
    save(dev, out / DEV_FILE)
    print(f"development: {_counts(dev)}")


def _let_through(pairs: Iterable[Pair], held: HeldBack) -> Iterable[Pair]:
    return (pair for pair in pairs if not held.shares(pair.passage) and not held.shares(pair.statement))


def _counts(pairs: Sequence[Pair]) -> str:
    return f"{len(pairs):,} ({sum(pair.supported for pair in pairs):,} supported)"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("reader", type=Path)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    prepare(arguments.data, arguments.reader, arguments.out)
