"""The cells of an Excel sheet as it shows them, by row and column."""

import re
from dataclasses import dataclass, field
from zipfile import ZipFile

from rag.formats.left_out import STRUCK, LeftOut
from rag.formats.office.xlsx_parts import PLAIN, SheetPart, Workbook
from rag.formats.office.xlsx_rows import Area, RawCell, column_number, read_rows
from rag.formats.text import one_line

_ZERO = re.compile(r"0(?:\.0*)?")


@dataclass(slots=True)
class Cells:
    """What a sheet shows: text by row and column from 1, areas of merged cells, and what is hidden or has no value."""

    rows: dict[int, dict[int, str]] = field(default_factory=dict)
    merged: list[Area] = field(default_factory=list)
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[int] = field(default_factory=list)
    unvalued: list[str] = field(default_factory=list)
    """Cells whose formula has no stored value, by name."""
    zeros: list[str] = field(default_factory=list)
    """Cells whose formula has the value 0."""
    has_other_values: bool = False
    """Whether a formula has another."""


def read_cells(archive: ZipFile, sheet: SheetPart, workbook: Workbook, left_out: LeftOut) -> Cells:
    """The cells of `sheet`. Raises KeyError, ValueError, XMLSyntaxError."""
    cells = Cells()
    for number, is_hidden, found in read_rows(archive.read(sheet.path), cells, left_out):
        row = _shown_row(number, found, cells, workbook, left_out)
        if row and is_hidden:
            cells.hidden_rows.append(number)
        elif row:
            cells.rows[number] = row
    hidden = set(cells.hidden_columns)
    used = {column for row in cells.rows.values() for column in row} if hidden else set()
    cells.hidden_columns = sorted(hidden & used)
    for row in cells.rows.values() if cells.hidden_columns else ():
        for column in cells.hidden_columns:
            row.pop(column, None)
    cells.rows = {number: row for number, row in cells.rows.items() if row}
    return cells


def column_letters(number: int) -> str:
    """A column's letters from its number."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _shown_row(
    number: int, found: list[RawCell], cells: Cells, workbook: Workbook, left_out: LeftOut
) -> dict[int, str]:
    row: dict[int, str] = {}
    styles, strings = workbook.styles, workbook.strings
    column = 0
    for letters, style, kind, formula, value, inline in found:
        column = column_number(letters) if letters else column + 1
        if formula and kind != "str":
            _note_formula(f"{column_letters(column)}{number}", value, cells)
        if not value and not inline:
            continue
        shows = styles[int(style)] if style and int(style) < len(styles) else PLAIN
        if not kind or kind == "n":
            text = shows.number(value)
        elif kind == "b":
            text = "TRUE" if value == "1" else "FALSE"
        else:
            text = strings[int(value)] if kind == "s" else one_line(inline or value)
            if shows.around and text:
                text = f"{shows.around[0]}{text}{shows.around[1]}".strip()
        if text and shows.is_struck:
            left_out[STRUCK] += 1
        elif text:
            row[column] = text
    return row


def _note_formula(name: str, value: str, cells: Cells) -> None:
    if not value:
        cells.unvalued.append(name)
    elif _ZERO.fullmatch(value):
        cells.zeros.append(name)
    else:
        cells.has_other_values = True
