"""Tiny files in the formats of the public sets, and what an example says there."""

import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from training.reader.examples import Example


def written(file: Path, value: Any) -> Path:
    """A file of JSON, compressed where its name says so."""
    text = json.dumps(value)
    file.write_bytes(gzip.compress(text.encode()) if file.suffix == ".gz" else text.encode())
    return file


def written_lines(file: Path, rows: Sequence[Any]) -> Path:
    """A file of JSON, a line a row."""
    file.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return file


def said(example: Example) -> list[str]:
    """What stands at the example's spans."""
    return [example.passage[slice(*span)] for span in example.spans]
