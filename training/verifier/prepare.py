"""`python -m training.verifier.prepare DATA OUT`: the pairs of all sets, to train on and for development."""

import argparse
from collections import Counter
from pathlib import Path

from training.reader.sets.table import WIKIPEDIA, read_examples
from training.verifier.made import asked_pairs, sentence_pairs
from training.verifier.pairs import Pair, save
from training.verifier.public import Part, begin, scifact

SEED = 17
DEV_FILE = "dev.jsonl.gz"
OTHERS = ("reddit", "amazon", "policyqa", "covidqa")


def made(data: Path, names: tuple[str, ...], part: Part) -> dict[str, list[Pair]]:
    """Pairs of the examples of several sets, by kind."""
    examples = [example for name in names for example in read_examples(data, name, part)]
    return {"asked": asked_pairs(examples, SEED), "sentences": sentence_pairs(examples, SEED)}


def prepare(data: Path, out: Path) -> None:
    """Write train-KIND.jsonl.gz for each kind of pair, and dev.jsonl.gz."""
    out.mkdir(parents=True, exist_ok=True)
    train = {
        **{f"wikipedia-{kind}": pairs for kind, pairs in made(data, WIKIPEDIA, "train").items()},
        **{f"others-{kind}": pairs for kind, pairs in made(data, OTHERS, "train").items()},
        "begin": begin(data, "train"),
        "scifact": [pair for seed in range(3) for pair in scifact(data, "train", seed)],
    }
    for name, pairs in train.items():
        save(pairs, out / f"train-{name}.jsonl.gz")
        print(f"{name}: {len(pairs):,} pairs, {sum(pair.supported for pair in pairs):,} supported")
    dev = [*begin(data, "dev"), *scifact(data, "dev", SEED)]
    dev += [pair for pairs in made(data, WIKIPEDIA, "dev").values() for pair in pairs]
    save(dev, out / DEV_FILE)
    print(f"development: {dict(Counter(pair.set for pair in dev))}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    prepare(arguments.data, arguments.out)
