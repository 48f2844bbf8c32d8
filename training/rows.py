"""Rows of a prepared set as compressed JSON lines."""

import gzip
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any


def save_rows(rows: Iterable[dict[str, Any]], file: Path) -> None:
    """Write the rows, as one rename."""
    partial = file.with_suffix(".partial")
    with gzip.open(partial, "wt", encoding="utf-8") as out:
        out.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    partial.rename(file)


def load_rows(file: Path) -> list[dict[str, Any]]:
    """What `save_rows` wrote."""
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]
