"""Rows of tables on a PDF's page whose cells take several lines."""

from dataclasses import replace
from itertools import pairwise

from rag.formats.pdf.characters import HYPHEN
from rag.formats.pdf.lines import SPACE, Line
from rag.formats.pdf.prose import is_prose

_CLOSE = 0.5
"""Heights of a line between two lines of a cell at most."""
_MOST_LINES_OF_CELL = 6
_MOST_LINES_OF_HEADING = 3


def with_whole_rows(lines: list[Line]) -> list[Line]:
    """`lines` with each row of a table as one line: column headings stacked beside each other, labels of many lines."""
    return _with_whole_labels(_with_stacked_cells(lines))


def _with_stacked_cells(lines: list[Line]) -> list[Line]:
    """Lines with the column headings of a table, each of several lines beside the other, as one row."""
    rows: list[Line] = []
    at = 0
    while at < len(lines):
        columns, following = _columns(lines, at)
        if len(columns) > 1 and not _are_lists(columns, lines[:at], lines[following:]):
            rows.append(_beside(columns))
            at = following
        else:
            rows.append(lines[at])
            at += 1
    return rows


def _columns(lines: list[Line], start: int) -> tuple[list[list[Line]], int]:
    """Columns of lines that stand beside each other from line `start` on, and the first line after them."""
    columns: list[list[Line]] = [[lines[start]]]
    at = start + 1
    while at < len(lines) and not lines[at - 1].is_row and not lines[at].is_row:
        column, line = columns[-1], lines[at]
        is_below = abs(column[-1].gap_above(line)) < _CLOSE and line.left < max(cell.right for cell in column)
        is_beside = (
            # A heading over several columns may reach over the next one, but begins no row.
            all(line.left >= cell.right for cell in (column if len(columns) == 1 else column[-1:]))
            and line.top < column[-1].bottom - line.height / 2
            and line.bottom > column[0].top - line.height * _MOST_LINES_OF_CELL / 2
        )
        if is_beside:
            columns.append([line])
        elif is_below and len(column) < _MOST_LINES_OF_CELL and line.right > min(cell.left for cell in column):
            column.append(line)
        else:
            break
        at += 1
    return columns, at


def _are_lists(columns: list[list[Line]], before: list[Line], after: list[Line]) -> bool:
    """Whether columns hold a line for each of many rows, or running text, rather than a heading each."""
    counts = {len(column) for column in columns}
    if all(map(is_prose, columns)) or (
        (max(counts) > _MOST_LINES_OF_HEADING or not any(line.is_row for line in after))
        and _has_lines_amid(columns, [*before, *after])
    ):
        return True
    if len(counts) > 1 or counts == {1}:
        return False
    last = columns[-1][-1]
    stands_over = bool(after) and after[0].top > last.bottom - last.height / 2 and last.gap_above(after[0]) < 1
    return counts.pop() > _MOST_LINES_OF_HEADING or not stands_over


def _has_lines_amid(columns: list[list[Line]], others: list[Line]) -> bool:
    """Whether other lines stand among those of columns, which were not drawn row by row then."""
    inside = [line for column in columns for line in column]
    top, bottom = min(line.top for line in inside), max(line.bottom for line in inside)
    left, right = min(line.left for line in inside), max(line.right for line in inside)
    return any(
        line.left < right and line.right > left and top < (line.top + line.bottom) / 2 < bottom for line in others
    )


def _beside(columns: list[list[Line]]) -> Line:
    lines = [line for column in columns for line in column]
    return Line(
        text="".join(line.text for line in lines),
        cells=[_in_one_cell(column) for column in columns],
        lefts=[min(line.left for line in column) for column in columns],
        right=max(line.right for line in lines),
        top=min(line.top for line in lines),
        bottom=max(line.bottom for line in lines),
        height=lines[0].height,
        first_word=lines[0].first_word,
    )


def _in_one_cell(lines: list[Line]) -> list[int]:
    cell = list(lines[0].cells[0])
    for before, line in pairwise(lines):
        cell += line.cells[0] if before.text.endswith(HYPHEN) else [SPACE, *line.cells[0]]
    return cell


def _with_whole_labels(lines: list[Line]) -> list[Line]:
    """Lines with the label of a row that takes several lines in the row."""
    whole: list[Line] = []
    for at in reversed(range(len(lines))):
        line, below = lines[at], whole[-1] if whole else None
        if below and below.is_row and not line.is_row and _goes_on_in(line, below, lines[max(0, at - 3) : at + 5]):
            label = _in_one_cell([line, below])
            top, text = line.top, line.text + below.text
            whole[-1] = replace(below, cells=[label, *below.cells[1:]], top=top, text=text, first_word=line.first_word)
        else:
            whole.append(line)
    return whole[::-1]


def _goes_on_in(line: Line, row: Line, around: list[Line]) -> bool:
    """Whether `line` is the beginning of the label of `row`: the row's first word had no room in it."""
    edge = min(other.lefts[1] for other in [row, *around] if other.is_row)
    is_full = line.right + row.first_word + line.height / 4 > edge
    return (
        (is_full or row.text[0].islower())
        and line.right < row.lefts[1]
        and line.text[-1] not in ".:;"
        and abs(line.gap_above(row)) < _CLOSE
        and abs(line.left - row.left) < 2 * line.height
    )
