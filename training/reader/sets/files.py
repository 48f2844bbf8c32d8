"""Files of the public sets, compressed or not."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def read_json(file: Path) -> Any:
    """What a file of JSON holds."""
    return json.loads(_text(file))


def read_json_lines(file: Path) -> Iterator[Any]:
    """What each line of a file holds."""
    # Not splitlines: text may hold other line ends within a line of JSON.
    return (json.loads(line) for line in _text(file).split("\n") if line)


def _text(file: Path) -> str:
    raw = file.read_bytes()
    return (gzip.decompress(raw) if file.suffix in {".gz", ".gzip"} else raw).decode("utf-8")
