"""Drawings in Word documents: text boxes, charts and SmartArt as paragraphs and tables, pictures gone."""

from collections.abc import Callable, Iterator, Mapping
from zipfile import ZipFile

from rag.formats.left_out import CHART, DIAGRAM, OBJECT, LeftOut
from rag.formats.office.chart_text import ChartTable, chart_table, diagram_lines
from rag.formats.office.office_parts import DIAGRAM as D
from rag.formats.office.office_parts import C, Element, R, W, part_or_none
from rag.formats.office.word_runs import text_run

_VML = "{urn:schemas-microsoft-com:vml}"
_EXTENDED_CHART = "{http://schemas.microsoft.com/office/drawing/2014/chartex}chart"
_BOX = f"{W}txbxContent"


def tidy_drawings(root: Element, archive: ZipFile, relations: Mapping[str, tuple[str, str]], left_out: LeftOut) -> None:
    """Puts in the place of each drawing of `root` a text box of all that it says, or nothing."""

    def opened(relation: str | None) -> Element | None:
        _, path = relations.get(relation or "", ("", ""))
        return part_or_none(archive, path)

    for drawing in list(root.iter(f"{W}drawing", f"{W}pict", f"{W}object")):
        parent = drawing.getparent()
        if parent is None:
            continue
        boxes = list(_boxes(drawing, opened, left_out))
        if drawing.tag == f"{W}object" and not boxes:
            left_out[OBJECT] += 1
        if boxes:
            parent.replace(drawing, _picture(boxes))
        else:
            parent.remove(drawing)


def paragraph(text: str) -> Element:
    """A paragraph of plain text."""
    from lxml import etree

    element = etree.Element(f"{W}p")
    element.append(text_run(text))
    return element


def _boxes(drawing: Element, opened: Callable[[str | None], Element | None], left_out: LeftOut) -> Iterator[Element]:
    for element in list(drawing.iter(_BOX, f"{_VML}textpath", f"{C}chart", _EXTENDED_CHART, f"{D}relIds")):
        # What stands in a text box that is in a text box comes with that, or when its own drawing is come to.
        if any(above.tag == _BOX for above in _between(element, drawing)):
            continue
        if element.tag == _BOX:
            yield element
        elif element.tag == f"{_VML}textpath":
            if text := element.get("string", "").strip():
                yield _box([paragraph(text)])
        elif element.tag == f"{D}relIds":
            data = opened(element.get(f"{R}dm"))
            lines = [] if data is None else diagram_lines(data, left_out)
            left_out[DIAGRAM] += not lines
            yield _box([paragraph(text) for _, text in lines])
        else:
            root = opened(element.get(f"{R}id"))
            chart = None if root is None or element.tag == _EXTENDED_CHART else chart_table(root)
            left_out[CHART] += chart is None
            if chart:
                yield _box(_chart(chart))


def _between(element: Element, drawing: Element) -> Iterator[Element]:
    for above in element.iterancestors():
        if above is drawing:
            return
        yield above


def _chart(chart: ChartTable) -> list[Element]:
    from lxml import etree

    table = etree.Element(f"{W}tbl")
    for number, cells in enumerate(chart.rows):
        row = etree.SubElement(table, f"{W}tr")
        if number == 0:
            etree.SubElement(etree.SubElement(row, f"{W}trPr"), f"{W}tblHeader")
        for cell in cells:
            etree.SubElement(row, f"{W}tc").append(paragraph(cell))
    return [*([paragraph(chart.title)] if chart.title else []), table]


def _box(blocks: list[Element]) -> Element:
    from lxml import etree

    box = etree.Element(_BOX)
    box.extend(blocks)
    return box


def _picture(boxes: list[Element]) -> Element:
    """Text boxes as mammoth reads them."""
    from lxml import etree

    picture = etree.Element(f"{W}pict")
    for box in boxes:
        etree.SubElement(picture, f"{_VML}textbox").append(box)
    return picture
