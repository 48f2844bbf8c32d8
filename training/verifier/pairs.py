"""Pairs of a statement and a passage, and whether the passage supports it."""

from dataclasses import asdict, dataclass
from pathlib import Path

from training.rows import load_rows, save_rows


@dataclass(frozen=True, slots=True)
class Pair:
    """A statement, a passage, whether the passage supports all of it, and whether it supports some; None: not known.

    `document` is what it is about: pairs of one belong to the same part.
    """

    set: str
    id: str
    statement: str
    passage: str
    supported: bool
    partly: bool | None
    document: str = ""


def save(pairs: list[Pair], file: Path) -> None:
    """Write JSON lines, compressed, as one rename."""
    save_rows(map(asdict, pairs), file)


def load(file: Path) -> list[Pair]:
    """What `save` wrote."""
    return [Pair(**row) for row in load_rows(file)]
