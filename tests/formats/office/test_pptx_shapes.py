"""What slides hold beside their running text, what they hide, and how their tables are laid out."""

import io
from collections.abc import Callable
from datetime import date
from typing import Any

import pptx
import pytest
from lxml import etree
from pptx.chart.data import CategoryChartData, XyChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.opc.constants import RELATIONSHIP_TYPE
from pptx.opc.package import Part
from pptx.opc.packuri import PackURI
from pptx.util import Inches

from rag.formats.office.pptx import read_pptx
from rag.formats.parsed_document import ParsedDocument

INCH = Inches(1)
P_PH = "{http://schemas.openxmlformats.org/presentationml/2006/main}ph"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
DRAWING = "http://schemas.openxmlformats.org/drawingml/2006"


def read(*make: Callable[[Any], None]) -> ParsedDocument:
    """What is read of a presentation with a slide of each, under its number as title."""
    deck = pptx.Presentation()
    for number, fill in enumerate(make, start=1):
        slide = deck.slides.add_slide(deck.slide_layouts[5])
        slide.shapes.title.text = str(number)
        fill(slide)
    packed = io.BytesIO()
    deck.save(packed)
    return read_pptx(packed.getvalue())


def text_box(slide: Any, top: int = 1) -> Any:
    return slide.shapes.add_textbox(INCH, top * INCH, INCH, INCH).text_frame.paragraphs[0]


def runs(*texts: tuple[str, dict[str, str]]) -> Callable[[Any], None]:
    """A slide with a text box of runs with these properties."""

    def fill(slide: Any) -> None:
        paragraph = text_box(slide)
        for text, properties in texts:
            run = paragraph.add_run()
            run.text = text
            for name, value in properties.items():
                run.font._element.set(name, value)

    return fill


def table(*rows: list[str], merged: tuple[int, int, int, int] | None = None, first_row: bool = True) -> Any:
    def fill(slide: Any) -> None:
        frame = slide.shapes.add_table(len(rows), len(rows[0]), INCH, INCH, INCH, INCH)
        for top, row in enumerate(rows):
            for left, text in enumerate(row):
                frame.table.cell(top, left).text = text
        frame.table.first_row = first_row
        if merged:
            top, left, bottom, right = merged
            frame.table.cell(top, left).merge(frame.table.cell(bottom, right))

    return fill


def texts(parsed: ParsedDocument) -> list[list[list[str]]]:
    """The labels and rows of each table."""
    return [
        [list(table.labels), *([parsed.text[slice(*c)] if c else "" for c in row.cells] for row in table.rows)]
        for table in parsed.tables
    ]


UP, DOWN = {"baseline": "30000"}, {"baseline": "-25000"}
STRUCK = {"strike": "sngStrike"}


@pytest.mark.parametrize(
    ("runs_", "text", "notes"),
    [
        ([("450", {}), ("1", UP), (" tonnes", {})], "450¹ tonnes", []),
        ([("CO", {}), ("2", DOWN)], "CO₂", []),
        ([("On ", {}), ("Mon", STRUCK), ("day", STRUCK), ("Friday", {"strike": "noStrike"})], "On Friday", 1),
        ([("a", STRUCK), (" b ", {"baseline": "0"}), ("c", {"strike": "dblStrike"})], "b", 2),
    ],
)
def test_raised_lowered_and_struck_out_text(runs_: Any, text: str, notes: Any) -> None:
    parsed = read(runs(*runs_))
    assert parsed.text == f"# 1\n\n{text}"
    assert parsed.notes == (notes and [f"{notes} struck-out passage{'s' if notes > 1 else ''} left out."])


def hide(slide: Any) -> None:
    text_box(slide).text = "Secret"
    slide.element.set("show", "0")


def hide_shape(slide: Any) -> None:
    text_box(slide).text = "Shown"
    shape = slide.shapes.add_textbox(INCH, INCH, INCH, INCH)
    shape.text_frame.text = "Secret"
    shape._element.nvSpPr.cNvPr.set("hidden", "1")


def test_hidden_slides_and_shapes_are_left_out_and_named() -> None:
    parsed = read(hide_shape, hide, hide, runs(("End", {})))
    assert parsed.text == "# 1\n\nShown\n\n# 4\n\nEnd"
    assert [section.number for section in parsed.sections] == [1, 4]
    assert parsed.notes == ["2 hidden slides left out: 2, 3.", "1 hidden shape left out."]


def test_merged_cells_are_repeated() -> None:
    parsed = read(
        table(["Region", "Sales", ""], ["", "H1", "H2"], ["North", "10", "20"], merged=(0, 1, 0, 2)),
        table(["Region", "City", "km"], ["North", "Kiel", "1"], ["", "Flensburg", "2"], merged=(1, 0, 2, 0)),
    )
    assert texts(parsed) == [
        [["Region", "Sales – H1", "Sales – H2"], ["North", "10", "20"]],
        [["Region", "City", "km"], ["North", "Kiel", "1"], ["North", "Flensburg", "2"]],
    ]


def test_a_heading_across_a_table_is_no_cell_of_each_column() -> None:
    parsed = read(
        table(["A", "B", "C"], ["North", "", ""], ["Kiel", "1", "2"], ["Bonn", "3", "4"], merged=(1, 0, 1, 2))
    )
    assert texts(parsed) == [[["A", "B", "C"], ["North", "", ""], ["Kiel", "1", "2"], ["Bonn", "3", "4"]]]


def test_the_first_row_is_the_header_where_it_is_set_off_but_not_of_a_form() -> None:
    form = [["Name", "Ana Berg"], ["Salary", "51000"], ["Joined", "2021-03-01"]]
    parsed = read(
        table(["1", "2", "3"], ["7", "8", "9"]), table(["1", "2", "3"], ["7", "8", "9"], first_row=False), table(*form)
    )
    assert texts(parsed) == [[["1", "2", "3"], ["7", "8", "9"]], [[], ["1", "2", "3"], ["7", "8", "9"]], [[], *form]]


def test_what_stands_alone_in_a_first_row_is_no_header() -> None:
    parsed = read(table(["Sites", "", ""], ["City", "Head", "Staff"], ["Kiel", "Ana", "48"], ["Bonn", "Ben", "31"]))
    assert texts(parsed) == [[["City", "Head", "Staff"], ["Kiel", "Ana", "48"], ["Bonn", "Ben", "31"]]]


def test_a_footer_is_read_once() -> None:
    def fill(slide: Any) -> None:
        shape = slide.shapes.add_textbox(INCH, INCH, INCH, INCH)
        shape.text_frame.text = "Acme AG"
        etree.SubElement(shape._element.nvSpPr.nvPr, P_PH, type="ftr", idx="11")

    assert read(fill, fill).text == "# 1\n\nAcme AG\n\n# 2"


def chart(kind: Any, data: Any, title: str | None = None, axis: str | None = None) -> Callable[[Any], None]:
    def fill(slide: Any) -> None:
        made = slide.shapes.add_chart(kind, INCH, INCH, INCH, INCH, data).chart
        made.has_title = title is not None
        if title is not None:
            made.chart_title.text_frame.text = title
        if axis is not None:
            made.category_axis.axis_title.text_frame.text = axis

    return fill


def categories(number_format: str = "General") -> CategoryChartData:
    data = CategoryChartData(number_format)
    data.categories = ["Q1", "Q2"]
    data.add_series("Falcon", (0.125, 1234.5))
    data.add_series("Kite", (None, 7))
    return data


def test_a_chart_is_a_table_of_its_values_as_it_shows_them() -> None:
    points = XyChartData()
    points.add_series("Depth").add_data_point(1.5, 20)
    levels = CategoryChartData()
    year = levels.add_category("2023")
    year.add_sub_category("H1")
    year.add_sub_category("H2")
    levels.add_series("Sales", (1, 2))
    days = CategoryChartData(number_format='"€" 0')
    days.categories = [date(2024, 3, 1)]
    days.add_series("Price", (5,))
    parsed = read(
        chart(XL_CHART_TYPE.COLUMN_CLUSTERED, categories(), "Units sold", "Quarter"),
        chart(XL_CHART_TYPE.AREA, categories("0.0%")),
        chart(XL_CHART_TYPE.LINE, categories("#,##0.00")),
        chart(XL_CHART_TYPE.XY_SCATTER, points),
        chart(XL_CHART_TYPE.BAR_CLUSTERED, levels),
        chart(XL_CHART_TYPE.LINE, days),
    )
    assert parsed.text.startswith(
        "# 1\n\nUnits sold\n\n| Quarter | Falcon | Kite |\n| Q1 | 0.125 |  |\n| Q2 | 1234.5 | 7 |"
    )
    assert parsed.tables[0].caption == "Units sold"
    assert texts(parsed)[1:] == [
        [["Category", "Falcon", "Kite"], ["Q1", "12.5%", ""], ["Q2", "123450.0%", "700.0%"]],
        [["Category", "Falcon", "Kite"], ["Q1", "0.13", ""], ["Q2", "1,234.50", "7.00"]],
        [["Category", "Depth"], ["1.5", "20"]],
        [["Category", "Sales"], ["2023 – H1", "1"], ["2023 – H2", "2"]],
        [["Category", "Price"], ["2024-03-01", "€ 5"]],
    ]
    assert parsed.notes == []


def without_values(slide: Any) -> None:
    chart(XL_CHART_TYPE.PIE, categories())(slide)
    for cache in list(slide.shapes[1].chart._chartSpace.iter(f"{{{DRAWING}/chart}}numCache")):
        cache.getparent().remove(cache)


def graphic(uri: str, inner: str = "") -> Callable[[Any], None]:
    """A slide with a graphic of a kind that python-pptx does not make."""

    def fill(slide: Any) -> None:
        frame = slide.shapes.add_table(1, 1, INCH, INCH, INCH, INCH)._element
        data = frame.graphic.graphicData
        data.set("uri", uri)
        data.remove(data[0])
        if inner:
            data.append(etree.fromstring(inner))

    return fill


def test_what_cannot_be_read_is_counted() -> None:
    parsed = read(
        without_values,
        graphic("http://schemas.microsoft.com/office/drawing/2014/chartex"),
        graphic("http://schemas.openxmlformats.org/presentationml/2006/ole"),
    )
    assert parsed.notes == ["2 charts not read.", "1 embedded object not read."]


def point(number: int, text: str) -> str:
    return f'<d:pt modelId="{number}"><d:t><a:p><a:r><a:t>{text}</a:t></a:r></a:p></d:t></d:pt>'


def diagram(*points: str, links: str = "") -> Callable[[Any], None]:
    def fill(slide: Any) -> None:
        data = (
            f'<d:dataModel xmlns:d="{DRAWING}/diagram" xmlns:a="{DRAWING}/main"><d:ptLst>{"".join(points)}</d:ptLst>'
            f"<d:cxnLst>{links}</d:cxnLst></d:dataModel>"
        )
        name = PackURI("/ppt/diagrams/data1.xml")
        part = Part(
            name,
            "application/vnd.openxmlformats-officedocument.drawingml.diagramData+xml",
            slide.part.package,
            data.encode(),
        )
        relation = slide.part.relate_to(part, f"{OFFICE}/diagramData")
        graphic(f"{DRAWING}/diagram", f'<d:relIds xmlns:d="{DRAWING}/diagram" xmlns:r="{OFFICE}" r:dm="{relation}"/>')(
            slide
        )

    return fill


def test_a_diagram_is_a_list_of_its_points_in_their_order() -> None:
    links = "".join(
        f'<d:cxn srcId="{source}" destId="{target}" srcOrd="{order}"/>'
        for source, target, order in [(0, 1, 1), (0, 2, 0), (2, 3, 0), (3, 2, 0)]
    )
    parsed = read(
        diagram(
            '<d:pt modelId="0" type="doc"/>', point(1, "Pay"), point(2, "Register"), point(3, "by post"), links=links
        )
    )
    assert parsed.text == "# 1\n\n- Register\n  - by post\n- Pay"
    assert read(diagram()).notes == ["1 SmartArt diagram not read."]


def with_alternatives(slide: Any) -> None:
    text_box(slide).text = "Old"
    shape = slide.shapes[1]._element
    mc = "http://schemas.openxmlformats.org/markup-compatibility/2006"
    both = etree.SubElement(shape.getparent(), f"{{{mc}}}AlternateContent")
    etree.SubElement(both, f"{{{mc}}}Choice").append(shape)
    etree.SubElement(both, f"{{{mc}}}Fallback")


def test_shapes_for_newer_programs_are_read() -> None:
    assert read(with_alternatives).text == "# 1\n\nOld"


def add_part(owner: Any, kind: str, name: str, content: str) -> None:
    part = Part(PackURI(name), "application/xml", owner.package, content.encode())
    owner.relate_to(part, kind)


@pytest.mark.parametrize(
    ("kind", "authors", "comment"),
    [
        (
            RELATIONSHIP_TYPE.COMMENT_AUTHORS,
            '<x:cmAuthorLst xmlns:x="urn:x"><x:cmAuthor id="0" name="Ana Berg"/></x:cmAuthorLst>',
            '<x:cmLst xmlns:x="urn:x"><x:cm authorId="0"><x:text>Now May.</x:text></x:cm></x:cmLst>',
        ),
        (
            "http://schemas.microsoft.com/office/2018/10/relationships/authors",
            '<x:authorLst xmlns:x="urn:x"><x:author id="0" name="Ana Berg"/></x:authorLst>',
            f'<x:cmLst xmlns:x="urn:x" xmlns:a="{DRAWING}/main"><x:cm authorId="0"><x:txBody><a:p><a:r><a:t>Now May.'
            "</a:t></a:r></a:p></x:txBody></x:cm></x:cmLst>",
        ),
    ],
)
def test_comments_say_who_made_them(kind: str, authors: str, comment: str) -> None:
    def fill(slide: Any) -> None:
        text_box(slide).text = "In March."
        add_part(slide.part.package.main_document_part, kind, "/ppt/authors.xml", authors)
        add_part(slide.part, f"{kind.rpartition('/')[0]}/comments", "/ppt/comments/comment1.xml", comment)

    assert read(fill).text == "# 1\n\nIn March.\n\nComment by Ana Berg: Now May."
