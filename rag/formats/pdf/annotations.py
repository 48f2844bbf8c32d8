"""What is laid over a PDF's page: comments, values of form fields, and what is struck out."""

import ctypes
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from rag.formats.parsed_document import Boxes
from rag.formats.pdf.characters import HYPHEN, LINE_END, Characters, as_displayed
from rag.formats.text import one_line

if TYPE_CHECKING:
    from pypdfium2 import PdfPage

_MOST = 5_000
# A code that is no character: none is left of such in what is read.
_MARK = "\ufdd3"
_MARKED = re.compile(f"^{_MARK}(?:[{_MARK} ]*{_MARK})? ?| ?{_MARK}(?:[{_MARK} ]*{_MARK})?", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Annotations:
    """Lines that say what comments and form fields hold; struck-out areas, float32 [areas, 4], as boxes."""

    lines: list[str] = field(default_factory=list)
    struck: npt.NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 4), np.float32))


def read_annotations(page: "PdfPage") -> Annotations:
    """The annotations of `page`."""
    import pypdfium2.raw as pdfium

    lines: list[str] = []
    quads: list[tuple[float, float, float, float]] = []
    no_comments = {pdfium.FPDF_ANNOT_LINK, pdfium.FPDF_ANNOT_POPUP}
    for index in range(min(pdfium.FPDFPage_GetAnnotCount(page.raw), _MOST)):
        annotation = pdfium.FPDFPage_GetAnnot(page.raw, index)
        kind = pdfium.FPDFAnnot_GetSubtype(annotation)
        if kind == pdfium.FPDF_ANNOT_WIDGET:
            name, value = _text(annotation, b"T"), _text(annotation, b"V")
            lines += [f"{name}: {value}" if name else value] if value else []
        elif kind not in no_comments:
            said, author = _text(annotation, b"Contents"), _text(annotation, b"T")
            lines += [f"Comment{f' by {author}' if author else ''}: {said}"] if said else []
        if kind == pdfium.FPDF_ANNOT_STRIKEOUT:
            quads += _quads(annotation)
        pdfium.FPDFPage_CloseAnnot(annotation)
    struck = as_displayed(page, np.array(quads, np.float32)) if quads else np.zeros((0, 4), np.float32)
    return Annotations(lines, struck)


def with_marks(page: Characters, areas: npt.NDArray[np.float32]) -> Characters:
    """`page` with a mark, of the same place, for each character whose middle lies in `areas`."""
    middles = (page.boxes[:, :2] + page.boxes[:, 2:]) / 2
    is_struck = np.zeros(len(middles), bool)
    for left, top, right, bottom in areas:
        is_struck |= ((middles > [left, top]) & (middles < [right, bottom])).all(axis=1)
    marked = [
        _MARK if struck and character not in (" ", LINE_END, HYPHEN) else character
        for character, struck in zip(page.characters, is_struck, strict=True)
    ]
    return Characters(marked, page.boxes, page.bold)


def without_marks(text: str, boxes: Boxes) -> tuple[str, Boxes]:
    """What is laid out without the marks, and without the room that they leave."""
    kept = np.ones(len(text), bool)
    for match in _MARKED.finditer(text):
        kept[slice(*match.span())] = False
    return "".join(text[at] for at in np.flatnonzero(kept)), boxes[kept]


def _quads(annotation: Any) -> list[tuple[float, float, float, float]]:
    import pypdfium2.raw as pdfium

    quads = []
    points = pdfium.FS_QUADPOINTSF()
    for index in range(min(pdfium.FPDFAnnot_CountAttachmentPoints(annotation), _MOST)):
        if pdfium.FPDFAnnot_GetAttachmentPoints(annotation, index, points):
            xs, ys = (points.x1, points.x2, points.x3, points.x4), (points.y1, points.y2, points.y3, points.y4)
            quads.append((min(xs), min(ys), max(xs), max(ys)))
    return quads


def _text(annotation: Any, key: bytes) -> str:
    import pypdfium2.raw as pdfium

    length = pdfium.FPDFAnnot_GetStringValue(annotation, key, None, 0)
    if length <= 2:
        return ""
    buffer = ctypes.create_string_buffer(length)
    pdfium.FPDFAnnot_GetStringValue(annotation, key, ctypes.cast(buffer, ctypes.POINTER(pdfium.FPDF_WCHAR)), length)
    return one_line(buffer.raw[: length - 2].decode("utf-16-le", "replace"))
