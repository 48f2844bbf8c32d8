"""Which of a table's first rows label its columns, told by what its cells hold."""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import zip_longest
from typing import Literal

_LONGEST_LABEL = 80
_MOST_LEVELS = 3
_SOME = 4
"""Labels of which one may be a sign or a figure."""
_FORM_COLUMNS = 2
_SHORTEST_FORM, _LONGEST_FORM = 3, 12
"""Rows between which two columns of words are taken for a form, a table read as a form being the lesser harm."""
_SAME_KIND = 0.6
"""Share of a column's values from which on their kind is that of the column."""

# With signs, thousands, units of one to three letters; and days as they are mostly written.
_NUMBER = re.compile(r"[^\w\d]{0,3}\d[\d\s.,'’]*(?:\W{0,2}[^\W\d_]{1,3})?\W{0,2}")
_DAY = re.compile(
    r"\d{4}-\d\d(?:-\d\d)?(?:[ T][\d:]+)?|\d{1,2}[./]\d{1,2}[./]\d{2,4}"
    r"|\d{1,2}\.? (?:de )?[^\W\d_]{3,10}\.?(?: de)? \d{4}|[^\W\d_]{3,9}\.? \d{1,2},? \d{4}"
)
_YEAR = re.compile(r"(?:19|20)\d\d(?:[/–-]\d{2,4})?")

Kind = Literal["number", "day", "text"]

Rows = Sequence[Sequence[str]]


def kind_of(cell: str) -> Kind:
    """What a cell holds: a figure with or without a unit, a day, or words."""
    if _DAY.fullmatch(cell):
        return "day"
    return "number" if _NUMBER.fullmatch(cell) else "text"


def header_rows(rows: Rows) -> int:
    """How many of the first rows are labels: the fewest that tell columns apart, and their units; 0 where none do."""
    for count in range(1, min(_MOST_LEVELS, len(rows) - 1) + 1):
        labels = [label for label in joined_labels(rows[:count]) if label]
        if sum(not _may_be_label(label) for label in labels) > len(labels) // _SOME:
            return 0
        if len(labels) > 1 and len(set(labels)) == len(labels):
            if _is_like_the_rest(rows, count):
                return 0
            return count + (count + 1 < len(rows) and _holds_units(rows[count]))
    return 0


def joined_labels(rows: Rows) -> list[str]:
    """A label for each column of header rows, those of several levels joined: Sales – H1 2023."""
    columns = zip_longest(*rows, fillvalue="")
    return [" – ".join(dict.fromkeys(filter(None, column))) for column in columns]


def is_form(rows: Rows) -> bool:
    """Whether rows are labels and values of one thing rather than a table: two columns, values of several kinds."""
    if len(rows) < _SHORTEST_FORM or any(len(list(filter(None, row))) > _FORM_COLUMNS or not row[0] for row in rows):
        return False
    names = [row[0] for row in rows]
    if len(set(names)) < len(names) or not all(kind_of(name) == "text" and _may_be_label(name) for name in names):
        return False
    if all(name.endswith(":") for name in names):
        return True
    first, *values = [row[1] if len(row) > 1 else "" for row in rows]
    kinds = Counter(kind_of(value) for value in values if value)
    if not kinds:
        return False
    (usual, count), *_ = kinds.most_common()
    if usual == "text" and len(kinds) == 1:
        return len(rows) <= _LONGEST_FORM and len({first, *values}) == len(rows)
    return usual == "text" or kind_of(first) != "text" or count < _SAME_KIND * kinds.total()


def _may_be_label(text: str) -> bool:
    return len(text) <= _LONGEST_LABEL and (any(map(str.isalpha, text)) or bool(_YEAR.fullmatch(text)))


def _holds_units(row: Sequence[str]) -> bool:
    """Whether a row below labels says in what the columns are counted: no name, and no figures but thousands."""
    cells = list(filter(None, row))
    return bool(cells) and not row[0] and not any(map(str.isdigit, "".join(cells).replace("000", "")))


def _is_like_the_rest(rows: Rows, count: int) -> bool:
    """Whether the last header row is a row like others: days over days, or years over years."""
    for column, label in enumerate(rows[count - 1]):
        for is_alike in filter(lambda like: like(label), (_YEAR.fullmatch, _DAY.fullmatch)):
            if all(is_alike(row[column]) for row in rows[count:] if column < len(row) and row[column]):
                return True
    return False
