"""Which rows and which column of a table a question asks for, by the words that name them."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from rag.formats.table_header import Kind, kind_of
from rag.text.words import stems

LEAST_STEM = 4
"""Letters that two stems have in common at least to be one word: supply and supplier."""

MOST_LIKE = 0.75
"""Share of the longer stem that they have in common then."""


@dataclass(frozen=True, slots=True)
class Grid:
    """The cells of a table as texts, "" where empty, under labels, no labels where it has none.

    `around` is what stands over and about the table: its caption, headings, the document's title.
    """

    labels: Sequence[str]
    rows: Sequence[Sequence[str]]
    around: str = ""

    @property
    def is_form(self) -> bool:
        """Whether rows are a label and its value."""
        return not any(self.labels) and all(len(row) <= 2 for row in self.rows)


@dataclass(frozen=True, slots=True)
class Found:
    """The rows that are meant, best first, and in which column the answer stands; None where that is not told.

    `named` are the columns whose cells name the rows. `explained` is the share of the question's words, 0 to 1, that
    the rows, the column's label and what is around account for. `by_label` tells that the label itself is named.
    """

    rows: list[int]
    column: int | None
    named: list[int]
    explained: float
    by_label: bool


def look_up(question: str, grid: Grid, kind: Kind | None, missing: set[str]) -> Found | None:
    """What `question` asks of `grid`, None where no row is named, or one that is not there.

    `kind` is what the answer must be, None for anything. `missing` are words of the question that must stand in the
    row, in a label or around, as names and figures must.
    """
    asked = stems(question)
    if not asked or not grid.rows:
        return None
    return _in_form(asked, grid, kind, missing) if grid.is_form else _in_table(asked, grid, kind, missing)


def _in_table(asked: set[str], grid: Grid, kind: Kind | None, missing: set[str]) -> Found | None:
    labels = [_matched(asked, label) for label in grid.labels]
    cells = [[_matched(asked, cell) for cell in row] for row in grid.rows]
    weights = _weights(cells)
    named_by_labels: set[str] = set().union(*labels)
    scores = [sum(weights[word] for word in set().union(*row)) for row in cells]
    best = max(scores)
    if best <= 0:
        return None
    rows = [number for number, score in enumerate(scores) if score >= best - 1e-9]
    words = set().union(*(set().union(*cells[number]) for number in rows))
    around = _matched(asked, grid.around)
    known = set().union(*(set().union(*row) for row in cells))
    # Words of other rows that none of these has: the question is about several, or about a row that is not there.
    if (known - named_by_labels - around) - words or (missing - words - named_by_labels - around):
        return None
    first = cells[rows[0]]
    named = [column for column, matched in enumerate(first) if matched - named_by_labels] or [
        column for column, matched in enumerate(first) if matched
    ]
    column, by_label = _column(asked, grid, rows, labels, named, kind)
    explained = words | around | (labels[column] if column is not None and column < len(labels) else set())
    return Found(rows, column, named, len(explained) / len(asked), by_label)


def _column(
    asked: set[str], grid: Grid, rows: list[int], labels: list[set[str]], named: list[int], kind: Kind | None
) -> tuple[int | None, bool]:
    """The column that is asked for and whether its label says so."""
    width = max(len(grid.rows[number]) for number in rows)
    others = [
        column
        for column in range(width)
        if column not in named and any(column < len(grid.rows[number]) and grid.rows[number][column] for number in rows)
    ]
    fitting = [column for column in others if kind is None or _has_kind(grid, rows, column, kind)]

    def score(column: int) -> tuple[int, float]:
        matched = labels[column] if column < len(labels) else set()
        of_label = len(stems(grid.labels[column])) if matched else 1
        return len(matched), len(matched) / of_label

    for among in (fitting, others):
        ranked = sorted(among, key=score, reverse=True)
        if ranked and score(ranked[0])[0] and (len(ranked) == 1 or score(ranked[0]) > score(ranked[1])):
            return ranked[0], True
        if ranked and score(ranked[0])[0]:
            return None, True
    return (fitting[0], False) if len(fitting) == 1 and kind is not None else (None, False)


def _in_form(asked: set[str], grid: Grid, kind: Kind | None, missing: set[str]) -> Found | None:
    labels = [_matched(asked, row[0]) for row in grid.rows]
    values = [_matched(asked, row[1]) if len(row) > 1 else set() for row in grid.rows]
    around = _matched(asked, grid.around)

    def score(number: int) -> tuple[int, float]:
        label, row = labels[number], grid.rows[number]
        if not label or len(row) == 1 or not row[1] or (kind not in (None, "text") and kind_of(row[1]) != kind):
            return 0, 0.0
        others = set().union(*values[:number], *values[number + 1 :])
        return len(label | around | others), len(label) / len(stems(row[0]))

    scores = [score(number) for number in range(len(grid.rows))]
    best = max(scores)
    rows = [number for number, score in enumerate(scores) if score == best]
    explained = labels[rows[0]] | around | set().union(*values)
    if not best[0] or len(rows) > 1 or missing - explained:
        return None
    return Found(rows, 1, [0], len(explained & asked) / len(asked), True)


def _weights(cells: list[list[set[str]]]) -> dict[str, float]:
    """How much a word tells rows apart: inverse document frequency (Robertson & Zaragoza 2009, eq. 3.3) over rows."""
    counts = Counter(word for row in cells for word in set().union(*row))
    return {word: math.log(1 + (len(cells) - count + 0.5) / (count + 0.5)) for word, count in counts.items()}


def _matched(asked: set[str], text: str) -> set[str]:
    """The words that are asked for and stand in `text`, its own words inflected or derived otherwise."""
    held = _stems(text)
    return {word for word in asked if word in held or any(_is_like(word, other) for other in held)}


def _is_like(one: str, other: str) -> bool:
    if any(map(str.isdigit, one + other)):
        return False
    common = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        common += 1
    return common >= LEAST_STEM and common >= MOST_LIKE * max(len(one), len(other))


def _has_kind(grid: Grid, rows: list[int], column: int, kind: Kind) -> bool:
    return any(column < len(grid.rows[number]) and kind_of(grid.rows[number][column]) == kind for number in rows)


@lru_cache(20_000)
def _stems(text: str) -> frozenset[str]:
    return frozenset(stems(text)) if text else frozenset()
