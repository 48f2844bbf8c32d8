"""How many rows there are, and the total or the average of a column, where a question asks for it plainly."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Literal

from rag.answering.figures import figures_of
from rag.answering.table_extremes import are_years, number_cells
from rag.answering.table_lookup import most_similar
from rag.answering.table_question import Calculation, Found, Grid, TableQuestion
from rag.answering.table_selection import (
    OF_AVERAGES,
    OF_FIGURES,
    OF_TOTALS,
    Selection,
    adds_up,
    cell_of,
    figure_columns,
    first_words,
    has_groups,
    is_summary,
    key_column,
    names,
    select_rows,
)
from rag.text.words import content_words, stems, words_of

LEAST_LIKE_LABEL = 0.64
"""Cosine of a word and a label from which on they name the same things: staff and Employee, not players and Team."""

LEAST_LIKE_PERSON = 0.45
"""Cosine of “person” and a label from which on it names people: Employee, Name, Patient, not City and not Team."""

_COUNT = re.compile(r"\b(?:how many|number of)\b(.*)", re.IGNORECASE)
_TOTAL = re.compile(r"\b(?:total|sum|altogether|combined)\b", re.IGNORECASE)
_AVERAGE = re.compile(r"\b(?:average|(?:the|arithmetic) mean)\b", re.IGNORECASE)

_PERSON = "person"
_PEOPLE = frozenset(stems("people persons"))
_OF_TABLES = frozenset(stems("chart list listed table shown given row exist"))
"""What speaks of the table itself."""

_OF_VALUES = frozenset(stems("work live belong come based located employed"))
"""What says no more than that a row has a value."""

_PLAIN = frozenset(
    """a all an and are as at be been by did do does for from had has have how i in is it its many me much my of on our
    s so that the their them there these they this those to us was we were what which who will with would you
    your""".split()  # noqa: SIM905
)
"""Words without meaning of their own that leave out no row, as others do: not, before, more, only."""

_UNSURE = Found([], None, [], 0.0, "none")

_Kind = Literal["count", "total", "average"]


def calculated(question: TableQuestion, grid: Grid) -> Found | None:
    """The rows that are counted or added up, with the figure that they make; to be asked of whole tables.

    None where that is not asked of this table; without rows where it is, and it is not sure of which.
    """
    kind = _asked_for(question, grid)
    if kind is None or grid.is_form or len(grid.rows) < 2:
        return None
    summaries = [row for row in range(len(grid.rows)) if is_summary(grid, row)]
    rows = [row for row in range(len(grid.rows)) if row not in summaries]
    key = key_column(grid, rows)
    if key is not None and any(names(question, grid.rows[row][key]) for row in rows):
        # It is one row's.
        return None
    column = _counted_column(question, grid, key) if kind == "count" else _added_column(question, grid)
    if column is None:
        return None
    selection = select_rows(question, grid, rows, column)
    if (
        selection is None
        or has_groups(grid, rows)
        or (rows[-1] in selection.rows and adds_up(grid, rows))
        or not _is_all_said(question, grid, key, column, selection)
    ):
        # A row of totals may be looked up.
        return None if summaries and kind != "count" else _UNSURE
    if kind == "count":
        return _count(grid, column, selection, is_key=key in (None, column))
    return _added(question, grid, kind, column, selection, summaries)


def _added(
    question: TableQuestion, grid: Grid, kind: _Kind, column: int, selection: Selection, summaries: Sequence[int]
) -> Found | None:
    """The total or average, from the table's own row of it where all rows are meant; None of a single row."""
    own = [row for row in summaries if first_words(grid, row) & (OF_TOTALS if kind == "total" else OF_AVERAGES)]
    if own and not selection.columns:
        is_told = len(own) == 1 and bool(cell_of(grid, own[0], column))
        return Found(own, column, [0], 1.0, "label") if is_told else _UNSURE
    return _sum(question, grid, kind, column, selection) if len(selection.rows) > 1 else None


def _asked_for(question: TableQuestion, grid: Grid) -> _Kind | None:
    of_labels = stems(" ".join(grid.labels))
    is_total = _TOTAL.search(question.text) is not None
    if _COUNT.search(question.text):
        head = set(_head(question))
        is_of_figures = any(head & question.matched(grid.labels[at]) for at in figure_columns(grid))
        return "total" if is_total and is_of_figures else "count"
    if _AVERAGE.search(question.text) and not of_labels & OF_AVERAGES:
        return "average"
    return "total" if is_total and not of_labels & OF_TOTALS else None


def _head(question: TableQuestion) -> list[str]:
    """The words that follow how many, up to one without meaning: what is counted, and what it may be or do."""
    head: list[str] = []
    asked = _COUNT.search(question.text)
    for word in words_of(asked[1]) if asked else ():
        held = question.stems(word)
        if not held <= question.asked:
            break
        head += held - OF_FIGURES
    return head


def _counted_column(question: TableQuestion, grid: Grid, key: int | None) -> int | None:
    """The column of what is counted: told by its label, by what that means, or by what heads the table."""
    head = _head(question)
    figures = figure_columns(grid)
    for word in head:
        named = [column for column, label in enumerate(grid.labels) if word in question.matched(label)]
        if named:
            return named[0] if len(named) == 1 and named[0] not in figures else None
    if not head:
        return None if figures else key
    is_heading = head[0] in question.matched(f"{grid.title} {grid.heading}")
    return key if key is not None and (is_heading or _is_label(question, head[0], grid, key)) else None


def _is_label(question: TableQuestion, word: str, grid: Grid, key: int) -> bool:
    """Whether a word means what the label of the first column says, and no other label."""
    labels = list(filter(None, grid.labels))
    if question.similarity is None or not grid.labels[key]:
        return False
    if word in _PEOPLE:
        return question.similarity(_PERSON, [grid.labels[key]])[0] >= LEAST_LIKE_PERSON
    likeness = dict(zip(labels, question.similarity(word, labels), strict=True))
    return likeness[grid.labels[key]] == max(likeness.values()) >= LEAST_LIKE_LABEL


def _added_column(question: TableQuestion, grid: Grid) -> int | None:
    columns = [column for column in figure_columns(grid) if question.stems(grid.labels[column])]
    named = {column: question.matched(grid.labels[column]) - OF_FIGURES for column in columns}

    def score(column: int) -> tuple[int, float]:
        return len(named[column]), len(named[column]) / len(question.stems(grid.labels[column]))

    best = max(map(score, columns), default=(0, 0.0))
    if not best[0]:
        return most_similar(question, grid, columns)
    alike = [column for column in columns if score(column) == best]
    return alike[0] if len(alike) == 1 else None


def _is_all_said(question: TableQuestion, grid: Grid, key: int | None, column: int, selection: Selection) -> bool:
    """Whether nothing of the question is left over that may leave out rows."""
    labels = [grid.labels[at] for at in (column, *selection.columns, *([] if key is None else [key]))]
    said = selection.words | question.matched(" ".join([*labels, grid.title, grid.heading]))
    said |= OF_FIGURES | _OF_TABLES | _OF_VALUES
    small = set(words_of(question.text.lower())) - set(content_words(question.text)) - _PLAIN
    if small - set(words_of(" ".join(grid.labels).lower())):
        return False
    left = question.asked - said
    left -= {word for word in left if key is not None and _is_label(question, word, grid, key)}
    # Of what is added up, one word may mean the label: to earn is a matter of salary.
    is_meant = column in figure_columns(grid) and not question.matched(grid.labels[column])
    return not left or (is_meant and len(left) == 1)


def _count(grid: Grid, column: int, selection: Selection, is_key: bool) -> Found:
    """As many as the column has different cells; the same name twice may be two or one."""
    first: dict[str, int] = {}
    for row in selection.rows:
        first.setdefault(cell_of(grid, row, column), row)
    if "" in first or (is_key and len(first) < len(selection.rows)):
        return _UNSURE
    return _found(list(first.values()), column, Calculation("count", str(len(first))))


def _sum(question: TableQuestion, grid: Grid, kind: _Kind, column: int, selection: Selection) -> Found:
    cells = number_cells(grid, column)
    figures = figures_of({row: cells[row] for row in selection.rows if row in cells}, question.language)
    values = figures.values.values()
    total = sum(values, Decimal())
    holds_sum = len(values) > 2 and any(2 * value == total for value in values)
    # Shares are of different wholes.
    is_share = kind == "total" and "%" in figures.before + figures.after
    if len(values) < len(selection.rows) or not figures.is_alike or are_years(values) or holds_sum or is_share:
        return _UNSURE
    result = figures.written(total) if kind == "total" else figures.written(total / len(values), is_average=True)
    return _found(selection.rows, column, Calculation(kind, result))


def _found(rows: Sequence[int], column: int, calculation: Calculation) -> Found:
    return Found(list(rows), column, [], 1.0, "none", calculation=calculation)
