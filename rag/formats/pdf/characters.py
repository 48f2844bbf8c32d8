"""The characters of a PDF's page and where they stand on the page as it is displayed."""

import re
import unicodedata
from collections.abc import Iterator
from ctypes import addressof, create_string_buffer
from dataclasses import dataclass, replace
from functools import cache
from itertools import repeat
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from rag.formats.parsed_document import POINT
from rag.formats.pdf.pdfium_calls import address_of, pdfium_calls

if TYPE_CHECKING:
    from pypdfium2 import PdfPage

LINE_END = "\n"
HYPHEN = "\x02"
"""PDFium's mark in place of a hyphen that splits a word between two lines."""

_ENDS = {ord(LINE_END), ord("\r"), ord(HYPHEN)}
_FONT_NAME = 128
"""Bytes of a font's name that are read."""
_BOLD = re.compile(rb"bold|black|heavy|[-,]demi|semibd", re.IGNORECASE)

_HIGH, _LOW = range(0xD800, 0xDC00), range(0xDC00, 0xE000)
_PRIVATE_BULLETS = "\uf0b7\uf0a7\uf0d8\uf076"
"""Codes that bullets of the fonts Symbol and Wingdings have where the file does not say what they mean."""
_JOINERS = "\u200c\u200d"
"""Invisible, but words of Persian and Indic scripts are spelt with them."""


@dataclass(frozen=True, slots=True)
class Characters:
    """The characters of a page in reading order: one string each, and their boxes, float32 [characters, 4].

    Boxes are left, top, right, bottom in twentieths of a point from the top left corner; what the page does not show,
    such as a space between two words set apart, is empty. Lines end with LINE_END or HYPHEN. `bold` are the left and
    top edges of the characters that lines in bold type begin with.
    """

    characters: list[str]
    boxes: npt.NDArray[np.float32]
    bold: frozenset[tuple[int, int]] = frozenset()

    @property
    def visible(self) -> bool:
        """Whether there is anything to read."""
        return any(character.isalnum() for character in self.characters)


def read_characters(page: "PdfPage") -> Characters:
    """The characters of `page`, without those that nobody can read. Raises PdfiumError."""
    calls = pdfium_calls()
    text = page.get_textpage()
    try:
        count = text.count_chars()
        address = address_of(text.raw)
        codes = list(map(calls.unicode, repeat(address), range(count)))
        corners = np.zeros((count, 4), np.float32)
        for index, place in enumerate(range(corners.ctypes.data, corners.ctypes.data + corners.nbytes, 16)):
            calls.box(address, index, place)
        bold = [index for index in _line_starts(codes) if _is_bold(address, index)]
    finally:
        text.close()
    boxes = as_displayed(page, corners)
    edges = np.rint(boxes[bold, :2]).astype(int).tolist()
    return replace(_readable(codes, boxes), bold=frozenset((left, top) for left, top in edges))


def _line_starts(codes: list[int]) -> Iterator[int]:
    """The first character of each line that is not white space."""
    is_new = True
    for index, code in enumerate(codes):
        if code in _ENDS:
            is_new = True
        elif is_new and not chr(code).isspace():
            is_new = False
            yield index


def _is_bold(text_page: int, index: int) -> bool:
    """Whether the name of a character's font says that it is bold."""
    buffer = create_string_buffer(_FONT_NAME)
    pdfium_calls().font(text_page, index, addressof(buffer), _FONT_NAME, None)
    return bool(_BOLD.search(buffer.value))


def as_displayed(page: "PdfPage", corners: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Boxes as in Characters from x and y of two corners, in points on the page before it is cropped and rotated."""
    left, bottom, right, top = page.get_bbox()
    xs, ys = corners[:, [0, 2]], corners[:, [1, 3]]
    rotation = page.get_rotation()
    across = {0: xs - left, 90: ys - bottom, 180: right - xs, 270: top - ys}[rotation]
    down = {0: top - ys, 90: xs - left, 180: ys - bottom, 270: right - xs}[rotation]
    placed = np.stack([across.min(1), down.min(1), across.max(1), down.max(1)], axis=1)
    shown: npt.NDArray[np.float32] = np.nan_to_num(placed * POINT).astype(np.float32)
    return shown


def _readable(codes: list[int], boxes: npt.NDArray[np.float32]) -> Characters:
    cleaned = [_clean(code) for code in _whole(codes)]
    kept = [index for index, character in enumerate(cleaned) if character]
    return Characters([cleaned[index] for index in kept], boxes[kept])


def _whole(codes: list[int]) -> list[int]:
    """`codes` with a character beyond U+FFFF in place of its first surrogate: PDFium gives two, with the same box."""
    if not any(code in _HIGH for code in codes):
        return codes
    return [
        0x10000 + ((code - _HIGH[0]) << 10) + (following - _LOW[0]) if code in _HIGH and following in _LOW else code
        for code, following in zip(codes, [*codes, 0][1:], strict=True)
    ]


@cache
def _clean(code: int) -> str:
    """What is kept of a character: a plain space for any, nothing for what is invisible or means nothing."""
    character = chr(code)
    if character in (LINE_END, HYPHEN):
        return character
    if character in _PRIVATE_BULLETS:
        return "•"
    category = unicodedata.category(character)
    if category == "Zs" or character == "\t":
        return " "
    return "" if category[0] == "C" and character not in _JOINERS else character
