"""Which rows and which column of a table a question asks for, by the words that name them."""

import math
import re
from collections import Counter
from collections.abc import Sequence, Set
from dataclasses import replace
from functools import partial

from rag.answering.table_question import Found, Grid, TableQuestion, Way, matched_words
from rag.formats.tables.table_header import Kind, kind_of

_ORDER = frozenset(
    """above after altogether average before below besides between combined except first last least less more most next
    not other previous prior rank same sum than total under over""".split()  # noqa: SIM905
)
"""Words that compare rows, add them up or go from one to another, which none of a row's cells answers unless they stand
there."""

_LONGEST_LISTED = 12
"""Rows of a table that is given whole where its heading is all that is asked for."""

LEAST_SIMILAR, CLEARLY = 0.4, 0.12
"""Cosine of a question and a label from which on they mean the same, and by which no other label may come near."""

_SUPERLATIVE = re.compile(r"\w{2,}est")

_BELONGING = (re.compile(r"\w['’]s (\w+)"), re.compile(r"(\w+) of (?:the )?[A-ZÀ-ÞĀ-ŽА-Я]"))
"""What belongs to somebody, in English."""


def look_up(question: TableQuestion, grid: Grid) -> Found | None:
    """What `question` asks of `grid`, None where no row is named, or one that is not there."""
    if not question.asked or not grid.rows:
        return None
    if question.asked <= question.stems(grid.heading) and len(grid.rows) <= _LONGEST_LISTED:
        return Found(list(range(len(grid.rows))), None, [], 1.0, "none")
    found = _in_form(question, grid) if grid.is_form else _in_table(question, grid)
    return None if found and _compares(question, grid, found) else found


def heads_another(question: TableQuestion, grid: Grid, siblings: Sequence[Grid]) -> bool:
    """Whether a question names the heading of another table of the document, by words that this one has nowhere.

    Where both headings share a word, what the document is called, or says before the table, is no such word.
    """
    others = [other for other in siblings if other is not grid]
    named = set().union(*(question.matched(other.heading) for other in others))
    if named - matched_words(question.asked, question.words_of(grid), question.names):
        return True
    own = question.stems(grid.heading)
    alike = set().union(*(question.matched(o.heading) for o in others if own & question.stems(o.heading)))
    held = question.words_of(replace(grid, around=f"{grid.caption} {grid.heading}"))
    return bool(alike - matched_words(question.asked, held, question.names))


def names_stand(question: TableQuestion, grid: Grid) -> bool:
    """Whether all names of a question stand somewhere in a table or over it."""
    return question.names <= question.words_of(grid)


def _compares(question: TableQuestion, grid: Grid, found: Found) -> bool:
    """Whether a question goes beyond the row that it names, by words that neither row nor label hold."""
    held = " ".join([*grid.labels, grid.around, *(cell for row in found.rows for cell in grid.rows[row])]).lower()
    words = set(re.findall(r"\w+", question.text.lower())) - set(re.findall(r"\w+", held))
    return any(
        word in _ORDER
        or (_SUPERLATIVE.fullmatch(word) and not matched_words(question.stems(word), question.stems(held)))
        for word in words
    )


def _in_table(question: TableQuestion, grid: Grid) -> Found | None:
    labels = [question.matched(label) for label in grid.labels]
    cells = [[question.matched(cell) for cell in row] for row in grid.rows]
    rows = _named_rows(question, grid, labels, cells)
    if not rows:
        return None
    of_labels = set().union(*labels)
    first = cells[rows[0]]
    named = [column for column, matched in enumerate(first) if matched - of_labels] or [
        column for column, matched in enumerate(first) if matched
    ]
    column, by = _column(question, grid, rows, labels, named)
    if column is not None and not any("".join(grid.rows[number][column : column + 1]) for number in rows):
        return Found(rows, column, named, 0.0, by, is_empty=by in ("label", "meaning"))
    explained = set().union(*(matched for number in rows for matched in cells[number])) | question.matched(grid.around)
    if column is not None and column < len(labels):
        explained |= labels[column]
    left = question.asked - explained
    # A label with a word more, of a question with another: net weight, gross weight.
    if by == "label" and column is not None and left and len(labels[column]) < len(question.stems(grid.labels[column])):
        return None
    there = slice(None) if column is None else slice(column, column + 1)
    cells_meant = [cell for row in rows for cell in grid.rows[row][there]]
    # A column that is named may say "closed" where a figure is asked for; a figure is never who.
    kind = None if column is not None and question.kind != "text" else question.kind
    is_fit = any(may_be(cell, kind) for cell in cells_meant)
    if not is_fit or _is_of_another(question, left) or (by == "meaning" and len(left) > 1):
        return None
    # What is left over is what the label means.
    return Found(rows, column, named, 1.0 if by == "meaning" else len(explained) / len(question.asked), by)


def _named_rows(
    question: TableQuestion, grid: Grid, labels: Sequence[set[str]], cells: Sequence[Sequence[set[str]]]
) -> list[int]:
    """The rows that have most of what the question names; none where that is not clear."""
    of_rows: list[set[str]] = [set().union(*row) for row in cells]
    of_labels = set().union(*labels)
    weights = _weights(of_rows)
    # A word of a label names the column, and a row only where nothing else does.
    scores = [sum(weights[word] for word in words - of_labels) for words in of_rows]
    if max(scores) <= 0:
        scores = [sum(weights[word] for word in words) for words in of_rows]
    best = max(scores)
    if best <= 0:
        return []
    rows = [number for number, score in enumerate(scores) if score >= best - 1e-9]
    # Of rows that have the same words, those that are named by all of theirs: Gross margin, not Adjusted gross margin.
    rows = [row for row in rows if any(map(partial(_is_named, question), grid.rows[row], cells[row]))] or rows
    words = set().union(*(of_rows[number] for number in rows)) | of_labels | question.matched(grid.around)
    # Words of other rows that none of these has: the question is about several, or about a row that is not there.
    return [] if set().union(*of_rows) - words or question.names - words else rows


def _is_of_another(question: TableQuestion, left: Set[str]) -> bool:
    """Whether a question is about what belongs to the row that it names: Ben's manager, the manager of Ben."""
    belongs = [pair for pattern in _BELONGING for pair in pattern.findall(question.text)]
    return any(question.stems(what) and question.stems(what) <= left for what in belongs)


def _is_named(question: TableQuestion, cell: str, matched: Set[str]) -> bool:
    """Whether all words of a cell are asked for."""
    held = question.stems(cell)
    return bool(matched) and len(matched) >= len(held) and not any(map(str.isdigit, "".join(held - question.asked)))


def _column(
    question: TableQuestion, grid: Grid, rows: list[int], labels: list[set[str]], named: list[int]
) -> tuple[int | None, Way]:
    """The column that is asked for, and by what it is told."""
    width = max(len(grid.labels), *(len(grid.rows[number]) for number in rows))
    others = [column for column in range(width) if column not in named]
    fitting = [c for c in others if question.kind is None or _has_kind(grid, c, question.kind)]

    def score(column: int) -> tuple[int, float]:
        matched = labels[column] if column < len(labels) else set()
        return len(matched), len(matched) / len(question.stems(grid.labels[column])) if matched else 0.0

    best = max(map(score, others), default=(0, 0.0))
    if best[0]:
        alike = [column for column in others if score(column) == best]
        clear = alike if len(alike) == 1 else [column for column in alike if column in fitting]
        if len(clear) == 1:
            return clear[0], "label"
        return None, "unclear"
    similar = most_similar(question, grid, fitting)
    if similar is not None:
        return similar, "meaning"
    return (fitting[0], "kind") if len(fitting) == 1 and question.kind is not None else (None, "none")


def most_similar(question: TableQuestion, grid: Grid, columns: Sequence[int]) -> int | None:
    """The column whose label means what is asked for, None where none does clearly."""
    labelled = [column for column in columns if column < len(grid.labels) and grid.labels[column]]
    if question.similarity is None or not labelled:
        return None
    cosines = question.similarity(question.text, [grid.labels[column] for column in labelled])
    (best, column), *others = sorted(zip(cosines, labelled, strict=True), reverse=True)
    is_clear = not others or best - others[0][0] >= CLEARLY
    return column if best >= LEAST_SIMILAR and is_clear else None


def _in_form(question: TableQuestion, grid: Grid) -> Found | None:
    asked = question.asked
    labels = [question.matched(row[0]) for row in grid.rows]
    values = [question.matched(row[1]) if len(row) > 1 else set() for row in grid.rows]
    around = question.matched(grid.around)

    def score(number: int) -> tuple[int, float]:
        label, row = labels[number], grid.rows[number]
        if not label or len(row) == 1 or not may_be(row[1], question.kind):
            return 0, 0.0
        others = set().union(*values[:number], *values[number + 1 :])
        return len(label | around | others), len(label) / len(question.stems(row[0]))

    scores = [score(number) for number in range(len(grid.rows))]
    best = max(scores)
    rows = [number for number, score in enumerate(scores) if score == best]
    # A form is about what is over it, or its first value.
    about = labels[rows[0]] | around | values[0]
    explained = about | set().union(*values)
    if not best[0] or len(rows) > 1 or question.names - about:
        return None
    return Found(rows, 1, [0], len(explained & asked) / len(asked), "label")


def _weights(rows: Sequence[set[str]]) -> dict[str, float]:
    """How much a word tells rows apart: inverse document frequency (Robertson & Zaragoza 2009, eq. 3.3) over rows."""
    counts = Counter(word for row in rows for word in row)
    return {word: math.log(1 + (len(rows) - count + 0.5) / (count + 0.5)) for word, count in counts.items()}


def may_be(cell: str, kind: Kind | None) -> bool:
    """Whether a cell may be what is asked for: no year for who, no words for how many and when."""
    if kind == "text":
        return bool(cell) and kind_of(cell) == "text"
    return bool(cell) and (kind is None or any(map(str.isdigit, cell)))


def _has_kind(grid: Grid, column: int, kind: Kind) -> bool:
    return any(column < len(row) and row[column] and kind_of(row[column]) == kind for row in grid.rows)
