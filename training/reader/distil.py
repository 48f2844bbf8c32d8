"""`python -m training.reader.distil CARRIED OUT`: a teacher, and a reader that learns from it, on a machine with a GPU.

CARRIED is what `training.reader.carry` wrote: nothing else is needed but torch, transformers, tokenizers, onnxruntime
and sentencex. Each of the two goes on from its last checkpoint; OUT/reader.pt is the reader, as training.reader.train
writes it. `--share .001` tries all of it in minutes on a processor.
"""

import argparse
from dataclasses import replace
from functools import partial
from pathlib import Path

import torch

from rag.cores import core_count
from training.loop import device_and_type, load_state
from training.reader.carry import ENCODER, SETS, TEACHER
from training.reader.model import Reader, loss_of
from training.reader.recipe import EVERYTHING, Recipe, shortened
from training.reader.teacher import Teacher, distilled_loss
from training.reader.train import WEIGHTS, train_on

FOR_TEACHER = Recipe(
    phases=(EVERYTHING,), batch_tokens=16384, learning_rate=5e-5, warmup_examples=8000, decay_share=0.8, dropout=0.1,
    long_from=75_000,
)  # fmt: skip
FOR_READER = replace(Recipe(), batch_tokens=4096, learning_rate=2.1e-4)
"""A GPU does twice the tokens in as much time; the rate grows with the root of the batch."""


def distil(carried: Path, out: Path, for_teacher: Recipe, for_reader: Recipe) -> None:
    """Write OUT/teacher/reader.pt and OUT/reader.pt, each by its recipe."""
    device, _ = device_and_type()
    workers = core_count() - 1 if device.type == "cuda" else 0
    teacher = Teacher(carried / TEACHER, for_teacher.dropout)
    taught = out / "teacher"
    if not (taught / WEIGHTS).exists():
        torch.manual_seed(for_teacher.seed)
        print("The teacher:", flush=True)
        train_on(carried / SETS, taught, for_teacher, teacher, loss_of, carried / ENCODER, workers)
    teacher.load_state_dict(load_state(taught / WEIGHTS))
    teacher.to(device).eval().requires_grad_(False)
    torch.manual_seed(for_reader.seed)
    reader = Reader(carried / ENCODER, for_reader.dropout)
    loss = partial(distilled_loss, teacher=teacher)
    print("The reader:", flush=True)
    train_on(carried / SETS, out, for_reader, reader, loss, carried / ENCODER, workers)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("carried", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--share", type=float, default=1.0)
    arguments = parser.parse_args()
    recipes = (shortened(recipe, arguments.share) for recipe in (FOR_TEACHER, FOR_READER))
    distil(arguments.carried, arguments.out, *recipes)
