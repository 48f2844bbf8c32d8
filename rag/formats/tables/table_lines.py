"""Tables as lines of text, one row a line, with marks by which `with_tables` finds their rows and cells in the end.

The marks go wherever the lines go: a reader puts its lines together as it likes, and need not count characters.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import accumulate, islice, pairwise, zip_longest
from operator import add

import numpy as np
import numpy.typing as npt

from rag.formats.parsed_document import ParsedDocument, Row, Table
from rag.formats.tables.label_lines import label_lines
from rag.formats.tables.table_header import header_rows, is_form, joined_labels
from rag.formats.text import table_row
from rag.text.sentences import Span

Places = npt.NDArray[np.intp]
_NO_MARKS: Places = np.zeros(0, np.intp)

# Codes that are no characters: rag.formats.text.clean takes them out of cells.
_TABLE, _ROW, _CELL = "\ufdd0", "\ufdd1", "\ufdd2"


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
        if not form and _has_empty_column(labels, rest):
            yield table_row(labels)
        heads = [f"{label}: {_CELL}" if label else _CELL for label in labels]
        for row in rest:
            line = _pair(row) if form else _labelled(heads, row)
            yield f"{mark}{_ROW}- {line}{_ROW}"
            mark = ""
        return
    yield from (table_row(row) for row in filled[:count])
    for row in rest:
        yield f"{mark}{_ROW}{table_row(map(_marked, row))}{_ROW}"
        mark = ""


def with_tables(parsed: ParsedDocument, has_forms: bool = True) -> ParsedDocument:
    """`parsed` without the marks of `table_lines`, with the tables that they mark, its sections where they are then.

    Lines of labels and values are tables too where it `has_forms`.
    """
    texts, heads = (parsed.text.split(_TABLE)[first::2] for first in (0, 1))
    marked = "".join(texts)
    marks, all_rows = _marks_and_rows(marked) if heads else (_NO_MARKS, [])
    rest = iter(all_rows)
    tables = [
        Table(tuple(labels), list(islice(rest, text.count(_ROW) // 2)), caption)
        for text, (caption, *labels) in zip(texts[1:], (head.split(_CELL) for head in heads), strict=True)
    ]
    # Where each of the texts begins, with the heads between them and without.
    with_heads = list(accumulate((len(t) + len(h) + 2 for t, h in zip(texts, heads, strict=False)), initial=0))
    without = list(accumulate(map(len, texts), initial=0))

    def moved(place: int) -> int:
        part = bisect_right(with_heads, place) - 1
        kept = min(without[part] + place - with_heads[part], without[part + 1])
        return kept - int(np.searchsorted(marks, kept))

    text = marked.replace(_ROW, "").replace(_CELL, "")
    sections = [replace(section, start=moved(section.start), end=moved(section.end)) for section in parsed.sections]
    tables = [table for table in tables if table.rows]
    if has_forms:
        rows = [row.start for table in tables for row in table.rows]
        forms = (form for form in label_lines(text) if not _holds(rows, form))
        tables = sorted([*tables, *forms], key=lambda table: table.rows[0].start)
    return replace(parsed, text=text, sections=sections, tables=[*parsed.tables, *tables])


def _marks_and_rows(marked: str) -> tuple[Places, list[Row]]:
    """Where the marks of rows and cells stand, and the rows as they are without them."""
    # With a step in Python for each cell, a large sheet would take three times as long.
    until = marked.rfind(_ROW) + 1
    codes = np.frombuffer(marked[:until].encode("utf-32-le", "surrogatepass"), np.uint32)
    marks = np.flatnonzero((codes == ord(_ROW)) | (codes == ord(_CELL)))
    places = marks - np.arange(len(marks))
    is_row = codes[marks] == ord(_ROW)
    lefts, rights = places[~is_row].reshape(-1, 2).T
    cells: list[Span | None] = list(zip(lefts.tolist(), rights.tolist(), strict=True))
    for empty in np.flatnonzero(lefts == rights).tolist():
        cells[empty] = None
    opened, closed = np.flatnonzero(is_row).reshape(-1, 2).T
    ends = ((closed - opened - 1) // 2).cumsum()
    edges = zip(places[opened].tolist(), places[closed].tolist(), pairwise([0, *ends.tolist()]), strict=True)
    return marks, [Row(start, end, tuple(cells[first:last])) for start, end, (first, last) in edges]


def _holds(rows: Sequence[int], form: Table) -> bool:
    """Whether a form lies where rows, of which these are the beginnings, are."""
    return bisect_left(rows, form.rows[-1].end) > bisect_left(rows, form.rows[0].start)


def _marked(cell: str) -> str:
    return f"{_CELL}{cell}{_CELL}"


def _pair(row: Sequence[str]) -> str:
    label, value = row[0], row[1] if len(row) > 1 else ""
    return f"{_marked(label)}{'' if label.endswith(':') or not value else ':'} {_marked(value)}".rstrip()


def _has_empty_column(labels: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Whether a column with a label has nothing in any row."""
    empty = {index for index, label in enumerate(labels) if label}
    for row in rows:
        empty = {index for index in empty if index >= len(row) or not row[index]}
        if not empty:
            return False
    return bool(empty)


def _labelled(heads: Sequence[str], row: Sequence[str]) -> str:
    """The cells of a row that are not empty, each behind its head: the column's label and the mark of a cell."""
    if len(row) == len(heads) and all(row):  # as most are
        return f"{_CELL}; ".join(map(add, heads, row)) + _CELL
    line: list[str] = []
    parting = ""
    for head, cell in zip_longest(heads[: len(row)], row, fillvalue=_CELL):
        if cell:
            line.append(f"{parting}{head}{cell}{_CELL}")
            parting = "; "
        else:
            line.append(_CELL + _CELL)
    return "".join(line)


def _is_pairs(rows: Sequence[Sequence[str]]) -> bool:
    return max(map(len, rows)) == 2


def _count(row: Sequence[str]) -> int:
    return sum(map(bool, row))
