"""`python -m training.reader.train PREPARED OUT`: the reader's weights, from the last checkpoint if there is one.

Seeded; on a GPU where there is one, else on the processor. Nothing else should use the cores meanwhile.
"""

import argparse
from functools import partial
from pathlib import Path

import torch
from transformers.utils import logging

from rag.models.packaged_model import load_tokenizer, packaged_model
from training.loop import run
from training.reader.batches import batches, tokenizer_for
from training.reader.examples import load
from training.reader.model import Reader, loss_of
from training.reader.recipe import Recipe

WEIGHTS = "reader.pt"


def train(prepared: Path, out: Path, recipe: Recipe) -> None:
    """Write OUT/reader.pt; what is kept on the way, training.loop.run says."""
    out.mkdir(parents=True, exist_ok=True)
    logging.disable_progress_bar()
    torch.manual_seed(recipe.seed)
    names = sorted({name for phase in recipe.phases for name in phase})
    order = recipe.order({name: load(prepared / f"train-{name}.jsonl.gz") for name in names})
    model = Reader(packaged_model(), recipe.dropout)
    tokenizer = tokenizer_for(load_tokenizer(packaged_model()))
    steps = batches(order, tokenizer, recipe.batch_tokens, recipe.seed, recipe.long_from)
    run(model, steps, len(order), partial(loss_of, smoothing=recipe.smoothing), recipe, out, WEIGHTS)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("prepared", type=Path)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    train(arguments.prepared, arguments.out, Recipe())
