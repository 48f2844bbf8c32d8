"""Pairs of a statement and a passage, and whether the passage supports it."""

import gzip
import json
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Pair:
    """A statement, a passage, whether the passage supports all of it, and whether it supports some; None: not known."""

    set: str
    id: str
    statement: str
    passage: str
    supported: bool
    partly: bool | None


def save(pairs: list[Pair], file: Path) -> None:
    """Write JSON lines, compressed, as one rename."""
    partial = file.with_suffix(".partial")
    with gzip.open(partial, "wt", encoding="utf-8") as out:
        out.writelines(json.dumps(asdict(pair), ensure_ascii=False) + "\n" for pair in pairs)
    partial.rename(file)


def load(file: Path) -> list[Pair]:
    """What `save` wrote."""
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        return [Pair(**json.loads(line)) for line in lines]
