"""What is asked of a table, the table that it is asked of, and what is found in it."""

import re
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache
from math import ceil
from typing import Literal, NamedTuple

from rag.formats.tables.table_header import Kind
from rag.text.languages import ENGLISH
from rag.text.words import stems

LEAST_STEM = 4
"""Letters that two stems have in common at least to be one word: supply and supplier."""

MOST_LIKE = 0.75
"""Share of the longer stem that they have in common then."""

_OF_KIND = frozenset(stems("how much many"))
"""What asks for a figure and names nothing."""

_NAME = re.compile(r"\w*\d[\w.,/-]*|(?<=[^.!?\s] )(?:\b[A-ZÀ-ÞĀ-ŽА-Я][\w’'-]*)")


@dataclass(frozen=True, slots=True)
class Grid:
    """The cells of a table as texts, "" where empty, under labels, no labels where it has none.

    `around` is what stands over and about the table: its caption, headings, the document's title; `heading` what heads
    the table itself; `caption` is what its reader calls it, `title` the document's.
    """

    labels: Sequence[str]
    rows: Sequence[Sequence[str]]
    around: str = ""
    heading: str = ""
    caption: str = ""
    title: str = ""

    @property
    def is_form(self) -> bool:
        """Whether rows are a label and its value."""
        return not any(self.labels) and all(len(row) <= 2 for row in self.rows)


Similarity = Callable[[str, Sequence[str]], Sequence[float]]
"""Cosines of a question and of texts, as the default embedding has them."""


@dataclass(frozen=True, slots=True)
class TableQuestion:
    """A question, and what the cell that answers must be: of this kind, None for any.

    `names` are stems of words that must stand in the row, in a label or around: names and figures.
    """

    text: str
    kind: Kind | None = None
    names: frozenset[str] = frozenset()
    similarity: Similarity | None = None
    language: str = ENGLISH

    @property
    def asked(self) -> frozenset[str]:
        """Stems of what it asks for."""
        return _asked(self.text, self.language)

    def stems(self, text: str) -> frozenset[str]:
        """Stems of what a table says, by the language of both."""
        return _stems(text, self.language)

    def words_of(self, grid: Grid) -> set[str]:
        """Stems of all that stands in a table and over it."""
        cells = (cell for row in grid.rows for cell in row)
        return set().union(*map(self.stems, [grid.around, *grid.labels, *cells]))

    def matched(self, text: str) -> set[str]:
        """The words that are asked for and stand in `text`, its own words inflected or derived otherwise."""
        return matched_words(self.asked, self.stems(text), self.names)


Way = Literal["label", "unclear", "meaning", "kind", "none"]
"""How a column was told: by the words of its label, which several may have; by what its label means; by what its cells
hold; or not at all."""


class Calculation(NamedTuple):
    """A figure that is made of several rows and stands in none: how, and as it is written."""

    kind: Literal["count", "total", "average"]
    result: str


@dataclass(frozen=True, slots=True)
class Found:
    """The rows that are meant, best first, and in which column the answer stands; None where that is not told.

    `named` are the columns whose cells name the rows. `explained` is the share of the question's words, 0 to 1, that
    the rows, the column's label and what is around account for. `is_empty` tells that there is nothing in the cell.
    With a `calculation`, that is the answer, made of the cells of `column` in these rows; without rows, none is given.
    """

    rows: list[int]
    column: int | None
    named: list[int]
    explained: float
    by: Way
    is_empty: bool = False
    calculation: Calculation | None = None


def names_in(question: str, language: str) -> frozenset[str]:
    """Stems of the figures and names of a question, which must stand in what answers it or over it."""
    return frozenset({stem for name in _NAME.findall(question) for stem in stems(name, language)})


def matched_words(asked: Set[str], held: Set[str], names: Set[str] = frozenset()) -> set[str]:
    """The words asked for that are among others, inflected or derived otherwise; `names` as they are."""
    found = set(asked & held)
    for word in asked - found - names:
        if any(_is_like(word, other) for other in held):
            found.add(word)
    return found


def _is_like(one: str, other: str) -> bool:
    common = max(LEAST_STEM, ceil(MOST_LIKE * max(len(one), len(other))))
    return one[:common] == other[:common] and not any(map(str.isdigit, one + other))


@lru_cache(100)
def _asked(question: str, language: str) -> frozenset[str]:
    return frozenset(stems(question, language) - _OF_KIND)


@lru_cache(20_000)
def _stems(text: str, language: str) -> frozenset[str]:
    return frozenset(stems(text, language)) if text else frozenset()
