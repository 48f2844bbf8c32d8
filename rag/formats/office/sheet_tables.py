"""The tables of a sheet: what empty rows and columns part, with merged cells in every place that they cover."""

from collections.abc import Iterator, Sequence, Set
from itertools import pairwise, takewhile
from typing import NamedTuple

from rag.formats.office.xlsx_rows import Area
from rag.formats.tables.table_header import kind_of

Rows = dict[int, dict[int, str]]
"""Texts by row and column, none of them empty."""

_MOST_COVERED = 2_000_000
"""Places that the merged cells of a sheet may cover."""
_MOST_ARE = 0.5


class SheetTable(NamedTuple):
    """Rows of one width, and what stands over them apart from them."""

    title: str
    rows: list[list[str]]


def sheet_tables(rows: Rows, merged: Sequence[Area], hidden: Set[int] = frozenset()) -> Iterator[SheetTable]:
    """The tables of a sheet from the top left to the bottom right; `hidden` rows and columns part none.

    Hidden columns are given as negative numbers.
    """
    _repeat_merged(rows, merged)
    yield from _tables(rows, hidden)


def _repeat_merged(rows: Rows, merged: Sequence[Area]) -> None:
    covered = 0
    for top, left, bottom, right in merged:
        text = rows.get(top, {}).get(left)
        if not text or top not in rows:
            continue
        others = [column for column in rows[top] if not left <= column <= right]
        below = min(rows.get(bottom + 1, {left: ""}))
        # A title over the whole table is no label of each column.
        last = left if not others and top == bottom and below >= left else right
        covered += (bottom - top + 1) * (last - left + 1)
        if covered > _MOST_COVERED:
            return
        for number in range(top, bottom + 1):
            if number in rows:
                rows[number].update(dict.fromkeys(range(left, last + 1), text))
                rows[number] = dict(sorted(rows[number].items()))


def _tables(rows: Rows, hidden: Set[int]) -> Iterator[SheetTable]:
    title = ""
    for block in _blocks(rows, hidden):
        alone = [number for number, _ in takewhile(lambda row: len(row[1]) == 1, block.items())]
        body = {number: row for number, row in block.items() if number not in alone}
        parts = _beside(body, hidden)
        if len(parts) > 1:
            above = [text for number in alone for text in block[number].values()]
            if above:
                yield SheetTable("", [[text] for text in above])
                title = " ".join(above)
            for part in parts:
                for table in _tables(_within(body, part), hidden):
                    yield table._replace(title=table.title or title)
        else:
            columns = sorted(set().union(*block.values()))
            yield SheetTable(title, [[row.get(column, "") for column in columns] for row in block.values()])
        title = " ".join(text for number in alone for text in block[number].values()) if not body else ""


def _blocks(rows: Rows, hidden: Set[int]) -> Iterator[Rows]:
    """Rows without an empty one between them, and those below one that go on with what is above."""
    block: Rows = {}
    for above, number in pairwise([0, *sorted(rows)]):
        is_apart = any(between not in hidden for between in range(above + 1, number)) if block else False
        if is_apart and not _goes_on(block, rows[number]):
            yield block
            block = {}
        block[number] = rows[number]
    if block:
        yield block


def _goes_on(block: Rows, row: dict[int, str]) -> bool:
    """Whether a row below an empty one holds what the rows above hold, rather than labels of its own."""
    if len(block) < 2 or len(row) < 2:
        return False
    first, last = next(iter(block.values())), block[max(block)]
    if row == first or not set(row) <= set().union(*block.values()):
        return False
    shared = row.keys() & last.keys()
    return len(shared) > _MOST_ARE * len(last) and all(
        kind_of(row[column]) == kind_of(last[column]) for column in shared
    )


def _beside(rows: Rows, hidden: Set[int]) -> list[range]:
    """Columns of each of the tables that stand beside each other."""
    columns = sorted(set().union(*rows.values()))
    parts: list[range] = []
    for column in columns:
        if parts and all(-between in hidden for between in range(parts[-1].stop, column)):
            parts[-1] = range(parts[-1].start, column + 1)
        else:
            parts.append(range(column, column + 1))
    joined: list[range] = []
    for part in parts:
        # Else an empty column is but room within a table.
        is_table = joined and len(part) > 1 and len(joined[-1]) > 1 and _begins_with_names(rows, part.start)
        if joined and not is_table:
            joined[-1] = range(joined[-1].start, part.stop)
        else:
            joined.append(part)
    return joined


def _begins_with_names(rows: Rows, column: int) -> bool:
    kinds = [kind_of(row[column]) for row in rows.values() if column in row]
    return kinds[1:].count("text") > _MOST_ARE * len(kinds[1:])


def _within(rows: Rows, columns: range) -> Rows:
    parts = {number: {at: text for at, text in row.items() if at in columns} for number, row in rows.items()}
    return {number: row for number, row in parts.items() if row}
