"""Excel workbooks."""

import io
import re
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zipfile import ZipFile

from rag.errors import DocumentError
from rag.formats.archive import core_properties, open_zip
from rag.formats.parsed_document import ParsedDocument
from rag.formats.table_lines import table_lines, with_tables
from rag.formats.text import finished, join_parts, library_errors, one_line

if TYPE_CHECKING:
    from python_calamine import CalamineWorkbook

_CELL = re.compile(rb"""<(?:\w+:)?c\s(?:[^<>]*?\s)?r\s*=\s*["']([A-Za-z]{1,3})(\d{1,7})["']""")
_MOST_CELLS = 20_000_000
"""The library holds each cell of the rectangle that a sheet's cells span, empty or not."""
_SIGNIFICANT_DIGITS = ".15g"
"""As many as Excel shows."""

Cell = str | int | float | bool | date | time | datetime | timedelta


def read_xlsx(raw: bytes) -> ParsedDocument:
    """A workbook: each sheet under its name, a line a row, with the values that formulas had when it was saved."""
    from python_calamine import CalamineWorkbook

    with open_zip(raw, ".xlsx", "Excel workbook", "xl/workbook.xml") as archive, library_errors("Excel workbook"):
        title, date_ = core_properties(archive)
        _check_extent(archive)
        with CalamineWorkbook.from_filelike(io.BytesIO(raw)) as workbook:
            text, sections = join_parts(
                "sheet", [(None, name, _sheet(workbook, name)) for name in _sheet_names(workbook)]
            )
    return finished(with_tables(ParsedDocument(text, title, date_, sections), has_forms=False))


def _sheet_names(workbook: "CalamineWorkbook") -> list[str]:
    from python_calamine import SheetTypeEnum

    return [sheet.name for sheet in workbook.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]


def _sheet(workbook: "CalamineWorkbook", name: str) -> str:
    rows = workbook.get_sheet_by_name(name).iter_rows()
    lines = "\n".join(
        table_lines(([written(cell) for cell in row] for row in rows), caption=one_line(name), labelled=True)
    )
    return f"# {one_line(name)}\n\n{lines}" if lines else ""


def written(cell: Cell) -> str:
    """A cell's value as a person writes it: 3, not 3.0; a day as ISO 8601."""
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, float):
        return format(cell, _SIGNIFICANT_DIGITS)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ", "minutes")
    return one_line(str(cell))


def _check_extent(archive: ZipFile) -> None:
    """Raises DocumentError where a sheet's cells lie so far apart that what is between would not fit in memory."""
    for name in archive.namelist():
        if not (name.startswith("xl/worksheets/") and name.endswith(".xml")):
            continue
        rows: set[bytes] = set()
        columns: set[bytes] = set()
        for cell in _CELL.finditer(archive.read(name)):
            columns.add(cell.group(1))
            rows.add(cell.group(2))
        first_row, last_row = _ends(map(int, rows))
        first_column, last_column = _ends(map(_column, columns))
        extent = (last_row - first_row + 1) * (last_column - first_column + 1)
        if extent > _MOST_CELLS:
            raise DocumentError(
                f"a sheet spans {last_row} rows and {last_column} columns, most of them empty."
                " Delete the cells that lie far from the others."
            )


def _ends(numbers: Iterable[int]) -> tuple[int, int]:
    ordered = sorted(numbers) or [0]
    return ordered[0], ordered[-1]


def _column(letters: bytes) -> int:
    """A column's number from its letters: A is 1, AA is 27."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - ord("A") + 1
    return number
