"""The tables and definition lists of a page: cells with their spans, and the grid that they make."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from rag.formats.tables.table_lines import table_lines
from rag.formats.text import one_line

_MOST_COLUMNS = 1000
"""Beyond which browsers take a colspan for an error."""
_MOST_REPEATED = 1_000_000
"""Characters and cells of a table that are written once more where its cells span others."""
_MOST_HEADERS = 5
_LONGEST_DEFINITION = 200


class HtmlBlock(NamedTuple):
    """A paragraph, a line of a list or a row of a table."""

    text: str
    group: int | None = None
    """The list or table that it is a line of; a blank line parts it from what is of none or of another."""
    quoted: int = 0
    """In how many quotes of older messages it stands."""


class Cell(NamedTuple):
    """A cell of a table: what it holds, how far it reaches, and whether it is a label."""

    blocks: list[HtmlBlock]
    rows: int = 1
    columns: int = 1
    is_label: bool = False

    def text(self) -> str:
        """All that it holds in one line."""
        return " ".join(one_line(block.text) for block in self.blocks)


@dataclass(slots=True)
class HtmlTable:
    """A table while its page is read."""

    rows: list[list[Cell]] = field(default_factory=list)
    heads: set[int] = field(default_factory=set)
    """Rows that the page calls its head."""
    in_head: bool = False
    caption: str = ""
    is_definitions: bool = False
    is_layout: bool = False
    """Whether its cells place parts of a page rather than values, as in mails."""

    def lines(self) -> Iterator[str] | None:
        """Its rows for `with_tables`; None where it is no table of values."""
        if self.is_layout or max(map(len, self.rows), default=0) < 2:
            return None
        if self.is_definitions:
            return self._definitions()
        grid = _grid(self.rows)
        filled = [index for index, row in enumerate(grid) if any(row)]
        # What stands alone in the first rows is no header, nor does `table_lines` take it for one.
        first = next((place for place, index in enumerate(filled) if sum(map(bool, grid[index])) > 1), len(filled))
        return table_lines(grid, self.caption, self._headers(filled[first:]))

    def start_row(self) -> None:
        """A row's beginning."""
        if self.in_head:
            self.heads.add(len(self.rows))
        self.rows.append([])

    def start_cell(self, cell: Cell) -> None:
        """A cell's beginning, in a row of its own where there is none."""
        if not self.rows or (self.is_definitions and cell.is_label):
            self.start_row()
        self.rows[-1].append(cell)

    def blocks(self) -> Iterator[HtmlBlock]:
        """What it holds, for a page that it lays out."""
        return (block for row in self.rows for cell in row for block in cell.blocks)

    def _headers(self, rows: list[int]) -> int | None:
        count = next((place for place, index in enumerate(rows) if not self._is_head(index)), 0)
        if 0 < count <= _MOST_HEADERS:
            return count
        widths = {len(self.rows[index]) for index in rows}
        pairs = [self.rows[index] for index in rows if len(self.rows[index]) == 2]
        is_form = max(widths, default=0) == 2 and all(row[0].is_label and not row[1].is_label for row in pairs)
        return 0 if is_form and len(pairs) > 1 else None

    def _is_head(self, index: int) -> bool:
        row = self.rows[index]
        return index in self.heads or (bool(row) and all(cell.is_label or not cell.blocks for cell in row))

    def _definitions(self) -> Iterator[str] | None:
        """Its terms with their definitions where all are short; those of one term in one line."""
        rows = [[row[0].text(), "; ".join(filter(None, (cell.text() for cell in row[1:])))] for row in self.rows]
        if all(row[0].is_label and any(cells) for row, cells in zip(self.rows, rows, strict=True)) and all(
            len(definition) <= _LONGEST_DEFINITION for _, definition in rows
        ):
            return table_lines(rows, headers=0, labelled=True)
        return None


def _grid(rows: list[list[Cell]]) -> list[list[str]]:
    """The text of every place of a table, that of a cell in all that it spans; columns that none begins in are none."""
    if all(cell.rows == cell.columns == 1 for row in rows for cell in row):
        return [[cell.text() for cell in row] for row in rows]
    budget = _MOST_REPEATED
    begun: set[int] = set()
    placed: list[dict[int, str]] = []
    reaching: dict[int, tuple[str, int]] = {}
    for index, row in enumerate(rows):
        reaching = {column: reach for column, reach in reaching.items() if reach[1] >= index}
        budget -= sum(len(text) + 1 for text, _ in reaching.values())
        if budget < 0:
            reaching = {}
        places = {column: text for column, (text, _) in reaching.items()}
        # What stands in a line of its own, across the table, is a heading of what follows.
        is_heading = len(row) == 1 and not places
        column = 0
        for cell in row:
            while column in places:
                column += 1
            begun.add(column)
            text = cell.text()
            width = min(cell.columns, _MOST_COLUMNS)
            if is_heading or (width - 1) * (len(text) + 1) > budget:
                width = 1
            budget -= (width - 1) * (len(text) + 1)
            for covered in range(column, column + width):
                places[covered] = text
                if cell.rows != 1:
                    reaching[covered] = (text, index + cell.rows - 1 if cell.rows else len(rows))
            column += width
        placed.append(places)
    columns = sorted(begun)
    return [_filled(places, columns) for places in placed]


def _filled(places: dict[int, str], columns: list[int]) -> list[str]:
    last = max(places, default=-1)
    return [places.get(column, "") for column in columns[: bisect_right(columns, last)]]
