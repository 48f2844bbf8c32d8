"""The text of a PDF's page: paragraphs apart by a blank line, rows of tables a line each between bars."""

import re
from collections.abc import Callable
from itertools import pairwise

import numpy as np

from rag.formats.parsed_document import Boxes
from rag.formats.pdf.characters import HYPHEN, Characters
from rag.formats.pdf.columns import with_columns
from rag.formats.pdf.lines import SPACE, Line, read_lines
from rag.formats.pdf.rules import NO_RULES, Rules
from rag.formats.pdf.tables import with_whole_rows

_BAR, _LINE_END = -2, -3
_INSERTED = {_LINE_END: "\n", _BAR: "|", SPACE: " "}
"""What stands between the characters of a page, by index from the end of the characters."""

_PARAGRAPH_GAP = 0.3
"""Heights of a line by which a gap between paragraphs is larger than one between lines."""
_OTHER_SIZE = 1.12
_FULL = 0.85
"""Part of a paragraph's width that a line fills unless it was ended on purpose."""

_BULLET = re.compile(r"[•●○▪■◦‣∙]")
_ENDS_SENTENCE = re.compile(r"[.!?:…。！？|][\"'”’)\]]*\s*$")
_WORD = re.compile(r"\w+(?:-\w+)*")
# Bounded, for each character of a page without spaces would be a beginning to try.
_SPLIT = re.compile(rf"([\w-]{{0,60}}){HYPHEN}([\w-]{{0,60}})")


def lay_out(page: Characters, read_rules: Callable[[], Rules] = lambda: NO_RULES) -> tuple[str, Boxes]:
    """The text of a page and its boxes; a word that is split between two lines still holds HYPHEN."""
    lines = with_columns(with_whole_rows(read_lines(page)), page, read_rules)
    order: list[int] = []
    usual_gap = _usual_gap(lines)
    for at, line in enumerate(lines):
        if at:
            order += [_LINE_END] * _line_ends(lines[at - 1], line, lines[max(0, at - 4) : at + 4], usual_gap)
        order += _row(line) if line.is_row else line.cells[0]
    characters = [*page.characters, *_INSERTED.values()]
    boxes = np.concatenate([page.boxes, np.zeros((len(_INSERTED), 4), np.float32)])
    boxes = np.clip(np.rint(boxes), 0, np.iinfo(np.uint16).max).astype(np.uint16)
    boxes[(boxes[:, 0] == boxes[:, 2]) | (boxes[:, 1] == boxes[:, 3])] = 0
    return "".join(characters[at] for at in order), boxes[np.array(order, dtype=np.intp)]


def goes_on(before: str, after: str) -> bool:
    """Whether a paragraph that breaks off with `before` may go on in `after`, in another column or on another page."""
    first = after.lstrip()[:1]
    return not _ENDS_SENTENCE.search(before[-10:]) and first.isalpha() and not first.isupper()


def settle_hyphens(pages: list[tuple[str, Boxes]]) -> list[tuple[str, Boxes]]:
    """Pages without HYPHEN: in its place a hyphen where the word has one anyway, by what else the document says."""
    if not any(HYPHEN in text for text, _ in pages):
        return pages
    known: set[str] = set()
    for text, _ in pages:
        known.update(_WORD.findall((_SPLIT.sub(" ", text) if HYPHEN in text else text).lower()))

    def settled(split: re.Match[str]) -> str:
        left, right = split[1].lower(), split[2].lower()
        is_compound = left + right not in known and (f"{left}-{right}" in known or {left, right} <= known)
        has_hyphen = is_compound or not split[2][:1].islower()
        return f"{split[1]}{'-' if has_hyphen else HYPHEN}{split[2]}"

    def without_marks(text: str, boxes: Boxes) -> tuple[str, Boxes]:
        marked = _SPLIT.sub(settled, text)
        kept = np.array([character != HYPHEN for character in marked], dtype=bool)
        return marked.replace(HYPHEN, ""), boxes[kept]

    return [without_marks(text, boxes) if HYPHEN in text else (text, boxes) for text, boxes in pages]


def _row(line: Line) -> list[int]:
    return [_BAR, *(at for cell in line.cells for at in [SPACE, *cell, SPACE, _BAR])]


def _usual_gap(lines: list[Line]) -> float:
    """Heights of a line between two lines of a paragraph."""
    gaps = [
        above.gap_above(below)
        for above, below in pairwise(lines)
        if not above.is_row and not below.is_row and below.top > above.top
    ]
    # Gaps between paragraphs are the fewer, and larger.
    return min(float(np.quantile(gaps, 0.25)), 1.0) if len(gaps) > 2 else 0.2


def _line_ends(above: Line, line: Line, around: list[Line], usual_gap: float) -> int:
    """Line ends between two lines: none within a word, one within a paragraph or table, else two."""
    if above.text.endswith(HYPHEN) and not above.is_row and not line.is_row:
        return 0
    if above.table != line.table:
        return 2
    if above.table:
        return 1
    if above.is_row or line.is_row:
        return 1 if above.is_row and line.is_row and above.gap_above(line) < 1 else 2
    if line.top < above.top - above.height / 2:
        return 1 if goes_on(above.text, line.text) else 2
    is_apart = above.gap_above(line) > usual_gap + _PARAGRAPH_GAP
    is_other_size = not 1 / _OTHER_SIZE < line.height / above.height < _OTHER_SIZE
    return 2 if is_apart or is_other_size or _BULLET.match(line.text) or _was_ended(above, line, around) else 1


def _was_ended(above: Line, line: Line, around: list[Line]) -> bool:
    """Whether `above` ends although the first word of `line` had room in it."""
    if line.text[0].islower():
        return False
    column = [other for other in around if not other.is_row and other.left < above.right and above.left < other.right]
    width = max(other.right for other in column) - min(other.left for other in column)
    return above.right - above.left + line.first_word < _FULL * width
