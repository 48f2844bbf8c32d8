"""`python -m training.reader.prepare DATA OUT`: the examples of all sets and parts, and retrieved negatives.

OUT/train-SET.jsonl.gz is for each set, for altered questions, passages of headings and forms, neighbouring passages and
retrieved negatives; OUT/dev.jsonl.gz is of all sets; OUT/yes-no-train.jsonl.gz and OUT/yes-no-dev.jsonl.gz ask for yes
or no.
"""

import argparse
from collections.abc import Iterable
from pathlib import Path

from training.reader.altered import altered
from training.reader.examples import Example, save
from training.reader.fragments import FORMS, HEADED, forms, headed_fragments
from training.reader.negatives import neighbouring_negatives, retrieved_negatives
from training.reader.overlap import HeldBack, Question, reported, without_repeats
from training.reader.sets.table import SETS, YES_NO, Set, read_parts

SEED = 7
NEGATIVES = "negatives"
LAST = f"train-{NEGATIVES}.jsonl.gz"
DEV_FILE = "dev.jsonl.gz"

SEARCHED = ("squad2", "squad11", "new_wiki", "squad_train", "tydiqa", "nq_open_oracle")
"""Sets for whose questions passages are retrieved, from all of their documents; none has another's passages."""

NEIGHBOURED = ("fairytaleqa", "friendsqa", "covidqa")
"""Sets of whose documents other passages seldom answer a question in other words."""

OF_ONE_SOURCE = ("natural",)
"""Kinds of which several sets may ask one question."""


def prepare(data: Path, out: Path, negative_questions: int) -> None:
    """Write the files; what says that all are written is written last."""
    if (out / LAST).exists():
        print(f"{out} is prepared already; remove it to prepare it again")
        return
    out.mkdir(parents=True, exist_ok=True)
    train, dev = split(data, SETS | YES_NO, reported(data))
    for name, chosen in (SETS | YES_NO).items():
        print(f"{name} ({chosen.kind}): {_counts(train[name])} to train on, {_counts(dev[name])} for development")
    for name in SETS:
        save(train[name], out / f"train-{name}.jsonl.gz")
    for part, examples in (("train", train), ("dev", dev)):
        save(_of(examples, YES_NO), out / f"yes-no-{part}.jsonl.gz")
    save(_of(dev, SETS), out / DEV_FILE)
    print(f"all: {_counts(_of(train, SETS))} to train on, {_counts(_of(dev, SETS))} for development", flush=True)
    near_misses = altered(_of(train, (name for name in SETS if SETS[name].kind == "encyclopaedia")), SEED)
    save(near_misses, out / "train-altered.jsonl.gz")
    print(f"{len(near_misses):,} altered questions", flush=True)
    for name, made in ((HEADED, headed_fragments), (FORMS, forms)):
        written = made(_of(train, (*SEARCHED, "qamr")), SEED)
        save(written, out / f"train-{name}.jsonl.gz")
        print(f"{name}: {_counts(written)}", flush=True)
    neighbours = neighbouring_negatives(_of(train, NEIGHBOURED))
    save(neighbours, out / "train-neighbours.jsonl.gz")
    print(f"{len(neighbours):,} passages of the same document that do not answer", flush=True)
    negatives = retrieved_negatives(_of(train, SEARCHED), negative_questions, SEED)
    save(negatives, out / LAST)
    print(f"{len(negatives):,} retrieved negatives")


def split(
    data: Path, sets: dict[str, Set], held: HeldBack
) -> tuple[dict[str, list[Example]], dict[str, list[Example]]]:
    """Examples to train on and for development by set: no two the same, nothing in both, nothing of what is `held`."""
    found = {name: read_parts(data, chosen, name) for name, chosen in sets.items()}
    for of_set in found.values():
        held.add({example.passage for example in of_set["report"]})
    seen: set[tuple[Question, Question]] = set()
    dev = {name: without_repeats(filter(held.lets_through, of_set["dev"]), seen) for name, of_set in found.items()}
    for name, examples in dev.items():
        shared = sets[name].kind in OF_ONE_SOURCE
        held.add({one.passage for one in examples}, (one.question for one in examples if shared))
    train = {name: without_repeats(filter(held.lets_through, of_set["train"]), seen) for name, of_set in found.items()}
    return train, dev


def _of(examples: dict[str, list[Example]], names: Iterable[str]) -> list[Example]:
    return [example for name in names for example in examples[name]]


def _counts(examples: list[Example]) -> str:
    return f"{len(examples):,} ({sum(not example.spans for example in examples):,} unanswerable)"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--negative-questions", type=int, default=6000)
    arguments = parser.parse_args()
    prepare(arguments.data, arguments.out, arguments.negative_questions)
