"""Tables of Word documents: gaps filled, hidden rows gone, the rows marked that are the header."""

from collections.abc import Collection

from rag.formats.left_out import HIDDEN, LeftOut
from rag.formats.office.office_parts import Element, W

_OFF = frozenset({"0", "false", "off"})
_FIRST_ROW = 0x20
_FORM_COLUMNS = 2
_WIDEST_GAP = 63
"""Columns that a table of Word may have."""


def with_header_look(styles: Element | None) -> frozenset[str]:
    """Ids of the table styles that set off a first row."""
    if styles is None:
        return frozenset()
    return frozenset(
        style.get(f"{W}styleId", "")
        for style in styles.iter(f"{W}style")
        if any(part.get(f"{W}type") == "firstRow" for part in style.iterfind(f"{W}tblStylePr"))
    )


def tidy_tables(root: Element, header_styles: Collection[str], left_out: LeftOut) -> None:
    """Changes the tables of `root` so that each row has a cell for each place and header rows are marked as such."""
    for table in list(root.iter(f"{W}tbl")):
        rows = list(table.iterfind(f"{W}tr"))
        for row in list(rows):
            properties = row.find(f"{W}trPr")
            if properties is None:
                continue
            if _is_on(properties.find(f"{W}hidden")):
                left_out[HIDDEN] += 1
                table.remove(row)
                rows.remove(row)
                continue
            _fill(row, properties)
        _mark_header(table, rows, header_styles)


def _fill(row: Element, properties: Element) -> None:
    """Puts an empty cell where a row begins behind or ends before the others."""
    before, after = (_number(properties.find(f"{W}{name}")) for name in ("gridBefore", "gridAfter"))
    if before:
        properties.addnext(_empty_cell(before))
    if after:
        row.append(_empty_cell(after))


def _mark_header(table: Element, rows: list[Element], header_styles: Collection[str]) -> None:
    flagged = 0
    for row in rows:
        mark = row.find(f"{W}trPr/{W}tblHeader")
        if mark is not None and not _is_on(mark):
            mark.getparent().remove(mark)
            mark = None
        if mark is None:
            break
        flagged += 1
    if not flagged and rows and _has_header_look(table, rows[0], header_styles):
        flagged = 1
        _mark(rows[0])
    # A label that reaches down takes the rows below with it.
    while 0 < flagged < len(rows) and any(
        merge.get(f"{W}val", "continue") == "continue" for merge in rows[flagged].iterfind(f"{W}tc/{W}tcPr/{W}vMerge")
    ):
        _mark(rows[flagged])
        flagged += 1


def _has_header_look(table: Element, first: Element, header_styles: Collection[str]) -> bool:
    """Whether the first row is set off by the table's style, is of no form and not the first of several levels."""
    properties = table.find(f"{W}tblPr")
    style = None if properties is None else properties.find(f"{W}tblStyle")
    look = None if properties is None else properties.find(f"{W}tblLook")
    if style is None or look is None or style.get(f"{W}val") not in header_styles:
        return False
    on = look.get(f"{W}firstRow")
    if on is None:
        try:
            on = "1" if int(look.get(f"{W}val", "0"), 16) & _FIRST_ROW else "0"
        except ValueError:
            on = "0"
    cells = list(first.iterfind(f"{W}tc"))
    is_one_level = next(first.iterfind(f"{W}tc/{W}tcPr/{W}gridSpan"), None) is None
    return on not in _OFF and is_one_level and len(cells) > _FORM_COLUMNS


def _mark(row: Element) -> None:
    from lxml import etree

    properties = row.find(f"{W}trPr")
    if properties is None:
        properties = etree.Element(f"{W}trPr")
        row.insert(0, properties)
    if properties.find(f"{W}tblHeader") is None:
        etree.SubElement(properties, f"{W}tblHeader")


def _empty_cell(columns: int) -> Element:
    from lxml import etree

    cell = etree.Element(f"{W}tc")
    properties = etree.SubElement(cell, f"{W}tcPr")
    etree.SubElement(properties, f"{W}gridSpan", {f"{W}val": str(columns)})
    etree.SubElement(cell, f"{W}p")
    return cell


def _is_on(element: Element | None) -> bool:
    return element is not None and element.get(f"{W}val") not in _OFF


def _number(element: Element | None) -> int:
    text = "" if element is None else element.get(f"{W}val", "")
    return min(int(text), _WIDEST_GAP) if text.isascii() and text.isdigit() and len(text) < 4 else 0
