"""The lines that are drawn on a PDF's page around the cells of tables."""

import ctypes
from collections.abc import Iterator
from itertools import repeat
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from rag.formats.parsed_document import POINT
from rag.formats.pdf.characters import as_displayed
from rag.formats.pdf.pdfium_calls import address_of, pdfium_calls

if TYPE_CHECKING:
    from pypdfium2 import PdfPage

_SHORTEST = 120.0
"""Twentieths of a point; what is shorter is a sign or a part of a drawing."""
_SLACK = DRAWN_BESIDE = 20.0
"""How far a line may stand from where it should."""
_MUCH = 0.3
"""Share of a table's width: a header may be underlined in each column but the first."""
_MOST_SEGMENTS = 20_000
"""Of all paths of a page; with more it is a drawing rather than a table."""
_DEEPEST = 4
_SEGMENTS_OF_BOX = 5

Matrix = tuple[float, float, float, float, float, float]
_IDENTITY: Matrix = (1, 0, 0, 1, 0, 0)

Edges = npt.NDArray[np.float32]


class Rules(NamedTuple):
    """Lines drawn on a page, in the units of the boxes.

    `upright` float32 [lines, 3] are x, top and bottom; `level` float32 [lines, 3] are y, left and right.
    """

    upright: Edges
    level: Edges

    def is_between(self, left: float, right: float, top: float, bottom: float) -> bool:
        """Whether a line stands upright between `left` and `right` along most of `top` to `bottom`."""
        lines = self.upright[(self.upright[:, 0] >= left - _SLACK) & (self.upright[:, 0] <= right + _SLACK)]
        along = np.minimum(lines[:, 2], bottom) - np.maximum(lines[:, 1], top)
        # A line may be drawn anew for each cell.
        return bool(along.clip(0).sum() > (bottom - top) / 2)

    def upright_at(self, y: float) -> Edges:
        """Where upright lines stand at height `y`, from left to right."""
        x, top, bottom = self.upright.T
        return np.sort(x[(top <= y) & (bottom >= y)])

    def levels(self, top: float, bottom: float, left: float, right: float) -> list[float]:
        """Heights from `top` to `bottom` at which lines run along much of `left` to `right`, each once."""
        y, start, end = self.level.T
        lines = self.level[(y >= top - _SLACK) & (y <= bottom + _SLACK) & (start < right) & (end > left)]
        heights: list[float] = []
        for height in np.unique(lines[:, 0]).tolist():
            same = lines[np.abs(lines[:, 0] - height) <= _SLACK]
            is_another = not heights or height - heights[-1] > 2 * _SLACK
            if is_another and _covered(same[:, 1:].clip(left, right)) > _MUCH * (right - left):
                heights.append(height)
        return heights


def _covered(stretches: Edges) -> float:
    """How much stretches cover together."""
    covered, reached = 0.0, -np.inf
    for start, end in stretches[stretches[:, 0].argsort()].tolist():
        covered += max(0.0, end - max(start, reached))
        reached = max(reached, end)
    return covered


NO_RULES = Rules(np.zeros((0, 3), np.float32), np.zeros((0, 3), np.float32))


def read_rules(page: "PdfPage") -> Rules:
    """The upright and the level lines of `page` and the edges of its boxes. Raises PdfiumError."""
    import pypdfium2.raw as pdfium

    count = pdfium.FPDFPage_CountObjects(page.raw)
    segments: list[tuple[float, float, float, float]] = []
    objects = map(pdfium_calls().page_object, repeat(address_of(page.raw)), range(count))
    for segment in _segments(objects, _IDENTITY, _DEEPEST):
        segments.append(segment)
        if len(segments) > _MOST_SEGMENTS:
            return NO_RULES
    if not segments:
        return NO_RULES
    lines = as_displayed(page, np.array(segments, np.float32))
    wide, high = lines[:, 2] - lines[:, 0], lines[:, 3] - lines[:, 1]
    upright = lines[(high >= _SHORTEST) & (wide <= _SLACK)]
    level = lines[(wide >= _SHORTEST) & (high <= _SLACK)]
    return Rules(upright[:, [0, 1, 3]], level[:, [1, 0, 2]])


def _segments(objects: Iterator[int], within: Matrix, depth: int) -> Iterator[tuple[float, float, float, float]]:
    """Straight segments of what is drawn, by address: x and y of both ends in points on the page as it is stored."""
    import pypdfium2.raw as pdfium

    calls = pdfium_calls()
    own, sides = pdfium.FS_MATRIX(), (ctypes.c_float * 4)()
    places = range(ctypes.addressof(sides), ctypes.addressof(sides) + ctypes.sizeof(sides), 4)
    for address in objects:
        kind = calls.kind(address)
        if kind not in (pdfium.FPDF_PAGEOBJ_PATH, pdfium.FPDF_PAGEOBJ_FORM):
            continue
        is_path = kind == pdfium.FPDF_PAGEOBJ_PATH
        if is_path and within is _IDENTITY and calls.segment_count(address) == _SEGMENTS_OF_BOX:
            # Many a page has thousands, and this takes a fifth of the time.
            calls.bounds(address, *places)
            yield from _of_box(*sides)
            continue
        drawn = ctypes.cast(address, pdfium.FPDF_PAGEOBJECT)
        pdfium.FPDFPageObj_GetMatrix(drawn, own)
        matrix = _product((own.a, own.b, own.c, own.d, own.e, own.f), within)
        if is_path:
            yield from _of_path(drawn, matrix)
        elif depth:
            inner = (pdfium.FPDFFormObj_GetObject(drawn, at) for at in range(pdfium.FPDFFormObj_CountObjects(drawn)))
            yield from _segments(map(address_of, inner), matrix, depth - 1)


def _of_path(path: Any, matrix: Matrix) -> Iterator[tuple[float, float, float, float]]:
    import pypdfium2.raw as pdfium

    a, b, c, d, e, f = matrix
    x, y = ctypes.c_float(), ctypes.c_float()
    before = start = (0.0, 0.0)
    for index in range(pdfium.FPDFPath_CountSegments(path)):
        segment = pdfium.FPDFPath_GetPathSegment(path, index)
        pdfium.FPDFPathSegment_GetPoint(segment, x, y)
        point = (a * x.value + c * y.value + e, b * x.value + d * y.value + f)
        kind = pdfium.FPDFPathSegment_GetType(segment)
        if kind == pdfium.FPDF_SEGMENT_MOVETO:
            start = point
        elif kind == pdfium.FPDF_SEGMENT_LINETO:
            yield (*before, *point)
        if pdfium.FPDFPathSegment_GetClose(segment):
            yield (*point, *start)
        before = point


def _of_box(left: float, bottom: float, right: float, top: float) -> Iterator[tuple[float, float, float, float]]:
    """The sides of a box, one of them where it is no thicker than a line."""
    thin = _SLACK / POINT
    if right - left > thin and top - bottom > thin:
        yield from ((left, bottom, left, top), (right, bottom, right, top))
        yield from ((left, bottom, right, bottom), (left, top, right, top))
    else:
        yield left, bottom, right, top


def _product(inner: Matrix, outer: Matrix) -> Matrix:
    a, b, c, d, e, f = inner
    g, h, i, j, k, m = outer
    return (a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m)
