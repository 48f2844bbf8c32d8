"""Tables as lines of text, one row a line, with marks by which `with_tables` finds their rows and cells in the end.

The marks go wherever the lines go: a reader puts its lines together as it likes, and need not count characters.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import zip_longest

import numpy as np

from rag.formats.parsed_document import ParsedDocument, Row, Table
from rag.formats.table_header import header_rows, is_form, joined_labels
from rag.formats.text import table_row

# Codes that are no characters: rag.formats.text.clean takes them out of cells.
_TABLE, _ROW, _CELL = "\ufdd0", "\ufdd1", "\ufdd2"
_MARK = re.compile(f"{_TABLE}([^{_TABLE}]*){_TABLE}|({_ROW})|{_CELL}")


def table_lines(
    rows: Iterable[Sequence[str]],
    caption: str = "",
    headers: int | None = None,
    labelled: bool = False,
    may_be_form: bool = True,
) -> Iterator[str]:
    """Lines of a table of one-line cells, for a text that `with_tables` is to finish.

    A row is a Markdown table row, or where it is `labelled` and there is a header `- Column: value; Column: value`, in
    which empty cells are left out, as empty rows are. What stands alone in the first rows is no part of the table.
    `headers` is how many rows the header has, None where that is to be told by what they hold, as it is whether the
    table is a form if it `may_be_form`; two columns without a header are one.
    """
    filled = [row for row in rows if any(row)]
    # A table of one column has no header and nothing above it.
    first = next((index for index, row in enumerate(filled) if _count(row) > 1), len(filled))
    above, filled = filled[:first], filled[first:]
    yield from (table_row(filter(None, row)) for row in above)
    if not filled:
        return
    form = may_be_form and (is_form(filled) if headers is None else not headers and _is_pairs(filled))
    count = 0 if form else header_rows(filled) if headers is None else min(headers, len(filled) - 1)
    labels = joined_labels(filled[:count])
    rest = filled[count:]
    title = caption or " ".join(filter(None, (cell for row in above for cell in row)))
    mark = _TABLE + _CELL.join([title, *labels]) + _TABLE
    if labelled and (count or form):
        used = {index for row in rest for index, cell in enumerate(row) if cell}
        if any(label and index not in used for index, label in enumerate(labels)):
            yield table_row(labels)
        for row in rest:
            line = _pair(row) if form else _labelled(labels, row)
            yield f"{mark}{_ROW}- {line}{_ROW}"
            mark = ""
        return
    yield from (table_row(row) for row in filled[:count])
    for row in rest:
        yield f"{mark}{_ROW}{table_row(map(_marked, row))}{_ROW}"
        mark = ""


def with_tables(parsed: ParsedDocument) -> ParsedDocument:
    """`parsed` without the marks of `table_lines`, with the tables that they mark, its sections where they are then."""
    marks = list(_MARK.finditer(parsed.text))
    if not marks:
        return parsed
    edges = [0, *(edge for mark in marks for edge in mark.span()), len(parsed.text)]
    text = "".join(parsed.text[start:end] for start, end in zip(edges[::2], edges[1::2], strict=True))
    # Where marks end, and how many of their characters stand up to there.
    ends = np.array([0, *(mark.end() for mark in marks)])
    removed = np.cumsum([0, *(mark.end() - mark.start() for mark in marks)])

    places: list[int] = (ends - removed)[1:].tolist()

    def moved(place: int) -> int:
        return place - int(removed[np.searchsorted(ends, place, side="right") - 1])

    sections = [replace(section, start=moved(section.start), end=moved(section.end)) for section in parsed.sections]
    return replace(parsed, text=text, sections=sections, tables=[*parsed.tables, *_tables(marks, places)])


def _tables(marks: Sequence[re.Match[str]], places: Sequence[int]) -> list[Table]:
    """The tables of marks that stand at these places once all marks are taken out."""
    tables: list[Table] = []
    row: list[int] | None = None
    for mark, place in zip(marks, places, strict=True):
        if mark[1] is not None:
            caption, *labels = mark[1].split(_CELL)
            tables.append(Table(tuple(labels), [], caption))
        elif not mark[2] and row is not None:
            row.append(place)
        elif row is None:
            row = [place]
        else:
            start, *values = row
            cells = tuple((a, b) if a < b else None for a, b in zip(values[::2], values[1::2], strict=True))
            tables[-1].rows.append(Row(start, place, cells))
            row = None
    return tables


def _marked(cell: str) -> str:
    return f"{_CELL}{cell}{_CELL}"


def _pair(row: Sequence[str]) -> str:
    label, value = row[0], row[1] if len(row) > 1 else ""
    return f"{_marked(label)}{'' if label.endswith(':') or not value else ':'} {_marked(value)}".rstrip()


def _labelled(labels: Sequence[str], row: Sequence[str]) -> str:
    line, parted = "", ""
    for label, cell in zip_longest(labels[: len(row)], row, fillvalue=""):
        line += (parted + (f"{label}: " if label else "") if cell else "") + _marked(cell)
        parted = "; " if line.strip(_CELL) else ""
    return line


def _is_pairs(rows: Sequence[Sequence[str]]) -> bool:
    return max(map(len, rows)) == 2


def _count(row: Sequence[str]) -> int:
    return sum(map(bool, row))
