"""PDFium's functions that are called for every character and object of a page, with plain numbers for addresses.

Half the time of such a call goes into pointers of ctypes where they are called as pypdfium2 declares them.
"""

import ctypes
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

Call = Callable[..., Any]

_ADDRESS, _INT = ctypes.c_void_p, ctypes.c_int


class PdfiumCalls(NamedTuple):
    """Functions of PDFium by what they give; of a text page, a page or an object by its address."""

    unicode: Call
    """(text page, index) -> code"""
    box: Call
    """(text page, index, four floats) -> whether there is one"""
    font: Call
    """(text page, index, buffer, its bytes, None) -> bytes of the name of a character's font"""
    page_object: Call
    """(page, index) -> object"""
    kind: Call
    """(object) -> FPDF_PAGEOBJ_…"""
    segment_count: Call
    """(object) -> segments of a path"""
    bounds: Call
    """(object, left, bottom, right, top) -> whether there are any"""


@cache
def pdfium_calls() -> PdfiumCalls:
    """The functions of the PDFium that pypdfium2 has loaded."""
    import pypdfium2.raw as pdfium

    def call(function: Any, result: Any, *arguments: Any) -> Call:
        return ctypes.CFUNCTYPE(result, *arguments)(address_of(function))

    return PdfiumCalls(
        call(pdfium.FPDFText_GetUnicode, ctypes.c_uint, _ADDRESS, _INT),
        call(pdfium.FPDFText_GetLooseCharBox, _INT, _ADDRESS, _INT, _ADDRESS),
        call(pdfium.FPDFText_GetFontInfo, ctypes.c_ulong, _ADDRESS, _INT, _ADDRESS, ctypes.c_ulong, _ADDRESS),
        call(pdfium.FPDFPage_GetObject, _ADDRESS, _ADDRESS, _INT),
        call(pdfium.FPDFPageObj_GetType, _INT, _ADDRESS),
        call(pdfium.FPDFPath_CountSegments, _INT, _ADDRESS),
        call(pdfium.FPDFPageObj_GetBounds, _INT, _ADDRESS, *[_ADDRESS] * 4),
    )


def address_of(pointer: Any) -> int:
    """The address that a pointer or function of ctypes holds; 0 where it is none."""
    return ctypes.cast(pointer, ctypes.c_void_p).value or 0
