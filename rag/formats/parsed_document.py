"""What is parsed out of a file: the text that citations point into, and where its parts lie in it."""

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from rag.text.sentences import Span

Boxes = npt.NDArray[np.uint16]
"""Where the characters of a page stand: uint16 [characters, 4], one row a character of the page's range of the text.

Left, top, right and bottom in twentieths of a point, from the top left corner of the page as it is displayed; a
character that stands nowhere, such as an inserted line end, is all zeros.
"""

POINT = 20
"""Units of Boxes in a point (1/72 inch)."""

READING_VERSION = 5
"""Goes up whenever the same file would give another text, headings or metadata, so that an older index asks to be
rebuilt."""


@dataclass(frozen=True, slots=True)
class Section:
    """A named range of a document's text: `text[start:end]` is a page, slide or sheet, or what a heading stands over.

    Pages and slides are numbered from 1 in `number`; sheets, chapters and headings have a `title`, which stands under
    those before it of a lower `level`.
    """

    kind: Literal["page", "slide", "sheet", "chapter", "heading"]
    start: int
    end: int
    number: int | None = None
    title: str | None = None
    level: int = 1


class Row(NamedTuple):
    """A row of a table, one statement: `text[start:end]`; and the range of each cell's value, None of an empty one.

    Cells lie within the row, in the order of the columns.
    """

    start: int
    end: int
    cells: tuple[Span | None, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under the labels of their columns, an empty one where a column has none; `caption` is what stands over it.

    A header of several levels has its labels joined. A form has no labels: two columns, a label and its value.
    """

    labels: tuple[str, ...]
    rows: list[Row]
    caption: str = ""


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """A file's text with its parts.

    `text` has \\n for line ends and holds no NUL and no lone surrogate. Sections of one kind are in order and do not
    overlap. `title`, `date` (ISO 8601, a day) and `author` are what the file says of itself, None where it does not.
    `boxes` are by page number, for PDFs. `notes` are sentences about what could not be read. Tables are in order and do
    not overlap. `encoding` is the name of a text's, None where a file is none or its parts have their own.
    """

    text: str
    title: str | None = None
    date: str | None = None
    sections: list[Section] = field(default_factory=list)
    boxes: dict[int, Boxes] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    encoding: str | None = None
    author: str | None = None
