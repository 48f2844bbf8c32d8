"""`python -m training.reader.refine PREPARED READER OUT`: a trained reader goes on, on all passages of a question.

READER is a run's reader.pt, or the reader.onnx that comes along; OUT gets reader.pt. From the last checkpoint if there
is one. Nothing else should use the cores meanwhile.
"""

import argparse
import random
from dataclasses import dataclass
from pathlib import Path

import torch
from transformers.utils import logging

from rag.models.packaged_model import load_tokenizer, packaged_model
from training.draw import Phase, Schedule, in_order
from training.loop import run
from training.reader.batches import tokenizer_for
from training.reader.examples import Example, load
from training.reader.fragments import FORMS, HEADED
from training.reader.groups import Group, group_batches, groups_of, loss_of_groups
from training.reader.model import Reader
from training.reader.prepare import NEGATIVES
from training.reader.recipe import EVERYTHING
from training.reader.restored import weights_in
from training.reader.train import WEIGHTS

ALONE: Phase = {name: count // 8 for name, count in EVERYTHING.items()} | {HEADED: 3000, FORMS: 4000}
"""Examples without other passages of their question, so that no kind of text is forgotten."""


@dataclass(frozen=True, slots=True)
class Refining(Schedule):
    """How a trained reader goes on."""

    batch_tokens: int = 4096
    learning_rate: float = 6e-5
    warmup_examples: int = 2000
    decay_share: float = 0.7
    alone: tuple[Phase, ...] = (ALONE,)
    seed: int = 23


def refine(prepared: Path, reader: Path, out: Path, recipe: Refining) -> None:
    """Write OUT/reader.pt; what is kept on the way, training.loop.run says."""
    out.mkdir(parents=True, exist_ok=True)
    logging.disable_progress_bar()
    torch.manual_seed(recipe.seed)
    groups = _groups(prepared, recipe)
    model = Reader(packaged_model())
    model.load_state_dict(weights_in(reader), strict=False)
    tokenizer = tokenizer_for(load_tokenizer(packaged_model()))
    steps = group_batches(groups, tokenizer, recipe.batch_tokens, recipe.seed)
    run(model, steps, sum(map(len, groups)), loss_of_groups, recipe, out, WEIGHTS)


def _groups(prepared: Path, recipe: Refining) -> list[Group]:
    def of(name: str) -> list[Example]:
        return load(prepared / f"train-{name}.jsonl.gz")

    negatives = of(NEGATIVES)
    asked = {(negative.set, negative.question) for negative in negatives}
    sets = sorted({name for name, _ in asked})
    together = groups_of((e for name in sets for e in of(name) if e.spans and (e.set, e.question) in asked), negatives)
    names = sorted({name for phase in recipe.alone for name in phase})
    alone: list[Group] = [
        [example] for example in in_order(recipe.alone, {name: of(name) for name in names}, recipe.seed)
    ]
    return random.Random(recipe.seed).sample(together + alone, len(together) + len(alone))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("prepared", type=Path)
    parser.add_argument("reader", type=Path)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    refine(arguments.prepared, arguments.reader, arguments.out, Refining())
