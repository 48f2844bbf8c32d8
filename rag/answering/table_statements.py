"""What tables say, as sentences with the rows that they cite."""

from collections.abc import Iterable

from rag.answering.citations import Quote, Statement
from rag.answering.table_question import Calculation, Found, Grid
from rag.answering.whole_tables import WholeTable
from rag.formats.tables.table_header import kind_of
from rag.text.sentences import trim_marker
from rag.text.words import stems

MOST_ROWS = 12
"""Rows that an answer shows at most."""


def row_statement(table: WholeTable, found: Found, number: int) -> Statement:
    """A row, or the cell that is asked for with what names its row and column; the row cited."""
    cells = table.grid.rows[number]
    quotes = [_quote(table, number)]
    column = found.column
    if column is None or column >= len(cells) or not cells[column]:
        return Statement(_written(table.grid, enumerate(cells)), "quoted", quotes)
    named = [at for at in found.named if at < len(cells) and cells[at]]
    if not table.grid.is_form and column < min(named, default=0):
        # The answer is what the row is about.
        text = _written(table.grid, [(at, cells[at]) for at in (column, *named)])
        start = text.index(cells[column])
        return Statement(text, "quoted", quotes, (start, start + len(cells[column])))
    names = [cells[at] for at in named]
    if not any(stems(name) - _figures(name) for name in names):
        words = [cell for at, cell in enumerate(cells) if at != column and cell and kind_of(cell) == "text"]
        names = [*words[:1], *names]
    subject = ", ".join(dict.fromkeys(names)).rstrip(":")
    label = table.grid.labels[column] if column < len(table.grid.labels) else ""
    before = f"{subject}: " if subject else ""
    before += f"{label} " if label else ""
    return Statement(before + cells[column], "quoted", quotes, (len(before), len(before) + len(cells[column])))


def calculated_statement(table: WholeTable, found: Found, calculation: Calculation) -> Statement:
    """A figure that no cell holds, with the cells that it is made of, at most MOST_ROWS of them; their rows cited."""
    column = found.column or 0
    cells = [table.grid.rows[row][column] for row in found.rows[:MOST_ROWS]]
    more = len(found.rows) - len(cells)
    of = "; ".join([*cells, *([f"and {more} more"] if more else [])])
    result = calculation.result
    quotes = [_quote(table, row) for row in found.rows[:MOST_ROWS]]
    if calculation.kind == "count":
        return Statement(f"{result} counted: {of}", "calculated", quotes, (0, len(result)))
    before = f"{table.grid.labels[column]}, {calculation.kind} of {len(found.rows)} rows: "
    return Statement(f"{before}{result} ({of})", "calculated", quotes, (len(before), len(before) + len(result)))


def _written(grid: Grid, cells: Iterable[tuple[int, str]]) -> str:
    """Cells with the labels of their columns."""
    if grid.is_form:
        return ": ".join(cell.rstrip(":") for _, cell in cells if cell)
    labels = [*grid.labels, *[""] * max(map(len, grid.rows))]
    return "; ".join(f"{labels[at]}: {cell}" if labels[at] else cell for at, cell in cells if cell)


def _quote(table: WholeTable, number: int) -> Quote:
    node, row = table.places[number]
    return node, trim_marker(node.text, (row.start, row.end))


def _figures(name: str) -> set[str]:
    return {stem for stem in stems(name) if any(map(str.isdigit, stem))}
