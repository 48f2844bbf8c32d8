"""Whether what stands in a column of a PDF's page is running text."""

from collections.abc import Sequence
from itertools import pairwise

from rag.formats.pdf.lines import Line, Piece

_FEWEST_LINES = 4
_FULL_LINE = 0.75
"""Share of a column's width that a line of a paragraph fills."""
_MOST_ARE = 0.6
_GO_ON, _SOME_GO_ON = 0.35, 0.15
"""Share of the lines of running text that begin within a sentence, and of such with headings and short paragraphs."""
_FEWEST_LETTERS = 10
"""Letters of a line of running text, which has several words."""
_CLOSE = 1.0
"""Heights of a line between two lines of a paragraph at most."""


def is_prose(column: Sequence[Piece | Line], is_apart: bool = False) -> bool:
    """Whether most lines of a column fill it, and many go on with the sentence of the line before.

    Of one that is drawn by itself (`is_apart`), as a table's is not, fewer need to: it may have headings.
    """
    if len(column) < _FEWEST_LINES:
        return False
    if is_apart:
        return _has_words(column) and _going_on(column) >= _SOME_GO_ON * len(column)
    width = max(piece.right for piece in column) - min(piece.left for piece in column)
    full = sum(piece.right - piece.left >= _FULL_LINE * width for piece in column)
    close = sum(below.top - above.bottom < _CLOSE * above.height for above, below in pairwise(column))
    return (
        full >= _MOST_ARE * len(column)
        and _has_words(column)
        and _going_on(column) >= _GO_ON * len(column)
        and close >= _MOST_ARE * (len(column) - 1)
    )


def _has_words(column: Sequence[Piece | Line]) -> bool:
    long = sum(sum(map(str.isalpha, piece.text)) >= _FEWEST_LETTERS for piece in column)
    return long >= _MOST_ARE * len(column)


def _going_on(column: Sequence[Piece | Line]) -> int:
    """Lines that begin within a sentence."""
    return sum(piece.text[0].isalpha() and not piece.text[0].isupper() for piece in column)
