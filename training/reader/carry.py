"""`python -m training.reader.carry PREPARED TEACHER OUT`: what a machine without a network needs to distil a reader.

TEACHER is the folder of all-mpnet-base-v2. OUT gets the prepared sets, and both encoders in half precision, as files of
at most 55 MB, which can be taken there a few at a time.
"""

import argparse
import shutil
from pathlib import Path

import torch
from transformers import AutoModel

from rag.models.packaged_model import packaged_model
from training.reader.recipe import Recipe

SETS, ENCODER, TEACHER = "sets", "encoder", "teacher"
LARGEST = "55MB"


def carry(prepared: Path, teacher: Path, out: Path, recipe: Recipe) -> list[Path]:
    """Write the folders sets, of what the recipe draws from, encoder and teacher; the files, largest first."""
    (out / SETS).mkdir(parents=True, exist_ok=True)
    for name in {name for phase in recipe.phases for name in phase}:
        shutil.copy(prepared / f"train-{name}.jsonl.gz", out / SETS)
    for folder, name in ((packaged_model(), ENCODER), (teacher, TEACHER)):
        model = AutoModel.from_pretrained(str(folder), dtype=torch.float16, add_pooling_layer=False)
        model.save_pretrained(str(out / name), max_shard_size=LARGEST)
    shutil.copy(packaged_model() / "tokenizer.json", out / ENCODER)
    return sorted((file for file in out.rglob("*") if file.is_file()), key=lambda file: -file.stat().st_size)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("prepared", type=Path)
    parser.add_argument("teacher", type=Path)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    for file in carry(arguments.prepared, arguments.teacher, arguments.out, Recipe()):
        print(f"{file.stat().st_size / 1e6:6.1f} MB  {file}")
