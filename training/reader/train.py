"""`python -m training.reader.train PREPARED OUT`: the reader's weights, from the last checkpoint if there is one.

Seeded; on a GPU where there is one, else on the processor. Nothing else should use the cores meanwhile.
"""

import argparse
from functools import partial
from pathlib import Path

import torch
from transformers.utils import logging

from rag.models.packaged_model import load_tokenizer, packaged_model
from training.loop import Loss, run
from training.reader.batches import batches, tokenizer_for
from training.reader.examples import load
from training.reader.model import Reader, loss_of
from training.reader.recipe import Recipe

WEIGHTS = "reader.pt"


def train(prepared: Path, out: Path, recipe: Recipe) -> None:
    """Write OUT/reader.pt; what is kept on the way, training.loop.run says."""
    torch.manual_seed(recipe.seed)
    model = Reader(packaged_model(), recipe.dropout)
    train_on(prepared, out, recipe, model, partial(loss_of, smoothing=recipe.smoothing), packaged_model())


def train_on(
    prepared: Path, out: Path, recipe: Recipe, model: Reader, loss: Loss, words: Path, workers: int = 0
) -> None:
    """The same for a given model and loss; the folder `words` has the tokenizer, `workers` processes make batches."""
    out.mkdir(parents=True, exist_ok=True)
    logging.disable_progress_bar()
    names = sorted({name for phase in recipe.phases for name in phase})
    order = recipe.order({name: load(prepared / f"train-{name}.jsonl.gz") for name in names})
    tokenizer = tokenizer_for(load_tokenizer(words))
    steps = batches(order, tokenizer, recipe.batch_tokens, recipe.seed, recipe.long_from, workers)
    run(model, steps, len(order), loss, recipe, out, WEIGHTS)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("prepared", type=Path)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    train(arguments.prepared, arguments.out, Recipe())
