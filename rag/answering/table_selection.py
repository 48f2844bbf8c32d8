"""Which rows of a table have the values that a question names, and which are no rows like the others."""

from collections.abc import Sequence
from typing import NamedTuple

from rag.answering.figures import figures_of
from rag.answering.table_extremes import number_cells
from rag.answering.table_question import Grid, TableQuestion
from rag.formats.tables.table_header import kind_of
from rag.text.words import stems

OF_TOTALS, OF_AVERAGES = frozenset(stems("total sum altogether combined overall")), frozenset(stems("average mean"))
OF_FIGURES = OF_TOTALS | OF_AVERAGES | stems("arithmetic number count different distinct grand subtotal")
"""What asks for a figure, and heads rows that hold one."""


LEAST_ADDED = 2
"""Rows that a row of totals adds up, at least."""


class Selection(NamedTuple):
    """The rows that have the values asked for, the columns of these, and the words that they account for."""

    rows: list[int]
    columns: list[int]
    words: set[str]


def select_rows(question: TableQuestion, grid: Grid, rows: Sequence[int], asked: int) -> Selection | None:
    """Of `rows` those with all values that the question has whole; None where it is not sure which these are.

    `asked` is the column that is counted or added up.
    """
    of_label = question.matched(grid.labels[asked])
    values: dict[frozenset[str], dict[int, set[int]]] = {}
    for column in range(len(grid.labels)):
        for row in rows:
            cell = cell_of(grid, row, column)
            if column != asked and names(question, cell) and (words := question.stems(cell) - of_label):
                values.setdefault(words, {}).setdefault(column, set()).add(row)
    chosen, columns, said = set(rows), list[int](), set[str]()
    # Of New York and York the longer.
    for words, by_column in sorted(values.items(), key=lambda value: -len(value[0])):
        if words <= said:
            continue
        labelled = {at: found for at, found in by_column.items() if question.matched(grid.labels[at])} or by_column
        if len(labelled) > 1 or words & said:
            return None
        ((column, found),) = labelled.items()
        # Sales, where another row has Sales and support.
        others = (question.stems(cell_of(grid, row, column)) for row in rows if row not in found)
        if column in columns or any(words < other for other in others):
            return None
        chosen &= found
        columns.append(column)
        said |= words
    return Selection(sorted(chosen), columns, said) if chosen else None


def key_column(grid: Grid, rows: Sequence[int]) -> int | None:
    """The first column of words, where it names each of `rows` otherwise; None where it does not."""
    for column in range(len(grid.labels)):
        cells = [cell_of(grid, row, column) for row in rows]
        if 2 * sum(kind_of(cell) == "text" for cell in cells if cell) > len(cells):
            return column if len(set(cells)) == len(cells) and all(cells) else None
    return None


def figure_columns(grid: Grid) -> list[int]:
    """The columns most of whose cells hold figures."""
    return [
        column
        for column in range(len(grid.labels))
        if 2 * len(number_cells(grid, column)) > sum(bool(cell_of(grid, row, column)) for row in range(len(grid.rows)))
    ]


def has_groups(grid: Grid, rows: Sequence[int]) -> bool:
    """Whether some rows head others: one cell, or the same in all."""
    return any(len(set(filter(None, grid.rows[row]))) <= 1 < len(grid.labels) for row in rows)


def is_summary(grid: Grid, row: int) -> bool:
    """Whether a row is headed as the total or the average of others."""
    words = first_words(grid, row)
    return bool(words) and words <= OF_FIGURES | stems("all")


def adds_up(grid: Grid, rows: Sequence[int]) -> bool:
    """Whether the last of `rows` may be the total of the others, in whatever language it is headed."""
    columns = (figures_of(number_cells(grid, column)).values for column in range(len(grid.labels)))
    added = ({row: figure for row, figure in figures.items() if row in rows} for figures in columns)
    totals = [figures for figures in added if rows[-1] in figures and len(figures) > LEAST_ADDED]
    return any(2 * figures[rows[-1]] == sum(figures.values()) != 0 for figures in totals)


def first_words(grid: Grid, row: int) -> set[str]:
    """The words of a row's first cell that holds something."""
    return stems(next(filter(None, grid.rows[row]), ""))


def names(question: TableQuestion, cell: str) -> bool:
    """Whether a question has all words of a cell."""
    held = question.stems(cell)
    return bool(held) and held <= question.asked


def cell_of(grid: Grid, row: int, column: int) -> str:
    """A cell, "" where the row is shorter."""
    cells = grid.rows[row]
    return cells[column] if column < len(cells) else ""
