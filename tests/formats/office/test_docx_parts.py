"""What Word documents hold beside their running text, what they hide, and how their tables are laid out."""

import io
from collections.abc import Callable
from typing import Any
from zipfile import ZipFile

import pptx
import pytest
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE

from rag.formats.office.docx import read_docx
from rag.formats.parsed_document import ParsedDocument
from tests.formats.archives import W, docx, paragraph

R = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
DRAWING = "http://schemas.openxmlformats.org/drawingml/2006"


def run(text: str, properties: str = "") -> str:
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def p(*runs: str) -> str:
    return f"<w:p>{''.join(runs)}</w:p>"


def field(code: str, shown: str) -> str:
    marks = [f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>' for kind in ("begin", "separate", "end")]
    return f"{marks[0]}<w:r><w:instrText>{code}</w:instrText></w:r>{marks[1]}{run(shown)}{marks[2]}"


def cell(text: str, properties: str = "") -> str:
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{paragraph(text)}</w:tc>"


def row(*cells: str, properties: str = "") -> str:
    return f"<w:tr><w:trPr>{properties}</w:trPr>{''.join(cells)}</w:tr>"


def table(*rows: str, properties: str = "") -> str:
    return f"<w:tbl><w:tblPr>{properties}</w:tblPr>{''.join(rows)}</w:tbl>"


def word(body: str, parts: dict[str, tuple[str, str | bytes]] | None = None, styles: str = "") -> bytes:
    """A document with `parts`, each a kind and a content, by file name."""
    relations = "".join(
        f'<Relationship Id="{name}" Type="{OFFICE}/{kind}" Target="{name}"/>'
        for name, (kind, _) in {
            "styles.xml": ("styles", ""),
            "footnotes.xml": ("footnotes", ""),
            **(parts or {}),
        }.items()
    )
    extra = {f"word/{name}": content for name, (_, content) in (parts or {}).items()}
    extra["word/_rels/document.xml.rels"] = f'<Relationships xmlns="{PACKAGE}">{relations}</Relationships>'
    if styles:
        extra["word/styles.xml"] = f"<w:styles {W}>{styles}</w:styles>"
    return docx(body, extra)


def texts(parsed: ParsedDocument) -> list[list[list[str]]]:
    """The labels and rows of each table."""
    return [
        [list(table.labels), *([parsed.text[slice(*c)] if c else "" for c in row.cells] for row in table.rows)]
        for table in parsed.tables
    ]


def header(text: str, tag: str = "hdr") -> str:
    return f"<w:{tag} {W} {R}>{text}</w:{tag}>"


def section(*references: tuple[str, str, str], inner: str = "") -> str:
    marks = "".join(f'<w:{tag}Reference w:type="{kind}" r:id="{id_}"/>' for tag, kind, id_ in references)
    return f"<w:sectPr {R}>{marks}{inner}</w:sectPr>"


def test_headers_and_footers_stand_around_the_text_once() -> None:
    parts = {
        "h1.xml": ("header", header(p(run("Acme AG, Kiel")))),
        "h2.xml": ("header", header(p(run("Acme AG, "), run("Kiel")))),
        "h3.xml": ("header", header(p(run("Never shown")))),
        "f1.xml": ("footer", header(p(run("IBAN DE12"), "<w:r><w:tab/></w:r>", field(" PAGE ", "1")), "ftr")),
        "f2.xml": (
            "footer",
            header(p(run("Page "), '<w:fldSimple w:instr="PAGE">', run("1"), "</w:fldSimple>"), "ftr"),
        ),
    }
    first = section(("header", "default", "h1.xml"), ("header", "even", "h3.xml"), ("footer", "default", "f1.xml"))
    last = section(("header", "default", "h2.xml"), ("header", "first", "h3.xml"), ("footer", "default", "f2.xml"))
    body = f"<w:p><w:pPr>{first}</w:pPr>{run('Dear Ms Osei,')}</w:p>{last}"
    assert read_docx(word(body, parts)).text == "Acme AG, Kiel\n\nDear Ms Osei,\n\nIBAN DE12"


def test_those_of_first_and_even_pages_are_read_where_they_are_shown() -> None:
    parts = {
        "h1.xml": ("header", header(p(run("Even")))),
        "h2.xml": ("header", header(p(run("First")))),
        "settings.xml": ("settings", f"<w:settings {W}><w:evenAndOddHeaders/></w:settings>"),
    }
    last = section(("header", "even", "h1.xml"), ("header", "first", "h2.xml"), inner="<w:titlePg/>")
    assert read_docx(word(paragraph("Text") + last, parts)).text == "Even\n\nFirst\n\nText"


def test_comments_say_who_made_them_and_what_on() -> None:
    comments = (
        f'<w:comments {W}><w:comment w:id="7" w:author="Ana Berg">{paragraph("Now May.")}</w:comment>'
        f'<w:comment w:id="8">{paragraph("Who?")}</w:comment></w:comments>'
    )
    body = p(
        run("It comes in "),
        '<w:commentRangeStart w:id="7"/>',
        run("March"),
        '<w:commentRangeEnd w:id="7"/><w:r><w:commentReference w:id="7"/></w:r>',
        run("."),
    )
    assert read_docx(word(body, {"comments.xml": ("comments", comments)})).text == (
        "It comes in March.\n\nComment by Ana Berg on “March”: Now May.\n\nComment: Who?"
    )


STYLES = (
    '<w:style w:type="character" w:styleId="Gone"><w:rPr><w:vanish/></w:rPr></w:style>'
    '<w:style w:type="character" w:styleId="GoneToo"><w:basedOn w:val="Gone"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="Old"><w:rPr><w:strike/></w:rPr></w:style>'
    '<w:style w:type="character" w:styleId="Up"><w:rPr><w:vertAlign w:val="superscript"/></w:rPr></w:style>'
)


@pytest.mark.parametrize(
    ("body", "text", "notes"),
    [
        (p(run("On "), run("Monday", "<w:strike/>"), run("Friday")), "On Friday", ["1 struck-out passage left out."]),
        (p(run("a "), run("b", "<w:dstrike/>"), run("c", "<w:strike/>")), "a", ["1 struck-out passage left out."]),
        (p(run("a "), run("b", '<w:strike w:val="0"/>')), "a b", []),
        (
            p(run("a ", "<w:strike/>"), run("b "), run("c", "<w:strike/>"), run("d", "<w:vanish/>")),
            "b",
            ["1 hidden passage left out.", "2 struck-out passages left out."],
        ),
        (p(run("a "), run("b", '<w:rStyle w:val="GoneToo"/>')), "a", ["1 hidden passage left out."]),
        (paragraph("was", "Old") + paragraph("is"), "is", ["1 struck-out passage left out."]),
        (
            p(run("a "), "<w:del><w:r><w:delText>b</w:delText></w:r></w:del>", "<w:ins>", run("c"), "</w:ins>"),
            "a c",
            ["1 struck-out passage left out."],
        ),
        (
            p(run("The Rhine"), f"<w:r><w:rPr><w:vanish/></w:rPr></w:r>{field(' XE &quot;Rhine&quot; ', '')}"),
            "The Rhine",
            [],
        ),
    ],
)
def test_struck_out_and_hidden_text_is_left_out_and_counted(body: str, text: str, notes: list[str]) -> None:
    parsed = read_docx(word(body, styles=STYLES))
    assert (parsed.text, parsed.notes) == (text, notes)


@pytest.mark.parametrize(
    ("runs", "text"),
    [
        ([run("450"), run("1", '<w:vertAlign w:val="superscript"/>'), run(" tonnes")], "450¹ tonnes"),
        ([run("CO"), run("2", '<w:vertAlign w:val="subscript"/>')], "CO₂"),
        ([run("3 × 10"), run("-", '<w:rStyle w:val="Up"/>'), run("6", '<w:rStyle w:val="Up"/>')], "3 × 10⁻⁶"),
        ([run("300"), run("4", '<w:position w:val="8"/>'), run(" euros")], "300⁴ euros"),
        ([run("1", '<w:position w:val="2"/>'), run("st")], "1st"),
    ],
)
def test_raised_and_lowered_text_is_told_from_the_figure(runs: list[str], text: str) -> None:
    assert read_docx(word(p(*runs), styles=STYLES)).text == text


MATH = 'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'


@pytest.mark.parametrize(
    ("inner", "text"),
    [
        ('<w:fldSimple w:instr="SEQ Table">' + run("3") + "</w:fldSimple>", "3"),
        ('<w:hyperlink r:id="gone" ' + R + ">" + run("here") + "</w:hyperlink>", "here"),
        (
            f"<m:oMath {MATH}><m:r><m:t>E=m</m:t></m:r><m:sSup><m:e><m:r><m:t>c</m:t></m:r></m:e>"
            "<m:sup><m:r><m:t>2</m:t></m:r></m:sup></m:sSup></m:oMath>",
            "E=mc²",
        ),
        (
            f"<m:oMath {MATH}><m:f><m:num><m:r><m:t>1</m:t></m:r></m:num>"
            "<m:den><m:r><m:t>a+b</m:t></m:r></m:den></m:f></m:oMath>",
            "1/(a+b)",
        ),
        (
            "<w:r><w:ruby><w:rubyPr/><w:rt><w:r><w:t>とう</w:t></w:r></w:rt>"
            "<w:rubyBase><w:r><w:t>東</w:t></w:r></w:rubyBase></w:ruby></w:r>",
            "東",
        ),
        (
            '<w:sdt><w:sdtPr><c:checkbox xmlns:c="http://schemas.microsoft.com/office/word/2010/wordml">'
            '<c:checked c:val="1"/></c:checkbox></w:sdtPr><w:sdtContent>' + run("?") + "</w:sdtContent></w:sdt>",
            "☒",
        ),
    ],
)
def test_what_stands_in_wrappers_is_read(inner: str, text: str) -> None:
    assert read_docx(docx(p(run("See "), inner))).text == f"See {text}"


def test_text_boxes_are_read_with_and_without_what_stands_for_them_in_older_programs() -> None:
    shape = 'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"'
    box = f"<w:drawing><wps:txbx {shape}><w:txbxContent>{paragraph('In a box.')}</w:txbxContent></wps:txbx></w:drawing>"
    older = f"<w:pict><w:txbxContent>{paragraph('In a box.')}</w:txbxContent></w:pict>"
    mc = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    choices = f"<mc:Choice>{box}</mc:Choice><mc:Fallback>{older}</mc:Fallback>"
    both = f"<mc:AlternateContent {mc}>{choices}</mc:AlternateContent>"
    for inner in (box, older, both):
        assert read_docx(docx(p(run("Before."), f"<w:r>{inner}</w:r>"))).text == "Before.\n\nIn a box."


def chart_part(make: Callable[[Any], None] = lambda chart: None) -> bytes:
    """The part of a column chart of two series."""
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    data = CategoryChartData()
    data.categories = ["Q1", "Q2"]
    data.add_series("Falcon", (120, 0.5))
    data.add_series("Kite", (None, 7))
    make(slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, 0, 0, 9, 9, data).chart)
    packed = io.BytesIO()
    deck.save(packed)
    with ZipFile(packed) as archive:
        return archive.read(next(name for name in archive.namelist() if name.startswith("ppt/charts/chart")))


def titled(chart: Any) -> None:
    chart.has_title = True
    chart.chart_title.text_frame.text = "Units sold"


def drawing(kind: str, inner: str) -> str:
    space = f'xmlns:x="{DRAWING}/{"chart" if kind == "chart" else "diagram"}"'
    return f"<w:r><w:drawing><x:{kind} {space} {R} {inner}/></w:drawing></w:r>"


def test_a_chart_is_a_table_of_its_values() -> None:
    body = p(run("See."), drawing("chart", 'r:id="c.xml"'))
    parsed = read_docx(word(body, {"c.xml": ("chart", chart_part(titled))}))
    assert parsed.text.startswith("See.\n\nUnits sold\n\n| Category | Falcon | Kite |")
    assert texts(parsed) == [[["Category", "Falcon", "Kite"], ["Q1", "120", ""], ["Q2", "0.5", "7"]]]


def test_a_diagram_is_its_points_in_their_order() -> None:
    def point(number: int, text: str) -> str:
        return f'<d:pt modelId="{number}"><d:t><a:p><a:r><a:t>{text}</a:t></a:r></a:p></d:t></d:pt>'

    data = (
        f'<d:dataModel xmlns:d="{DRAWING}/diagram" xmlns:a="{DRAWING}/main"><d:ptLst><d:pt modelId="0" type="doc"/>'
        f'{point(1, "Pay")}{point(2, "Register")}</d:ptLst><d:cxnLst><d:cxn srcId="0" destId="1" srcOrd="1"/>'
        '<d:cxn srcId="0" destId="2" srcOrd="0"/></d:cxnLst></d:dataModel>'
    )
    body = p(drawing("relIds", 'r:dm="d.xml"'))
    assert read_docx(word(body, {"d.xml": ("diagramData", data)})).text == "Register\n\nPay"


def test_what_cannot_be_read_is_counted() -> None:
    body = p(run("Text"), drawing("chart", 'r:id="gone"'), drawing("relIds", 'r:dm="gone"'), "<w:r><w:object/></w:r>")
    assert read_docx(word(body)).notes == [
        "1 SmartArt diagram not read.",
        "1 chart not read.",
        "1 embedded object not read.",
    ]


def test_merged_cells_are_repeated_and_gaps_keep_their_place() -> None:
    body = table(
        row(
            cell("Region", '<w:vMerge w:val="restart"/>'),
            cell("Sales", '<w:gridSpan w:val="2"/>'),
            properties="<w:tblHeader/>",
        ),
        row(cell("", "<w:vMerge/>"), cell("H1"), cell("H2")),
        row(cell("North"), cell("10"), cell("20")),
        row(cell("30"), cell("40"), properties='<w:gridBefore w:val="1"/>'),
    )
    assert texts(read_docx(docx(body))) == [
        [["Region", "Sales – H1", "Sales – H2"], ["North", "10", "20"], ["", "30", "40"]]
    ]


def test_a_row_that_is_hidden_is_left_out() -> None:
    parsed = read_docx(
        docx(
            table(
                row(cell("a"), cell("b")),
                row(cell("c"), cell("d"), properties="<w:hidden/>"),
                row(cell("e"), cell("f")),
            )
        )
    )
    assert parsed.notes == ["1 hidden passage left out."]
    assert "c" not in parsed.text


GRID = '<w:style w:type="table" w:styleId="Grid"/>'
SET_OFF = '<w:style w:type="table" w:styleId="Blue"><w:tblStylePr w:type="firstRow"/></w:style>'


@pytest.mark.parametrize(
    ("style", "look", "labels"),
    [("Blue", "04A0", ["1", "2", "3"]), ("Blue", "0480", []), ("Grid", "04A0", [])],
)
def test_a_first_row_that_is_set_off_is_the_header(style: str, look: str, labels: list[str]) -> None:
    body = table(
        row(cell("1"), cell("2"), cell("3")),
        row(cell("7"), cell("8"), cell("9")),
        properties=f'<w:tblStyle w:val="{style}"/><w:tblLook w:val="{look}"/>',
    )
    assert texts(read_docx(word(body, styles=GRID + SET_OFF)))[0][0] == labels


def test_two_columns_of_labels_and_values_are_a_form() -> None:
    body = table(
        row(cell("Name"), cell("Ana Berg")),
        row(cell("Salary"), cell("51000")),
        row(cell("Joined"), cell("2021-03-01")),
        properties='<w:tblStyle w:val="Blue"/><w:tblLook w:val="04A0"/>',
    )
    assert texts(read_docx(word(body, styles=SET_OFF))) == [
        [[], ["Name", "Ana Berg"], ["Salary", "51000"], ["Joined", "2021-03-01"]]
    ]


def test_a_watermark_is_read_and_a_picture_is_nothing() -> None:
    vml = 'xmlns:v="urn:schemas-microsoft-com:vml"'
    mark = f'<w:r><w:pict><v:shape {vml}><v:textpath string="DRAFT"/></v:shape></w:pict></w:r>'
    picture = f'<w:r><w:drawing><a:blip xmlns:a="{DRAWING}/main" r:embed="gone" {R}/></w:drawing></w:r>'
    parsed = read_docx(docx(p(run("Text"), picture, mark)))
    assert (parsed.text, parsed.notes) == ("Text\n\nDRAFT", [])


def test_a_damaged_part_is_counted_and_the_rest_is_read() -> None:
    parts: dict[str, tuple[str, str | bytes]] = {"c.xml": ("chart", "<"), "h1.xml": ("header", "<")}
    body = p(run("Text"), drawing("chart", 'r:id="c.xml"')) + section(("header", "default", "h1.xml"))
    parsed = read_docx(word(body, parts))
    assert (parsed.text, parsed.notes) == ("Text", ["1 chart not read."])
