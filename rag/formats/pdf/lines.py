"""The lines of a PDF's page and their cells, from where the characters stand."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from rag.formats.pdf.characters import HYPHEN, LINE_END, Characters
from rag.formats.pdf.rules import DRAWN_BESIDE, Rules

SPACE = -1
"""Index that stands for a space between cells or lines that are put together."""

_CELL_GAP = 1.2
"""Heights of a line between two words that no text leaves, not even a justified one."""
WORD_GAP, WORD_GAP_CHARACTERS = 0.5, 1.3
"""Heights of a line, and widths of a character, between two words of a text that is set evenly, at most."""
_ONE_LINE = 1.5
"""Heights of a line that one of several lines in its cells has at least."""
_SIGN_BEFORE = re.compile(r"(?:^| )(\(?[$€£¥]+\(?)$")
_SIGN_AFTER = re.compile(r"[)%]+")
_MARKER = re.compile(r"[^\w\s]|\(?(?:\d{1,2}|[^\W\d]{1,4})[.)]|(Item|Note|Part) \w{1,3}[.:]?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a page and where it stands, in the units of the boxes.

    `cells` holds indices of characters, one list where it is no row of a table; `lefts` where the cells begin;
    `height` is that of a character, `first_word` the width of the first word, `room` the most between two characters
    of a cell. Rows of one table have its number.
    """

    text: str
    cells: list[list[int]]
    lefts: list[float]
    right: float
    top: float
    bottom: float
    height: float
    first_word: float
    room: float = 0.0
    table: int | None = None

    @property
    def left(self) -> float:
        """Where the first cell begins."""
        return self.lefts[0]

    @property
    def is_row(self) -> bool:
        """Whether it is a row of a table."""
        return len(self.cells) > 1

    def is_followed_by(self, line: "Line") -> bool:
        """Whether `line` stands to the right of this one on the same height."""
        return line.left >= self.right and abs(self.top + self.bottom - line.top - line.bottom) < self.height / 2

    def gap_above(self, below: "Line") -> float:
        """Heights of a line between this line and the one `below`, less than 0 where they overlap."""
        return (below.top - self.bottom) / self.height


@dataclass(frozen=True)
class Piece:
    """Words of a line by index of its characters, with no more between them than in a text."""

    line: int
    indices: list[int]
    characters: list[str]
    left: float
    right: float
    top: float
    bottom: float
    height: float

    @cached_property
    def text(self) -> str:
        """What it says."""
        return "".join(" " if index == SPACE else self.characters[index] for index in self.indices)


def pieces_of(line: Line, at: int, page: Characters, rules: Rules) -> list[Piece]:
    """The pieces of `line`, which is line `at`; a cell of several lines is one."""
    is_wide = line.left + line.height < line.right  # Arabic and Hebrew begin on the right
    has_room = line.room > WORD_GAP * line.height
    upright = rules.upright_at((line.top + line.bottom) / 2).tolist() if len(rules.upright) else []
    if is_wide and not line.is_row and not has_room and not _is_crossed(line, upright):
        whole = Piece(at, line.cells[0], page.characters, line.left, line.right, line.top, line.bottom, line.height)
        return [whole]
    seen = [place for cell in line.cells for place in cell if place != SPACE]
    boxes = dict(zip(seen, page.boxes[seen].tolist(), strict=True))
    is_one_line = line.bottom - line.top < _ONE_LINE * line.height
    pieces: list[Piece] = []
    is_parted = False
    for cell in line.cells:
        piece = _piece(cell, at, line.height, page.characters, boxes)
        parts = [cell]
        if is_one_line and (has_room or _is_crossed(piece, upright)):
            parts = _parted(cell, line, page, upright)
        is_parted |= len(parts) > 1
        several = [_piece(part, at, line.height, page.characters, boxes) for part in parts if len(parts) > 1]
        pieces += several or [piece]
    if is_parted:
        cells, _ = _with_signs_joined([piece.indices for piece in pieces], [0.0] * len(pieces), page.characters)
        return [_piece(cell, at, line.height, page.characters, boxes) for cell in cells]
    return pieces


def _is_crossed(part: Line | Piece, upright: list[float]) -> bool:
    """Whether a line is drawn through a part of a line."""
    return bisect_right(upright, part.left) < bisect_left(upright, part.right)


def _parted(cell: list[int], line: Line, page: Characters, upright: list[float]) -> list[list[int]]:
    """`cell` parted where there is more room than between words, or a line is drawn."""
    places = [place for place, at in enumerate(cell) if at != SPACE and page.characters[at] not in (" ", HYPHEN)]
    boxes = page.boxes[[cell[place] for place in places]]
    # Letters of Arabic and Hebrew follow each other to the left.
    gaps = np.maximum(boxes[1:, 0] - boxes[:-1, 2], boxes[:-1, 0] - boxes[1:, 2])
    width = float((boxes[:, 2] - boxes[:, 0]).sum()) / len(boxes)
    is_apart = gaps > max(WORD_GAP * line.height, WORD_GAP_CHARACTERS * width)
    if len(upright):
        # A line is drawn between the end of a word and the beginning of the next.
        ends, begins = np.minimum(boxes[:-1, 2], boxes[1:, 2]), np.maximum(boxes[:-1, 0], boxes[1:, 0])
        is_drawn = np.searchsorted(upright, begins + DRAWN_BESIDE, "right") > np.searchsorted(
            upright, ends - DRAWN_BESIDE
        )
        is_apart |= is_drawn & (np.diff(places) > 1)
    parts: list[list[int]] = []
    for start, end in pairwise([0, *(int(index) + 1 for index in np.flatnonzero(is_apart)), len(places)]):
        first, last = places[start], places[end - 1] + 1 if end < len(places) else len(cell)
        if parts and _SIGN_AFTER.fullmatch("".join(page.characters[cell[place]] for place in places[start:end])):
            first -= len(parts[-1]) + places[start] - places[start - 1] - 1
            parts.pop()
        parts.append(cell[first:last])
    return parts


def _piece(cell: list[int], line: int, height: float, characters: list[str], boxes: Mapping[int, list[float]]) -> Piece:
    # Of so few numbers, the least is found sooner without numpy.
    seen = [boxes[at] for at in cell if at != SPACE and characters[at] not in (" ", HYPHEN)]
    lefts, tops, rights, bottoms = zip(*seen, strict=True)
    return Piece(line, cell, characters, min(lefts), max(rights), min(tops), max(bottoms), height)


def read_lines(page: Characters) -> list[Line]:
    """The lines of `page` in reading order."""
    lines: list[Line] = []
    starts: list[int] = []
    start = 0
    for end, character in enumerate([*page.characters, LINE_END]):
        if character not in (LINE_END, HYPHEN):
            continue
        hyphen = [end] if character == HYPHEN else []
        line = _line(page, start, end, hyphen)
        if line and lines and lines[-1].is_followed_by(line):
            # PDFium breaks some rows of tables into their cells.
            lines[-1] = _line(page, starts[-1], end, hyphen) or line
        elif line:
            lines.append(line)
            starts.append(start)
        start = end + 1
    return lines


def _line(page: Characters, start: int, end: int, hyphen: list[int]) -> Line | None:
    seen = [at for at in range(start, end) if page.characters[at] not in (" ", LINE_END)]
    if not seen:
        return None
    boxes = page.boxes[seen]
    height = float(np.sort(boxes[:, 3] - boxes[:, 1])[len(seen) // 2]) or 1.0
    # Backwards too: letters of Arabic and Hebrew follow each other to the left.
    gaps = np.maximum(boxes[1:, 0] - boxes[:-1, 2], boxes[:-1, 0] - boxes[1:, 2])
    is_wide = gaps > _CELL_GAP * height
    cells = [[seen[0]]]
    lefts = boxes[np.concatenate([[True], is_wide]), 0].tolist()
    for (before, after), begins_cell in zip(pairwise(seen), is_wide.tolist(), strict=True):
        if begins_cell:
            cells.append([after])
        else:
            # One space of several is kept.
            space = before + 1 if page.characters[before + 1] == " " else SPACE
            cells[-1] += [space, after] if after > before + 1 else [after]
    cells[-1] += hyphen
    cells, lefts = _with_signs_joined(cells, lefts, page.characters)
    last_of_word = next((at for at, (before, after) in enumerate(pairwise(seen)) if after > before + 1), -1)
    return Line(
        text="".join(page.characters[at] for at in [*seen, *hyphen]),
        cells=cells,
        lefts=lefts,
        right=float(boxes[:, 2].max()),
        top=float(boxes[:, 1].min()),
        bottom=float(boxes[:, 3].max()),
        height=height,
        first_word=abs(float(boxes[last_of_word, 2] - boxes[0, 0])),
        room=float(gaps[~is_wide].max(initial=0)),
    )


def _with_signs_joined(
    cells: list[list[int]], lefts: list[float], characters: list[str]
) -> tuple[list[list[int]], list[float]]:
    """Cells with a currency or per cent sign in the cell of its figure, and a list marker in that of its item."""
    joined, joined_lefts = [cells[0]], [lefts[0]]
    for cell, left in zip(cells[1:], lefts[1:], strict=True):
        before, text = ("".join(characters[at] for at in part) for part in (joined[-1], cell))
        sign = _SIGN_BEFORE.search(before)
        if _SIGN_AFTER.fullmatch(text):
            joined[-1] = [*joined[-1], *cell]
        elif (len(joined) == 1 and _MARKER.fullmatch(before)) or (sign and sign.start() == 0):
            joined[-1] = [*joined[-1], SPACE, *cell]
        elif sign:
            # Figures are flush right, and the sign of the next column is close to them.
            joined.append([*joined[-1][sign.start(1) :], SPACE, *cell])
            joined[-2] = joined[-2][: sign.start()]
            joined_lefts.append(left)
        else:
            joined.append(cell)
            joined_lefts.append(left)
    return joined, joined_lefts
