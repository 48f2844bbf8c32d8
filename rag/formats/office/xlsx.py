"""Excel workbooks."""

from collections import Counter
from collections.abc import Iterator, Sequence
from zipfile import ZipFile

from rag.errors import DocumentError
from rag.formats.archive import core_properties, open_zip
from rag.formats.left_out import LeftOut, notes
from rag.formats.office.sheet_drawings import comment_lines, drawing_lines
from rag.formats.office.sheet_tables import sheet_tables
from rag.formats.office.xlsx_cells import Cells, column_letters, read_cells
from rag.formats.office.xlsx_parts import WORKBOOK, SheetPart, Workbook, read_workbook
from rag.formats.office.xlsx_rows import areas
from rag.formats.parsed_document import ParsedDocument
from rag.formats.tables.table_lines import table_lines, with_tables
from rag.formats.text import finished, join_parts, library_errors

_MOST_CELLS = 20_000_000
"""Cells of the rectangle that a sheet's cells span, empty or not."""
_MOST_NAMED = 8


def read_xlsx(raw: bytes) -> ParsedDocument:
    """A workbook: each sheet under its name as it is shown, a line a row, then what lies over its cells.

    Formulas have the values that they had when it was saved. What is hidden is left out, and said in the notes.
    """
    left_out: LeftOut = Counter()
    with open_zip(raw, ".xlsx", "Excel workbook", WORKBOOK) as archive, library_errors("Excel workbook"):
        title, date, author = core_properties(archive)
        workbook = read_workbook(archive, left_out)
        shown = [sheet for sheet in workbook.sheets if not sheet.is_hidden]
        cells = [read_cells(archive, sheet, workbook, left_out) for sheet in shown]
        unvalued = _without_values(workbook, cells)
        text, sections = join_parts(
            "sheet",
            [
                (None, sheet.name, _sheet(archive, sheet, part, left_out))
                for sheet, part in zip(shown, cells, strict=True)
            ],
        )
    said = [
        *_formula_notes(shown, unvalued),
        *_hidden_notes([sheet.name for sheet in workbook.sheets if sheet.is_hidden], shown, cells),
        *notes(left_out),
    ]
    parsed = ParsedDocument(text, title, date, sections, notes=said, author=author)
    return finished(with_tables(parsed, has_forms=False))


def _sheet(archive: ZipFile, sheet: SheetPart, cells: Cells, left_out: LeftOut) -> str:
    _check_extent(cells)
    hidden = {*cells.hidden_rows, *(-column for column in cells.hidden_columns)}
    blocks = []
    for title, rows in sheet_tables(cells.rows, cells.merged, hidden):
        # What stands alone over the rows is their caption.
        caption = title or ("" if sum(map(bool, rows[0])) == 1 else sheet.name)
        blocks.append("\n".join(table_lines(rows, caption=caption, labelled=True)))
    blocks += [*drawing_lines(archive, sheet.path, left_out), *comment_lines(archive, sheet.path, left_out)]
    text = "\n\n".join(filter(None, blocks))
    return f"# {sheet.name}\n\n{text}" if text else ""


def _check_extent(cells: Cells) -> None:
    """Raises DocumentError where a sheet's cells lie so far apart that what is between would not fit in memory."""
    columns = set[int]().union(*cells.rows.values())
    if not columns:
        return
    rows = range(min(cells.rows), max(cells.rows) + 1)
    if len(rows) * (max(columns) - min(columns) + 1) > _MOST_CELLS:
        raise DocumentError(
            f"a sheet spans {rows[-1]} rows and {max(columns)} columns, most of them empty."
            " Delete the cells that lie far from the others."
        )


def _without_values(workbook: Workbook, cells: Sequence[Cells]) -> list[list[str]]:
    """For each sheet the cells whose formula has no stored value, which are empty or, by some programs, all 0."""
    if workbook.recalculates and not any(part.has_other_values for part in cells):
        for part in cells:
            for row, column, _, _ in (area for name in part.zeros for area in areas(name)):
                part.rows.get(row, {}).pop(column, None)
            part.rows = {number: row for number, row in part.rows.items() if row}
        return [part.unvalued + part.zeros for part in cells]
    return [part.unvalued for part in cells]


def _formula_notes(sheets: Sequence[SheetPart], unvalued: Sequence[Sequence[str]]) -> Iterator[str]:
    count = sum(map(len, unvalued))
    if count:
        named = "; ".join(
            f"{sheet.name}!{_listed(names)}" for sheet, names in zip(sheets, unvalued, strict=True) if names
        )
        yield f"{count} formula{'s have' if count > 1 else ' has'} no stored value: {named}."


def _hidden_notes(hidden: Sequence[str], sheets: Sequence[SheetPart], cells: Sequence[Cells]) -> Iterator[str]:
    if hidden:
        yield f"{len(hidden)} hidden sheet{'s' if len(hidden) > 1 else ''} left out: {_listed(hidden)}."
    for sheet, part in zip(sheets, cells, strict=True):
        letters = [column_letters(column) for column in part.hidden_columns]
        for what, names in (("row", [*map(str, part.hidden_rows)]), ("column", letters)):
            if names:
                many = "s" if len(names) > 1 else ""
                yield f"{len(names)} hidden {what}{many} of sheet {sheet.name} left out: {_listed(names)}."


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:_MOST_NAMED]) + (", …" if len(names) > _MOST_NAMED else "")
