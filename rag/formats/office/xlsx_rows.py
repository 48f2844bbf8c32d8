"""The rows of an Excel sheet as its part holds them."""

import io
import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple, Protocol

from rag.formats.left_out import LeftOut
from rag.formats.office.office_parts import Element
from rag.formats.office.xlsx_parts import rich_text

_AREA = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7})(?::\$?([A-Z]{1,3})\$?(\d{1,7}))?", re.IGNORECASE)
_ROOT = re.compile(r"<worksheet[^<>]*>")
_HEAD = re.compile(r"[^<>]*>")
_NUMBER = re.compile(r'\br="(\d{1,7})"')
_HIDDEN = re.compile(r'\bhidden="(?:1|true)"')
# A cell as nearly all programs write it: reference, format, kind, formula, value or text of its own.
_CELL = re.compile(
    r'<c r="([A-Z]{1,3})\d{1,7}"(?: s="(\d+)")?(?: t="(\w+)")?'
    r"(?:/>|>(<f(?:\s[^<>]*)?(?:/>|>[^<]*</f>))?"
    r"(?:<v>([^<&]*)</v>|<v ?/>|<is><t(?: [^<>]*)?>([^<&]*)</t></is>)?</c>)"
)
_MOST_HIDDEN = 1000

Area = tuple[int, int, int, int]
"""First row, first column, last row, last column, from 1."""


RawCell = tuple[str, str, str, str, str, str]
"""Letters of its column, format, kind, formula, value and text of its own; what it has not is empty."""


class SheetParts(Protocol):
    """What a sheet says beside its rows."""

    merged: list[Area]
    hidden_columns: list[int]


class RawRow(NamedTuple):
    """A row's number, whether it is hidden, and its cells."""

    number: int
    is_hidden: bool
    cells: list[RawCell]


def read_rows(raw: bytes, parts: SheetParts, left_out: LeftOut) -> Iterator[RawRow]:
    """The rows of a sheet; merged areas and hidden columns are put into `parts`. Raises XMLSyntaxError."""
    text = _plain(raw)
    start = text.find("<sheetData>") if text else -1
    end = text.rfind("</sheetData>")
    if start < 0 or end < start:
        yield from _parsed(raw, parts, left_out)
        return
    chunks = text[start:end].split("<row ")
    if len(chunks) - 1 != text.count("<row") or not _is_whole(text[:start] + text[end:], parts, left_out):
        yield from _parsed(raw, parts, left_out)
        return
    root = _ROOT.search(text, 0, start)
    number = 0
    for chunk in chunks[1:]:
        cells = _CELL.findall(chunk)
        head = _HEAD.match(chunk)
        numbered = _NUMBER.search(head.group()) if head else None
        number = int(numbered[1]) if numbered else number + 1
        if head and len(cells) == chunk.count("<c ") and "<c>" not in chunk:
            yield RawRow(number, bool(_HIDDEN.search(head.group())), cells)
        else:
            row = f"{root.group() if root else ''}<sheetData><row {chunk}</sheetData>{'</worksheet>' if root else ''}"
            for found in _parsed(row.encode(), parts, left_out):
                yield found._replace(number=number)


def areas(reference: str) -> list[Area]:
    """The areas of a reference as A1:B2 or A1."""
    return [
        (int(match[2]), column_number(match[1]), int(match[4] or match[2]), column_number(match[3] or match[1]))
        for match in _AREA.finditer(reference)
    ]


@cache
def column_number(letters: str) -> int:
    """A column's number from its letters: A is 1, AA is 27."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _plain(raw: bytes) -> str:
    """A part in UTF-8 without comments and the like, which can be read as it stands; else nothing."""
    if b"<!" in raw or b"<:" in raw or not raw.lstrip(b"\xef\xbb\xbf \r\n").startswith(b"<"):
        return ""
    declared = re.search(rb"encoding=[\"']([\w-]+)", raw[:200])
    if declared and declared[1].lower() != b"utf-8":
        return ""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return ""


def _is_whole(around: str, parts: SheetParts, left_out: LeftOut) -> bool:
    """Whether what stands around the rows is XML; what it says goes into `parts`."""
    from lxml import etree

    try:
        list(_parsed(around.replace("<sheetData>", "", 1).replace("</sheetData>", "", 1).encode(), parts, left_out))
    except etree.XMLSyntaxError:
        return False
    return True


def _parsed(raw: bytes, parts: SheetParts, left_out: LeftOut) -> Iterator[RawRow]:
    from lxml import etree

    found = etree.iterparse(
        io.BytesIO(raw),
        tag=("{*}row", "{*}col", "{*}mergeCell"),
        resolve_entities=False,
        no_network=True,
        remove_comments=True,
        remove_pis=True,
    )
    number = 0
    for _, element in found:
        name = element.tag.rpartition("}")[2]
        is_hidden = element.get("hidden", "0") in ("1", "true")
        if name == "row":
            number = int(element.get("r") or number + 1)
            yield RawRow(number, is_hidden, [_cell(cell, left_out) for cell in element.iterchildren("{*}c")])
            # Else the sheet would be held whole.
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]
        elif name == "mergeCell":
            parts.merged += areas(element.get("ref", ""))
        elif is_hidden:
            first = int(element.get("min", "1"))
            # A sheet may hide all that it does not use.
            parts.hidden_columns += range(first, min(int(element.get("max", "1")), first + _MOST_HIDDEN) + 1)


def _cell(cell: Element, left_out: LeftOut) -> RawCell:
    formula, value, inline = "", "", ""
    for child in cell:
        name = child.tag.rpartition("}")[2]
        if name == "v":
            value = child.text or ""
        elif name == "f":
            formula = "f"
        elif name == "is":
            inline = rich_text(child, left_out)
    letters = cell.get("r", "").rstrip("0123456789")
    return letters, cell.get("s", ""), cell.get("t", ""), formula, value, inline
