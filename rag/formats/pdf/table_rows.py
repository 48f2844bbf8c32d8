"""The rows of a table on a PDF's page, from what stands on each height and the white between its columns."""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, replace
from itertools import pairwise
from unicodedata import bidirectional

from rag.formats.pdf.lines import SPACE, Line, Piece
from rag.formats.pdf.rules import Rules
from rag.formats.tables.table_header import kind_of

_FEW_STRIPS = 3
_MOST_LINES_OF_CELL = 8
_CLOSE = 0.5
"""Heights of a line between the lines of a cell at most."""
_LONG = 18
"""Letters of a line of a cell that was broken for want of room."""
_TIGHT = 0.15
"""Heights of a line by which the lines of a cell are closer than the rows."""

Gutters = list[tuple[float, float]]
"""Left and right of the white between two columns, from left to right."""


@dataclass(slots=True)
class Band:
    """What stands on one height of a page: pieces from left to right, and the lines by index that they are of."""

    pieces: list[Piece]
    lines: list[int]
    top: float
    bottom: float
    height: float
    was_row: bool

    def gap_above(self, below: "Band") -> float:
        """Heights of a line between this band and the one below."""
        return (below.top - self.bottom) / min(self.height, below.height)


def table_rows(part: list[Band], gutters: Gutters, rules: Rules, table: int) -> list[Line]:
    """The bands of a table as its rows, numbered `table`; what goes on below is in the cell, a wide heading in each."""
    columns = pieces_by_column(part, gutters)
    lefts = [min((piece.left for piece in column), default=0.0) for column in columns]
    rights = [max((piece.right for piece in column), default=0.0) for column in columns]
    rows: list[tuple[list[list[Piece]], Band]] = []
    row_gap = _row_gap(part, gutters)
    strips = _strips(part, gutters, rules)
    is_boxed = any(rules.is_between(*gutter, part[0].top, part[-1].bottom) for gutter in gutters)
    figures = next((at for at, band in enumerate(part) if any(map(_is_number, band.pieces))), 0)
    for at, band in enumerate(part):
        cells: list[list[Piece]] = [[] for _ in lefts]
        for piece in band.pieces:
            first, *others = covered_columns(piece, gutters)
            # A heading over several columns heads each.
            for column in [first, *(others if first and at < figures else [])]:
                cells[column].append(piece)
        if not rows:
            goes_on = False
        elif strips:
            # A label may stand in the middle of its row where the row has a box.
            is_labelled = is_boxed or rows[-1][0][0] or not cells[0]
            goes_on = strips[at] == strips[at - 1] and bool(is_labelled) and not _has_figure(rows[-1][0], cells)
        else:
            following = part[at + 1] if at + 1 < len(part) else None
            goes_on = _goes_on(rows[-1], (cells, band), following, row_gap, lefts, rights)
        if goes_on:
            above, whole = rows[-1]
            joined = [a + b for a, b in zip(above, cells, strict=True)]
            rows[-1] = joined, replace(whole, bottom=band.bottom, pieces=whole.pieces + band.pieces)
        else:
            rows.append((cells, band))
    order = -1 if _is_right_to_left(part) else 1
    return [
        replace(line_of(band.pieces), cells=[_joined(cell) for cell in cells[::order]], lefts=lefts, table=table)
        for cells, band in rows
    ]


def _is_right_to_left(part: list[Band]) -> bool:
    letters = [letter for band in part for piece in band.pieces for letter in piece.text if letter.isalpha()]
    return sum(bidirectional(letter) in ("R", "AL") for letter in letters) > len(letters) / 2


def covered_columns(piece: Piece, gutters: Gutters) -> list[int]:
    """Columns over which a piece reaches: those between whose gutters most of it stands, at least one."""
    middles = [(left + right) / 2 for left, right in gutters]
    first, last = bisect_right(middles, piece.left), bisect_left(middles, piece.right)
    return list(range(first, max(first, last) + 1))


def filled_columns(band: Band, gutters: Gutters) -> int:
    """How many columns a band has something in."""
    return len({covered_columns(piece, gutters)[0] for piece in band.pieces})


def pieces_by_column(part: list[Band], gutters: Gutters) -> list[list[Piece]]:
    """The pieces of each column from top to bottom."""
    columns: list[list[Piece]] = [[] for _ in range(len(gutters) + 1)]
    for band in part:
        for piece in band.pieces:
            columns[covered_columns(piece, gutters)[0]].append(piece)
    return columns


def _strips(part: list[Band], gutters: Gutters, rules: Rules) -> list[int]:
    """For each band the row of the grid that is drawn around the cells; nothing where there is none."""
    left = min(piece.left for band in part for piece in band.pieces)
    right = max(piece.right for band in part for piece in band.pieces)
    levels = rules.levels(part[0].top, part[-1].bottom, left, right)
    strips = [sum(level < (band.top + band.bottom) / 2 for level in levels) for band in part]
    count = len(set(strips))
    going_on = [band for (above, strip), band in zip(pairwise(strips), part[1:], strict=True) if above == strip]
    full = sum(filled_columns(band, gutters) == len(gutters) + 1 for band in going_on)
    is_grid = count > 1 and (not full or (count >= _FEW_STRIPS and full <= count / _FEW_STRIPS))
    return strips if is_grid and len(going_on) <= count * _MOST_LINES_OF_CELL else []


def _row_gap(part: list[Band], gutters: Gutters) -> float:
    """Heights of a line from which on a gap is one between rows; 0 where lines of a cell are as far apart."""
    gaps = sorted(above.gap_above(below) for above, below in pairwise(part))
    full = sorted(
        above.gap_above(below) for above, below in pairwise(part) if filled_columns(below, gutters) == len(gutters) + 1
    )
    if not full or full[len(full) // 2] < gaps[0] + _TIGHT:
        return 0.0
    return gaps[0] + _TIGHT


def _has_figure(above: list[list[Piece]], cells: list[list[Piece]]) -> bool:
    """Whether a figure stands in a cell that would go on with it, or would go on itself."""
    pairs = zip(above, cells, strict=True)
    return any(up and cell and any(map(_is_figure, [*up, *cell])) for up, cell in pairs)


def _is_number(piece: Piece) -> bool:
    return kind_of(piece.text) == "number"


def _is_figure(piece: Piece) -> bool:
    return kind_of(piece.text) != "text"


def _goes_on(
    above: tuple[list[list[Piece]], Band],
    below: tuple[list[list[Piece]], Band],
    following: Band | None,
    row_gap: float,
    lefts: list[float],
    rights: list[float],
) -> bool:
    """Whether the cells of a band go on from the row above: a line of a cell of several, no row of its own."""
    (cells_above, band_above), (cells, band) = above, below
    filled = [at for at, cell in enumerate(cells) if cell]
    if not all(cells_above[at] for at in filled) or len(filled) == len(cells):
        return False
    if _has_figure(cells_above, cells):
        return False
    is_tight = band_above.gap_above(band) < row_gap
    if filled == [0]:
        # It may be the beginning of the next row's label.
        is_nearer = following is None or band_above.gap_above(band) < band.gap_above(following)
        return is_tight and is_nearer and cells[0][0].right < lefts[1]
    if 0 in filled or band_above.gap_above(band) > _CLOSE:
        return False
    return is_tight or all(_is_broken(cells_above[at][-1], cells[at][0], rights[at]) for at in filled)


def _is_broken(above: Piece, below: Piece, right: float) -> bool:
    """Whether a line of a cell ends where the next word had no room, or in the midst of a sentence."""
    word = below.text.split(" ", 1)[0]
    width = (below.right - below.left) * (len(word) + 1) / len(below.text)
    is_long = sum(map(str.isalpha, above.text)) >= _LONG
    return word[:1].islower() or (is_long and above.right + width > right)


def _joined(cell: list[Piece]) -> list[int]:
    indices: list[int] = []
    for piece in cell:
        indices += [SPACE, *piece.indices] if indices else piece.indices
    return indices


def line_of(pieces: list[Piece]) -> Line:
    """A line of one cell."""
    first = pieces[0]
    word = first.text.split(" ", 1)[0]
    return Line(
        text="".join(piece.text for piece in pieces),
        cells=[_joined(pieces)],
        lefts=[first.left],
        right=max(piece.right for piece in pieces),
        top=min(piece.top for piece in pieces),
        bottom=max(piece.bottom for piece in pieces),
        height=first.height,
        first_word=(first.right - first.left) * len(word) / len(first.text),
    )
