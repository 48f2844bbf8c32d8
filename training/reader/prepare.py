"""`python -m training.reader.prepare DATA OUT`: the examples of all sets and parts, and retrieved negatives."""

import argparse
from pathlib import Path

from training.reader.altered import altered
from training.reader.examples import Example, save
from training.reader.negatives import retrieved_negatives
from training.reader.overlap import HeldBack, Question, reported, without_repeats
from training.reader.sets.table import SETS, Set, read_parts

SEED = 7
LAST = "train-negatives.jsonl.gz"
DEV_FILE = "dev.jsonl.gz"

OF_ONE_SOURCE = ("natural",)
"""Kinds of which several sets may ask one question."""


def prepare(data: Path, out: Path, negative_questions: int) -> None:
    """Write train-SET.jsonl.gz for each set and for altered questions and retrieved negatives, and dev.jsonl.gz."""
    if (out / LAST).exists():
        print(f"{out} is prepared already; remove it to prepare it again")
        return
    out.mkdir(parents=True, exist_ok=True)
    held = reported(data)
    train, dev = split(data, SETS, held)
    for name, examples in train.items():
        save(examples, out / f"train-{name}.jsonl.gz")
    save([example for examples in dev.values() for example in examples], out / DEV_FILE)
    for name, chosen in SETS.items():
        print(f"{name} ({chosen.kind}): {_counts(train[name])} to train on, {_counts(dev[name])} for development")
    encyclopaedia = [one for name in SETS if SETS[name].kind == "encyclopaedia" for one in train[name]]
    near_misses = altered(encyclopaedia, SEED)
    save(near_misses, out / "train-altered.jsonl.gz")
    print(f"{len(near_misses):,} altered questions", flush=True)
    negatives = retrieved_negatives(encyclopaedia, negative_questions, SEED)
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


def _counts(examples: list[Example]) -> str:
    return f"{len(examples):,} ({sum(not example.spans for example in examples):,} unanswerable)"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--negative-questions", type=int, default=6000)
    arguments = parser.parse_args()
    prepare(arguments.data, arguments.out, arguments.negative_questions)
