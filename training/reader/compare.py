"""`python -m training.reader.compare PREPARED OUT --vary learning_rate=3e-4`: short trainings with one setting changed.

Each takes a `--share` of the recipe's examples, its phases and its falling rate included, and is scored on the
development questions of each kind of text: the mean over kinds decides, so that no large set does. What is there
already is not trained or scored again. Nothing else should use the cores meanwhile.
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path

from benchmarks.quality import table
from training.reader.examples import Example, load
from training.reader.recipe import Recipe, shortened
from training.reader.score import score, scorer_of
from training.reader.sets.table import SETS
from training.reader.train import WEIGHTS, train

MEASURES = ("f1", "f1_all", "auc", "balanced")


def varied(recipe: Recipe, changes: Sequence[str]) -> Recipe:
    """The recipe with `name=value` for each of `changes`. Raises ValueError for what is no number of a recipe."""
    known = {field.name: type(getattr(recipe, field.name)) for field in fields(recipe) if field.name != "phases"}
    values = {}
    for name, _, value in (change.partition("=") for change in changes):
        if name not in known:
            raise ValueError(f"a recipe has no number {name!r}; it has {', '.join(known)}")
        values[name] = known[name](float(value))
    return replace(recipe, **values)


def by_kind(weights: Path, dev: Sequence[Example]) -> Mapping[str, dict[str, float]]:
    """The scores of the development questions of each kind of text, and their means over the kinds that have them."""
    of_kind: dict[str, list[Example]] = {}
    for example in dev:
        of_kind.setdefault(SETS[example.set].kind, []).append(example)
    scorer = scorer_of(weights)
    found = {kind: score(scorer, examples) for kind, examples in sorted(of_kind.items())}
    means = {}
    for name in MEASURES:
        values = [scores[name] for scores in found.values() if name in scores]
        if values:
            means[name] = round(sum(values) / len(values), 4)
    return found | {"mean": means}


def scored(folder: Path, dev: Sequence[Example]) -> Mapping[str, dict[str, float]]:
    """What by_kind says of the weights in `folder`, kept there by the number of questions."""
    kept = folder / f"scores-{len(dev)}.json"
    if not kept.exists():
        kept.write_text(json.dumps(by_kind(folder / WEIGHTS, dev)))
    found: Mapping[str, dict[str, float]] = json.loads(kept.read_text())
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("prepared", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--vary", action="append", default=[], help="settings of one more training, apart by commas")
    parser.add_argument("--share", type=float, default=0.04)
    parser.add_argument("--every", type=int, default=1, help="which of the development questions are asked")
    arguments = parser.parse_args()
    dev_examples = load(arguments.prepared / "dev.jsonl.gz")[:: arguments.every]
    lines = []
    for named in ("", *arguments.vary):
        folder = arguments.out / (named or "as it is")
        if not (folder / WEIGHTS).exists():
            chosen = varied(Recipe(), named.split(",") if named else [])
            train(arguments.prepared, folder, shortened(chosen, arguments.share))
        scores = scored(folder, dev_examples)
        for kind, of in scores.items():
            print(folder.name, kind, of, flush=True)
        lines.append([folder.name, *(f"{scores['mean'].get(name, 0.0):.3f}" for name in MEASURES)])
    print(table(["recipe", *MEASURES], lines))
