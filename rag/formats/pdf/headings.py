"""The headings of a PDF: those of its outline, or else lines that are set larger than its text, or in bold."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from rag.formats.parsed_document import POINT, Boxes, Section
from rag.formats.pdf.page_edges import Page
from rag.formats.text import one_line
from rag.text.headings import Heading, below_others

if TYPE_CHECKING:
    from pypdfium2 import PdfBookmark

_LARGER = 1.12
"""Heights of the text that a larger line has at least."""
_LONGEST = 120
_MOST_LINES = 2
_MOST = 0.25
"""Share of a document's characters that may stand in headings: what is large throughout has none."""
_DEEPEST = 6
_PARAGRAPH = re.compile(r"(?:[^\n]+\n?)+")
_ENDS_STATEMENT = re.compile(r"[.,;:…。、；：][\"'”’)\]]*$")


class Large(NamedTuple):
    """A line or two that stand alone: where in the document's text, what they say, how high their characters are."""

    start: int
    title: str
    height: int
    is_bold: bool


def outlined(bookmarks: "Iterable[PdfBookmark]", text: str, pages: list[Section]) -> list[tuple[int, Heading]]:
    """The entries of a document's outline, each with its place in the text."""
    found: dict[int, Heading] = {}
    after = 0
    for bookmark in bookmarks:
        title, target = one_line(_title(bookmark)), bookmark.get_dest()
        index = target.get_index() if target else None
        if title and index is not None and index < len(pages):
            page = pages[index]
            # Two headings of a page may read the same.
            after = after if page.start <= after <= page.end else page.start
            after = _place(title, text, after, page.end)
            found.setdefault(after, Heading(bookmark.level + 1, title))
    return sorted(found.items())


def set_apart(
    pages: Sequence[Page], bold: Sequence[frozenset[tuple[int, int]]], starts: Sequence[int]
) -> list[tuple[int, Heading]]:
    """Lines that stand alone and are larger than the text, or bold in it, each with its place in the text.

    `bold` holds by page the left and top edges of the characters that bold lines begin with, `starts` where the pages
    begin in the document's text. A larger size is a higher level.
    """
    heights = [_heights(boxes) for _, boxes in pages]
    every = np.concatenate([*heights, np.zeros(0, np.uint16)])
    every = every[every > 0]
    if not len(every):
        return []
    usual = int(np.median(every))
    alone = [
        line
        for (text, boxes), of_page, edges, start in zip(pages, heights, bold, starts, strict=True)
        for line in _alone(text, boxes, of_page, edges, start)
        if line.height >= _LARGER * usual or (line.is_bold and line.height >= usual / _LARGER)
    ]
    if sum(len(line.title) for line in alone) > _MOST * len(every):
        return []
    larger = {line.height for line in alone if line.height >= _LARGER * usual}
    found: list[tuple[int, Heading]] = []
    has_several_above = False
    for rank, height in enumerate([*sorted(larger, reverse=True), None]):
        same = [line for line in alone if (line.height if line.height in larger else None) == height]
        # Half a level lies between two sizes.
        headings = [Heading(2 * rank, line.title) for line in same]
        headings = headings if has_several_above else below_others(headings)
        has_several_above |= len(same) > 1
        found += zip((line.start for line in same), headings, strict=True)
    ranks = {level: rank for rank, level in enumerate(sorted({heading.level for _, heading in found}), start=1)}
    return sorted((start, Heading(min(ranks[level], _DEEPEST), title)) for start, (level, title) in found)


def _alone(
    text: str, boxes: Boxes, heights: np.ndarray, bold: frozenset[tuple[int, int]], start: int
) -> Iterator[Large]:
    for match in _PARAGRAPH.finditer(text):
        said = match.group().rstrip()
        first = match.start() + len(said) - len(said.lstrip())
        lines = said.split("\n")
        if len(lines) > _MOST_LINES or len(said) > _LONGEST or said.startswith("|"):
            continue
        if not any(map(str.isalpha, said)) or _ENDS_STATEMENT.search(said):
            continue
        seen = heights[match.start() : match.start() + len(said)]
        seen = seen[seen > 0]
        if len(seen):
            left, top = boxes[first, :2].tolist()
            yield Large(start + first, one_line(said), int(np.median(seen)), (left, top) in bold)


def _heights(boxes: Boxes) -> np.ndarray:
    """Heights of characters in whole points, 0 of those that stand nowhere."""
    return np.rint((boxes[:, 3].astype(np.int32) - boxes[:, 1]) / POINT).astype(np.int32)


def _place(title: str, text: str, start: int, end: int) -> int:
    """Where `title` heads a line of `text[start:end]`, with or without its number, else `start`."""
    words = r"\s+".join(re.escape(word) for word in title.split())
    heading = re.compile(rf"^(?:\W{{0,3}}[\w.]{{1,8}}\W{{1,3}})?{words}", re.IGNORECASE | re.MULTILINE)
    match = heading.search(text, start, end)
    return match.start() if match else start


def _title(bookmark: "PdfBookmark") -> str:
    """Nothing where it is no UTF-16, so that a bad title costs the title only."""
    try:
        return str(bookmark.get_title())
    except UnicodeDecodeError:
        return ""
