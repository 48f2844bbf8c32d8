"""Words in the pictures of pages: the optional extra ocr, RapidOCR's models on ONNX Runtime."""

import sys
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.util import find_spec
from itertools import groupby
from statistics import median
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from rag.formats.parsed_document import POINT
from rag.formats.pdf.characters import LINE_END, Characters

if TYPE_CHECKING:
    from pypdfium2 import PdfPage

Pixels = npt.NDArray[np.uint8]
"""[height, width, 3]"""

HAS_RELEASE = sys.version_info < (3, 13)
"""Whether there is RapidOCR for this Python: the extra installs nothing elsewhere."""

ADVICE = (
    "Install the extra ocr (pip install 'footnote-rag[ocr]') or give it a text layer."
    if HAS_RELEASE
    else "Give it a text layer, or use Python 3.11 or 3.12, for which there is the extra ocr."
)
NOT_INSTALLED = f"holds pictures of pages and no text. {ADVICE}"
NO_WORDS = "holds pictures of pages in which no words were found. Give it a text layer, or remove it."

_DOTS_PER_INCH = 200
_LONGEST_SIDE = 4000
"""Pixels; posters are made smaller."""
_WORD_GAP = 0.3
"""Heights of a line between two words at least."""
_OF_FIGURES = frozenset("0123456789.,()%")
_MARGIN = 3
"""Pixels around a word, without which its first and last letter are misread."""
_SAME_SIZE = 1.3
"""Times that lines of one size of type may differ in height, by the letters that they happen to hold."""
_COLUMN_WIDTH = 0.3
"""Part of the width of a page that lines of text fill in a page of two columns, and columns of a table do not."""


class FoundLine(NamedTuple):
    """Words beside each other in a picture, and where they stand in twentieths of a point; `spans` by word."""

    words: list[str]
    spans: list[tuple[float, float]]
    top: float
    bottom: float

    @property
    def left(self) -> float:
        """Where the first word begins."""
        return self.spans[0][0]

    @property
    def right(self) -> float:
        """Where the last word ends."""
        return self.spans[-1][1]

    @property
    def middle(self) -> float:
        """Of its height."""
        return (self.top + self.bottom) / 2


def is_installed() -> bool:
    """Whether the extra is there."""
    return find_spec("rapidocr_onnxruntime") is not None


def read_characters(page: "PdfPage") -> Characters:
    """The characters in the picture of `page`, each with its share of the box of its word."""
    width, height = page.get_size()
    scale = min(_DOTS_PER_INCH / 72, _LONGEST_SIDE / max(width, height))
    bitmap = page.render(scale=scale)
    lines = _lines(bitmap.to_numpy(), POINT / scale)
    bitmap.close()
    return as_characters(lines, width * POINT)


def as_characters(lines: list[FoundLine], page_width: float) -> Characters:
    """The characters of `lines` in reading order: two columns one after the other, else row by row."""
    characters: list[str] = []
    boxes: list[tuple[float, float, float, float]] = []
    for row in _rows(_of_even_height(lines), page_width):
        for line in row:
            for word, (left, right) in zip(line.words, line.spans, strict=True):
                step = (right - left) / len(word)
                characters += [*word, " "]
                boxes += [(left + at * step, line.top, left + (at + 1) * step, line.bottom) for at in range(len(word))]
                boxes.append((0, 0, 0, 0))
        characters[-1] = LINE_END
    return Characters(characters, np.array(boxes, dtype=np.float32).reshape(-1, 4))


def _lines(picture: Pixels, unit: float) -> list[FoundLine]:
    """The lines in a picture of `unit` twentieths of a point a pixel."""
    engine = _engine()
    found, _ = engine(picture, use_cls=False, use_rec=False)
    limits = [
        (max(0, int(ys.min())), int(np.ceil(ys.max())), left, right)
        for xs, ys in (np.array(corners, dtype=float).T for corners in found or [])
        for left, right in [(max(0, int(xs.min())), int(np.ceil(xs.max())))]
    ]
    words_of_line = [
        [(left + start, left + end) for start, end in _words(picture[top:bottom, left:right])]
        for top, bottom, left, right in limits
    ]
    crops = [
        picture[top:bottom, max(0, start - _MARGIN) : end + _MARGIN]
        for (top, bottom, _, _), words in zip(limits, words_of_line, strict=True)
        for start, end in words
    ]
    texts = iter([text.replace(" ", "") for text, _ in engine.text_rec(crops)[0]] if crops else [])
    lines = []
    for (top, bottom, _, _), words in zip(limits, words_of_line, strict=True):
        # The texts come second, or zip would take one too many for each line.
        read = [(text, (start * unit, end * unit)) for (start, end), text in zip(words, texts, strict=False) if text]
        if read:
            line = FoundLine([text for text, _ in read], [span for _, span in read], top * unit, bottom * unit)
            lines.append(_with_whole_figures(line))
    return lines


def _with_whole_figures(line: FoundLine) -> FoundLine:
    """`line` with one word for the digits of a figure, between which there may be as much room as between words."""
    words, spans = line.words[:1], line.spans[:1]
    for word, (left, right) in zip(line.words[1:], line.spans[1:], strict=True):
        is_near = left - spans[-1][1] < (line.bottom - line.top) / 2
        if is_near and words[-1][-1] in _OF_FIGURES and word[0] in _OF_FIGURES:
            words[-1] += word
            spans[-1] = (spans[-1][0], right)
        else:
            words.append(word)
            spans.append((left, right))
    return line._replace(words=words, spans=spans)


def _words(line: Pixels) -> list[tuple[int, int]]:
    """Columns of pixels in which the words of a line stand, by the gaps between them.

    The recogniser, made for Chinese first, leaves out most spaces.
    """
    grey = line.mean(axis=2)
    ink = grey < (float(grey.min()) + float(grey.max())) / 2
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    if not len(columns):
        return []
    breaks = np.flatnonzero(np.diff(columns) > _WORD_GAP * (rows[-1] - rows[0] + 1)) + 1
    return [(int(word[0]), int(word[-1]) + 1) for word in np.split(columns, breaks)]


def _of_even_height(lines: list[FoundLine]) -> list[FoundLine]:
    """Lines with text, those about as high as most made just as high."""
    usual = median(line.bottom - line.top for line in lines) if lines else 0.0
    return [
        line._replace(top=line.middle - usual / 2, bottom=line.middle + usual / 2)
        if 1 / _SAME_SIZE < (line.bottom - line.top) / usual < _SAME_SIZE
        else line
        for line in lines
    ]


def _rows(lines: list[FoundLine], page_width: float) -> Iterator[list[FoundLine]]:
    """Lines that stand beside each other, in reading order."""
    gutter = page_width / 2
    has_columns = all(
        len(side) > len(lines) / 4 and median(line.right - line.left for line in side) > _COLUMN_WIDTH * page_width
        for side in _split(lines, gutter)
    )
    ordered = sorted(lines, key=lambda line: line.middle)
    if not has_columns:
        yield from _beside(ordered)
        return
    # A line over both columns ends what stands above it.
    for is_across, band in groupby(ordered, key=lambda line: line.left < gutter < line.right):
        band_lines = list(band)
        for column in [band_lines] if is_across else _split(band_lines, gutter):
            yield from _beside(column)


def _split(lines: list[FoundLine], gutter: float) -> list[list[FoundLine]]:
    return [[line for line in lines if line.right <= gutter], [line for line in lines if line.left >= gutter]]


def _beside(lines: Iterable[FoundLine]) -> Iterator[list[FoundLine]]:
    row: list[FoundLine] = []
    for line in lines:
        if row and line.middle > row[0].bottom - (row[0].bottom - row[0].top) / 4:
            yield sorted(row, key=lambda part: part.left)
            row = []
        row.append(line)
    if row:
        yield sorted(row, key=lambda part: part.left)


@cache
def _engine() -> Any:
    from rapidocr_onnxruntime import RapidOCR

    engine = RapidOCR()
    # Words are shorter than the lines for which the recogniser would pad them, at twice the time.
    engine.text_rec.rec_image_shape = [3, 48, 96]
    return engine
