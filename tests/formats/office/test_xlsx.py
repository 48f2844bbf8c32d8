import io
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
import xlsxwriter

from rag.errors import DocumentError
from rag.formats.office.xlsx import read_xlsx
from rag.formats.parsed_document import ParsedDocument
from tests.formats.archives import zipped
from tests.small_files import xlsx_of


def workbook(**sheets: list[list[object]]) -> bytes:
    """A workbook of sheets of rows, after one of a chart, changed on 2021-03-04."""
    packed = io.BytesIO()
    with xlsxwriter.Workbook(packed, {"default_date_format": "yyyy-mm-dd"}) as book:
        book.set_properties({"title": "Staff of 2021", "created": datetime(2021, 3, 4, tzinfo=UTC)})
        chart = book.add_chart({"type": "line"})
        chart.add_series({"values": [next(iter(sheets)), 0, 0, 1, 0]})
        book.add_chartsheet("Chart").set_chart(chart)
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    return packed.getvalue()


def test_each_sheet_is_a_section_and_each_row_a_line() -> None:
    raw = workbook(
        Staff=[["Name", "Age", "Since", "Here"], ["Anna\nB.", 3.0, datetime(2020, 1, 2), True], ["Bob", 0.1 + 0.2]],
        Empty=[],
        Figures=[[1, 2.5], [], [1e6, datetime(2020, 1, 2, 10, 30)]],
    )
    parsed = read_xlsx(raw)
    assert parsed.text == (
        "# Staff\n\n- Name: Anna B.; Age: 3; Since: 2020-01-02; Here: TRUE\n- Name: Bob; Age: 0.3\n\n"
        "# Figures\n\n| 1 | 2.5 |\n\n| 1000000 | 2020-01-02 |"
    )
    assert [(sheet.kind, sheet.title) for sheet in parsed.sections] == [("sheet", "Staff"), ("sheet", "Figures")]
    staff, figures = (parsed.text[sheet.start : sheet.end] for sheet in parsed.sections)
    assert f"{staff}\n\n{figures}" == parsed.text
    assert (parsed.title, parsed.date) == ("Staff of 2021", "2021-03-04")


def made(fill: Callable[[xlsxwriter.Workbook], None]) -> ParsedDocument:
    packed = io.BytesIO()
    with xlsxwriter.Workbook(packed) as book:
        fill(book)
    return read_xlsx(packed.getvalue())


def sheet_of(rows: list[list[object]]) -> Callable[[xlsxwriter.Workbook], None]:
    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet("Sheet")
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)

    return fill


@pytest.mark.parametrize(
    ("value", "code", "shown"),
    [
        (0.4, "0.0 %", "40.0 %"),
        (2134, "00000", "02134"),
        (-1234.5, "#,##0.00 [$€-407]", "-1,234.50 €"),
        (0.58333329861, "hh:mm", "14:00"),
        (45383, "dd.mm.yyyy", "01.04.2024"),
        (45383, "General", "45383"),
        (4929123456781234, "0", "4929123456781234"),
        (4929123456781234, "General", "4929123456781234"),
        (0.1 + 0.2, "General", "0.3"),
        ("Ref", '"No. "@', "No. Ref"),
    ],
)
def test_a_cell_is_read_as_the_sheet_shows_it(value: object, code: str, shown: str) -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet("Sheet")
        sheet.write_row(0, 0, ["Name", "Value"])
        sheet.write(1, 0, "Anna")
        sheet.write(1, 1, value, book.add_format({"num_format": code}))

    assert made(fill).text == f"# Sheet\n\n- Name: Anna; Value: {shown}"


def test_merged_cells_stand_in_every_cell_that_they_cover() -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet("Sheet")
        sheet.merge_range(0, 0, 0, 4, "Sales of the year")
        sheet.merge_range(1, 1, 1, 2, "H1")
        sheet.merge_range(1, 3, 1, 4, "H2")
        sheet.write_row(2, 0, ["Region", "Cars", "Boats", "Cars", "Boats"])
        sheet.merge_range(3, 0, 4, 0, "North")
        sheet.write_row(3, 1, [5, 6, 7, 8])
        sheet.write_row(4, 1, [1, 2, 3, 4])

    parsed = made(fill)
    assert parsed.text == (
        "# Sheet\n\n| Sales of the year |\n"
        "- Region: North; H1 – Cars: 5; H1 – Boats: 6; H2 – Cars: 7; H2 – Boats: 8\n"
        "- Region: North; H1 – Cars: 1; H1 – Boats: 2; H2 – Cars: 3; H2 – Boats: 4"
    )
    assert [table.caption for table in parsed.tables] == ["Sales of the year"]


def test_what_is_hidden_is_left_out_and_named() -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet("Staff")
        for number, row in enumerate([["Name", "Salary", "Town"], ["Anna", 5000, "Delft"], ["Bob", 6000, "Gouda"]]):
            sheet.write_row(number, 0, row)
        sheet.set_row(2, None, None, {"hidden": True})
        sheet.set_column(1, 1, None, None, {"hidden": True})
        secret = book.add_worksheet("Secret")
        secret.write(0, 0, "secret")
        secret.hide()

    parsed = made(fill)
    assert parsed.text == "# Staff\n\n- Name: Anna; Town: Delft"
    assert parsed.notes == [
        "1 hidden sheet left out: Secret.",
        "1 hidden row of sheet Staff left out: 3.",
        "1 hidden column of sheet Staff left out: B.",
    ]


def test_formulas_without_a_stored_value_are_named() -> None:
    cells = '<row r="2"><c r="A2" t="inlineStr"><is><t>Desk</t></is></c><c r="B2"><f>2*410</f><v></v></c></row>'
    head = '<row r="1"><c r="A1" t="inlineStr"><is><t>Item</t></is></c><c r="B1"><f>1+1</f><v>2</v></c></row>'
    parsed = read_xlsx(xlsx_of(head + cells))
    assert parsed.notes == ["1 formula has no stored value: Notes!B2."]


def test_formulas_that_were_never_computed_are_not_read_as_0() -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        sheet_of([["Item", "Total"], ["Desk", "=2*410"], ["Chair", "=4*120"]])(book)

    parsed = made(fill)
    assert "0" not in parsed.text
    assert parsed.notes == ["2 formulas have no stored value: Sheet!B2, B3."]


def test_tables_beside_and_below_each_other_are_tables_of_their_own() -> None:
    rows: list[list[object]] = [
        ["City", "Rain", None, "City", "Sun"],
        ["Porto", 1250, None, "Porto", 2800],
        ["Faro", 510, None, "Faro", 3100],
        [],
        ["Month", "Visits"],
        ["May", 17],
    ]
    parsed = made(sheet_of(rows))
    assert [table.labels for table in parsed.tables] == [("City", "Rain"), ("City", "Sun"), ("Month", "Visits")]


def test_an_empty_row_within_a_table_ends_it_not() -> None:
    rows: list[list[object]] = [["Name", "Age"], ["Anna", 3], ["Ben", 4], [], ["Cleo", 5]]
    assert made(sheet_of(rows)).text == "# Sheet\n\n- Name: Anna; Age: 3\n- Name: Ben; Age: 4\n- Name: Cleo; Age: 5"


def test_a_form_is_labels_and_values() -> None:
    rows: list[list[object]] = [["Applicant", "Mara Stein"], ["Amount", 15000], ["Purpose", "Roof repair"]]
    assert made(sheet_of(rows)).text == ("# Sheet\n\n- Applicant: Mara Stein\n- Amount: 15000\n- Purpose: Roof repair")


def test_raised_text_is_told_from_the_figure_and_struck_text_left_out() -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet("Sheet")
        raised, struck = book.add_format({"font_script": 1}), book.add_format({"font_strikeout": True})
        sheet.write_row(0, 0, ["Item", "Price"])
        sheet.write_rich_string(1, 0, "Desk", raised, "1")
        sheet.write(1, 1, 450)
        sheet.write_rich_string(2, 0, "Lamp ", struck, "old")
        sheet.write(2, 1, 30, struck)

    parsed = made(fill)
    assert parsed.text == "# Sheet\n\n- Item: Desk¹; Price: 450\n- Item: Lamp"
    assert parsed.notes == ["2 struck-out passages left out."]


def test_comments_text_boxes_and_titles_of_charts_are_read() -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        sheet_of([["Item", "Price"], ["Desk", 450]])(book)
        sheet = book.get_worksheet_by_name("Sheet")
        sheet.write_comment("A2", "Discontinued in June", {"author": "Max"})
        sheet.insert_textbox(5, 0, "Prices hold until May")
        for title in ("Prices by item", None):
            chart = book.add_chart({"type": "column"})
            chart.add_series({"values": "=Sheet!$B$2:$B$2"})
            chart.set_title({"name": title} if title else {"none": True})
            sheet.insert_chart(9, 0, chart)

    parsed = made(fill)
    blocks = parsed.text.split("\n\n")
    assert blocks[:2] == ["# Sheet", "- Item: Desk; Price: 450"]
    assert sorted(blocks[2:]) == [
        "Chart: Prices by item",
        "Comment on A2 by Max: Discontinued in June",
        "Prices hold until May",
    ]
    assert parsed.notes == ["1 chart not read."]


@pytest.mark.parametrize("before", ["<!-- a comment -->", ""])
def test_a_sheet_is_read_the_same_however_it_is_written(before: str) -> None:
    cells = (
        '<row><c t="inlineStr"><is><r><t>Na</t></r><r><t>me</t></r></is></c><c t="str"><v>A &amp; B</v></c></row>'
        '<row r="2"><c r="A2" t="inlineStr"><is><t>Anna</t></is></c><c r="B2"><v>3</v></c></row>'
        '<row r="3"><c r="A3" t="inlineStr"><is><t>Bob</t></is></c><c r="B3"><v>4</v></c></row>'
        '<row r="4"><c r="A4" t="b"><v>1</v></c><c r="B4" t="e"><v>#DIV/0!</v></c></row>'
    )
    lines = ["- Name: Anna; A & B: 3", "- Name: Bob; A & B: 4", "- Name: TRUE; A & B: #DIV/0!"]
    assert read_xlsx(xlsx_of(before + cells)).text.split("\n")[2:] == lines


def test_a_workbook_without_values_is_empty() -> None:
    with pytest.raises(DocumentError, match="^empty"):
        read_xlsx(workbook(Empty=[]))


def test_cells_that_lie_too_far_apart_are_named() -> None:
    packed = io.BytesIO()
    with xlsxwriter.Workbook(packed) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "near")
        sheet.write(1_048_575, 16_383, "far")
    with pytest.raises(DocumentError, match="^a sheet spans 1048576 rows and 16384 columns, most of them empty"):
        read_xlsx(packed.getvalue())


def test_a_damaged_workbook_is_named() -> None:
    with pytest.raises(DocumentError, match="^a damaged Excel workbook"):
        read_xlsx(zipped({"xl/workbook.xml": "<workbook>", "xl/worksheets/sheet1.xml": "<"}))
