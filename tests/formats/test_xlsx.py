import io
from datetime import UTC, datetime

import pytest
import xlsxwriter

from rag.errors import DocumentError
from rag.formats.xlsx import read_xlsx
from tests.formats.archives import zipped


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
        "# Figures\n\n| 1 | 2.5 |\n| 1000000 | 2020-01-02 10:30 |"
    )
    assert [(sheet.kind, sheet.title) for sheet in parsed.sections] == [("sheet", "Staff"), ("sheet", "Figures")]
    staff, figures = (parsed.text[sheet.start : sheet.end] for sheet in parsed.sections)
    assert f"{staff}\n\n{figures}" == parsed.text
    assert (parsed.title, parsed.date) == ("Staff of 2021", "2021-03-04")


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
