"""The row with the greatest or the least figure of a column, where a question asks for it plainly."""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal

from rag.answering.figures import figures_of
from rag.answering.table_lookup import most_similar
from rag.answering.table_question import Found, Grid, TableQuestion
from rag.formats.tables.table_header import kind_of
from rag.text.words import stems

_GREATEST = "most highest largest greatest biggest longest oldest tallest heaviest maximum max".split()  # noqa: SIM905
_LEAST = "least fewest lowest smallest shortest youngest cheapest lightest minimum min".split()  # noqa: SIM905
_WHICH = re.compile(r"\b(?:which|what) (\w+)", re.IGNORECASE)
_YEARS = (1500, 2100)

LEAST_FILLED = 0.9
"""Share of a column's cells that hold one figure each, to be compared."""

LEAST_EXPLAINED = 0.5
"""Share of the question's words that the column and the rows that it is asked of account for."""


def extreme_rows(question: TableQuestion, grid: Grid) -> Found | None:
    """The rows that hold the greatest or least figure of the column asked for; None where that is not asked plainly.

    A last row that adds up the others is none of them.
    """
    # A column may be called the greatest itself.
    words = set(re.findall(r"\w+", question.text.lower())) - set(re.findall(r"\w+", " ".join(grid.labels).lower()))
    is_greatest = not words.isdisjoint(_GREATEST)
    if is_greatest == (not words.isdisjoint(_LEAST)) or len(grid.rows) < 2 or grid.is_form:
        return None
    asked = question.asked - stems(" ".join([*_GREATEST, *_LEAST]))
    columns = {
        column: figures
        for column in range(len(grid.labels))
        if (figures := _figures(question, grid, column)) and not _is_key(grid, column, figures)
    }
    named = {column: question.matched(grid.labels[column]) & asked for column in columns}
    best = max((len(matched) for matched in named.values()), default=0)
    chosen, is_meant = [column for column, matched in named.items() if best and len(matched) == best], False
    if not chosen and (similar := most_similar(question, grid, list(columns))) is not None:
        chosen, is_meant = [similar], True
    if len(chosen) != 1:
        return None
    column = chosen[0]
    rows_words: list[set[str]] = [set().union(*(question.matched(cell) for cell in row)) for row in grid.rows]
    # What stands in every row tells none from another.
    everywhere = rows_words[0].intersection(*rows_words)
    labels = set().union(*(question.matched(label) for label in grid.labels))
    explained = labels | question.matched(grid.around) | everywhere
    # A row that is named, or a name that stands nowhere, is another question.
    share = len(explained & asked) / len(asked) if asked and not is_meant else 1.0
    figures = columns[column]
    # What some rows have and others do not leaves out rows, whatever the table is called.
    is_narrowed = bool(set().union(*rows_words) - everywhere - labels)
    if is_narrowed or question.names - explained or share < LEAST_EXPLAINED or are_years(figures.values()):
        return None
    total = sum(figures.values())
    last = len(grid.rows) - 1
    figures = {row: figure for row, figure in figures.items() if row < last or total != 2 * figure}
    if not figures:
        return None
    wanted = max(figures.values()) if is_greatest else min(figures.values())
    rows = [row for row, figure in figures.items() if figure == wanted]
    holder = _holder(question, grid, column)
    return Found(rows, column, [], share, "label") if holder is None else Found(rows, holder, [column], share, "label")


def _holder(question: TableQuestion, grid: Grid, column: int) -> int | None:
    """The column of what has the figures of `column`, where it is asked for: who, which city; None where they are."""
    asked = _WHICH.search(question.text)
    named = [at for at in range(column) if asked and question.stems(asked[1]) & question.stems(grid.labels[at])]
    if named or question.kind != "text":
        return named[0] if named else None
    texts = (at for at in range(column) if any(row[at : at + 1] and kind_of(row[at]) == "text" for row in grid.rows))
    return next(texts, None)


def _figures(question: TableQuestion, grid: Grid, column: int) -> dict[int, Decimal]:
    """The figures of a column by row, none where too few of its cells hold one."""
    figures = figures_of(number_cells(grid, column), question.language).values
    return figures if len(figures) >= LEAST_FILLED * len(grid.rows) else {}


def _is_key(grid: Grid, column: int, figures: Mapping[int, Decimal]) -> bool:
    """Whether the first column numbers the rows: well 12, order 1006."""
    different = len(set(figures.values())) == len(grid.rows)
    return column == 0 and different and all(figure == int(figure) for figure in figures.values())


def number_cells(grid: Grid, column: int) -> dict[int, str]:
    """The cells of a column that hold a figure with or without a unit, by row."""
    cells = {number: row[column] for number, row in enumerate(grid.rows) if column < len(row)}
    return {number: cell for number, cell in cells.items() if kind_of(cell) == "number"}


def are_years(figures: Iterable[Decimal]) -> bool:
    """Whether these are years, of which the greatest is not the oldest, and which nobody adds up."""
    return all(figure == int(figure) and _YEARS[0] <= figure <= _YEARS[1] for figure in figures)
