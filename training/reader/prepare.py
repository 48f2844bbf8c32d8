"""`python -m training.reader.prepare DATA OUT`: the examples of all sets and parts, and retrieved negatives."""

import argparse
from pathlib import Path

from training.reader.altered import altered
from training.reader.examples import FILES, WIKIPEDIA, read_examples, save
from training.reader.negatives import retrieved_negatives

SEED = 7
LAST = "train-negatives.jsonl.gz"


def prepare(data: Path, out: Path, negative_questions: int) -> None:
    """Write train-SET.jsonl.gz for each set and for altered questions and retrieved negatives, and dev.jsonl.gz."""
    if (out / LAST).exists():
        print(f"{out} is prepared already; remove it to prepare it again")
        return
    out.mkdir(parents=True, exist_ok=True)
    wikipedia = []
    for name in FILES:
        examples = read_examples(data, name, "train")
        save(examples, out / f"train-{name}.jsonl.gz")
        wikipedia += examples if name in WIKIPEDIA else []
        print(f"{name}: {len(examples):,} examples to train on")
    dev = [example for name in WIKIPEDIA for example in read_examples(data, name, "dev")]
    save(dev, out / "dev.jsonl.gz")
    near_misses = altered(wikipedia, SEED)
    save(near_misses, out / "train-altered.jsonl.gz")
    print(f"{len(near_misses):,} altered questions")
    negatives = retrieved_negatives(wikipedia, negative_questions, SEED)
    save(negatives, out / LAST)
    print(f"{len(negatives):,} retrieved negatives; {len(dev):,} examples for development")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--negative-questions", type=int, default=6000)
    arguments = parser.parse_args()
    prepare(arguments.data, arguments.out, arguments.negative_questions)
