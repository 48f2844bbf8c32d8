"""Text of documents with the places of its parts, and names for files."""

import re
import unicodedata
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import NamedTuple, TypeVar

from rag.evaluate.dataset import Evidence

LONGEST_STEM = 90
"""Characters of a file's name before its number and suffix, so that all of it has at most 100."""

_BETWEEN = "\n\n"
_BYTE_ORDER_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
_UNSAFE = re.compile(r"[^A-Za-z0-9_.]+")
_DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)

Item = TypeVar("Item", bound=Hashable)


class Text(NamedTuple):
    """The text of a document, and where each of its parts starts; no text where no part has any."""

    text: str
    starts: list[int]


class UnusedNames:
    """Names that are given out once each: one that is taken, as `fold` sees it, gets a number behind it."""

    def __init__(self, fold: Callable[[str], str] = str) -> None:
        self._fold = fold
        self._last: dict[str, int] = {}

    def take(self, name: str) -> str:
        """The name itself, or with the first number from 2 that makes it new."""
        key, unused = self._fold(name), name
        number = self._last.get(key, 0)
        while self._fold(unused) in self._last:
            number += 1
            unused = f"{name}-{number}"
        self._last[key] = max(number, 1)
        self._last.setdefault(self._fold(unused), 1)
        return unused


def compose(title: str, parts: Sequence[str]) -> Text:
    """A heading and parts, each kept character by character, with a blank line between them."""
    if not any(part.strip() for part in parts):
        return Text("", [0] * len(parts))
    top = heading(title)
    # The loader takes a byte order mark at the very beginning away, and every offset would be off by one.
    pieces = [top] if top or parts[0].startswith(_BYTE_ORDER_MARK) else []
    starts, length = [], sum(map(len, pieces))
    for part in parts:
        length += len(_BETWEEN) if pieces else 0
        starts.append(length)
        pieces.append(part)
        length += len(part)
    return Text(_BETWEEN.join(pieces) + "\n", starts)


def heading(title: str, level: int = 1) -> str:
    """A Markdown heading of one line, or nothing for a blank title."""
    words = " ".join(title.split())
    return f"{'#' * level} {words}" if words else ""


def quote(document: str, text: str, start: int, end: int) -> Evidence:
    """A range of a document's text as evidence."""
    return Evidence(document=document, quote=text[start:end], start=start)


def line_ends(text: str) -> str:
    """`text` with the line ends that the loader makes."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def distinct(items: Iterable[Item]) -> list[Item]:
    """Each item once, in order of first appearance."""
    return list(dict.fromkeys(items))


def file_stem(name: str) -> str:
    """A file's name without suffix: ASCII letters, digits, - _ and ., never hidden, none that Windows keeps."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    stem = _UNSAFE.sub("-", plain).strip("-.")[:LONGEST_STEM].strip("-.") or "document"
    return f"document-{stem}"[:LONGEST_STEM].rstrip("-.") if _DEVICE.match(stem) else stem
