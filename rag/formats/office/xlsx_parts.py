"""The parts of an Excel workbook that its sheets share: texts, formats of cells, and which sheets there are."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple
from zipfile import ZipFile

from rag.formats.left_out import STRUCK, LeftOut
from rag.formats.office.number_formats import BUILT_IN, GENERAL, general, number_format, text_format
from rag.formats.office.office_parts import Element, part, related
from rag.formats.raised import lowered, raised
from rag.formats.text import one_line

WORKBOOK = "xl/workbook.xml"
_FALSE = {"0", "false", "none"}


class SheetPart(NamedTuple):
    """A sheet's name, where its part is, and whether it is hidden."""

    name: str
    path: str
    is_hidden: bool


@dataclass(frozen=True, slots=True)
class Style:
    """How cells of one format show what they hold."""

    number: Callable[[str], str]
    around: tuple[str, str] | None
    is_struck: bool


@dataclass(frozen=True, slots=True)
class Workbook:
    """What its sheets share. `recalculates` is whether figures of formulas are but made when it is opened."""

    sheets: list[SheetPart]
    strings: list[str]
    styles: list[Style]
    recalculates: bool


def read_workbook(archive: ZipFile, left_out: LeftOut) -> Workbook:
    """The shared parts of a workbook. Raises KeyError, XMLSyntaxError."""
    root = part(archive.read(WORKBOOK))
    parts = related(archive, WORKBOOK)
    paths = dict(parts.values())
    sheets = [
        SheetPart(one_line(sheet.get("name", "")), path, sheet.get("state", "visible") != "visible")
        for sheet in root.iterfind("{*}sheets/{*}sheet")
        for kind, path in [next((parts[id_] for id_ in sheet.attrib.values() if id_ in parts), ("", ""))]
        if kind == "worksheet"
    ]
    properties = root.find("{*}workbookPr")
    from_1904 = properties is not None and properties.get("date1904", "0") not in _FALSE
    calculation = root.find("{*}calcPr")
    return Workbook(
        sheets,
        list(_strings(part(archive.read(paths["sharedStrings"])), left_out)) if "sharedStrings" in paths else [],
        list(_styles(part(archive.read(paths["styles"])), from_1904)) if "styles" in paths else [],
        calculation is not None and calculation.get("fullCalcOnLoad", "0") not in _FALSE,
    )


def rich_text(item: Element, left_out: LeftOut) -> str:
    """What a text of runs says, raised and lowered figures told from others, without what is struck out."""
    written = ""
    for child in item:
        name = child.tag.rpartition("}")[2]
        if name == "t":
            written += child.text or ""
        elif name == "r":
            text = child.findtext("{*}t") or ""
            properties = child.find("{*}rPr")
            place = properties.find("{*}vertAlign") if properties is not None else None
            if properties is not None and _is_on(properties.find("{*}strike")):
                left_out[STRUCK] += bool(text.strip())
                continue
            moved = {"superscript": raised, "subscript": lowered}.get(place.get("val", "") if place is not None else "")
            written += moved(text) if moved else text
    return one_line(written)


def _strings(root: Element, left_out: LeftOut) -> Iterator[str]:
    for item in root.iterfind("{*}si"):
        # As most are.
        yield one_line(item[0].text or "") if len(item) == 1 and len(item[0]) == 0 else rich_text(item, left_out)


def _styles(root: Element, from_1904: bool) -> Iterator[Style]:
    codes = BUILT_IN | {
        int(code.get("numFmtId", "0")): code.get("formatCode", GENERAL)
        for code in root.iterfind("{*}numFmts/{*}numFmt")
    }
    struck = [_is_on(font.find("{*}strike")) for font in root.iterfind("{*}fonts/{*}font")]
    for format_ in root.iterfind("{*}cellXfs/{*}xf"):
        code = codes.get(int(format_.get("numFmtId", "0")), GENERAL)
        font = int(format_.get("fontId", "0"))
        yield Style(_shown(code, from_1904), text_format(code), font < len(struck) and struck[font])


def _shown(code: str, from_1904: bool) -> Callable[[str], str]:
    if code.lower() in ("general", "@", ""):
        return _general
    show = number_format(code, from_1904)
    return lru_cache(maxsize=4096)(lambda written: show(float(written)))


def _general(written: str) -> str:
    # A float would not keep more than 15 digits.
    return written if written.isdigit() else general(float(written))


PLAIN = Style(_general, None, is_struck=False)


def _is_on(element: Element | None) -> bool:
    return element is not None and element.get("val", "1") not in _FALSE
