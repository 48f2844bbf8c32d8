"""Whether what stands in a column of a PDF's page is running text."""

from collections.abc import Sequence
from itertools import pairwise

from rag.formats.pdf.lines import Line, Piece

_FEWEST_LINES = 4
_FULL_LINE = 0.75
"""Share of a column's width that a line of a paragraph fills."""
_MOST_ARE = 0.6
_GO_ON = 0.35
"""Share of the lines of running text that begin within a sentence."""
_FEWEST_LETTERS = 10
"""Letters of a line of running text, which has several words."""
_CLOSE = 1.0
"""Heights of a line between two lines of a paragraph at most."""


def is_prose(column: Sequence[Piece | Line]) -> bool:
    """Whether most lines of a column fill it, and many go on with the sentence of the line before."""
    if len(column) < _FEWEST_LINES:
        return False
    width = max(piece.right for piece in column) - min(piece.left for piece in column)
    full = sum(piece.right - piece.left >= _FULL_LINE * width for piece in column)
    long = sum(sum(map(str.isalpha, piece.text)) >= _FEWEST_LETTERS for piece in column)
    going_on = sum(piece.text[0].isalpha() and not piece.text[0].isupper() for piece in column)
    close = sum(below.top - above.bottom < _CLOSE * above.height for above, below in pairwise(column))
    return (
        full >= _MOST_ARE * len(column)
        and long >= _MOST_ARE * len(column)
        and going_on >= _GO_ON * len(column)
        and close >= _MOST_ARE * (len(column) - 1)
    )
