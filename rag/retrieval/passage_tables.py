"""What of a document's tables lies in a passage, which the passage carries in its metadata."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from llama_index.core.schema import BaseNode

from rag.formats.parsed_document import Row, Table
from rag.metadata import TABLES, add_metadata
from rag.text.sentences import Span


class PassageTable(NamedTuple):
    """The rows of a table that lie in a passage, ranges in its text; `number` tells a document's tables apart."""

    number: int
    table: Table


def place_tables(nodes: Sequence[BaseNode], tables: Sequence[Table]) -> None:
    """Leave with each passage the rows that it holds; of a row that is cut, the cells that it holds."""
    if not tables:
        return
    for node in nodes:
        start, end = getattr(node, "start_char_idx", None), getattr(node, "end_char_idx", None)
        if start is None or end is None:
            continue
        slices = [
            {"number": number, "labels": list(table.labels), "caption": table.caption, "rows": rows}
            for number, table in enumerate(tables)
            if (rows := list(_rows_within(table, start, end)))
        ]
        if slices:
            add_metadata(node, {TABLES: slices})


def tables_in(node: BaseNode) -> list[PassageTable]:
    """The tables of a passage, in the order in which they stand."""
    slices: list[dict[str, Any]] = node.metadata.get(TABLES, [])
    return [
        PassageTable(
            found["number"],
            Table(
                tuple(found["labels"]),
                [
                    Row(start, end, tuple((cell[0], cell[1]) if cell else None for cell in cells))
                    for start, end, cells in found["rows"]
                ],
                found["caption"],
            ),
        )
        for found in slices
    ]


def rows_in(node: BaseNode) -> list[Span]:
    """The ranges of the rows of a passage."""
    return [(row.start, row.end) for found in tables_in(node) for row in found.table.rows]


def _rows_within(table: Table, start: int, end: int) -> Iterator[list[Any]]:
    """Rows that lie in a range of the document, as plain lists that count from its start."""
    first = bisect_right(table.rows, start, key=lambda row: row.end)
    last = bisect_left(table.rows, end, lo=first, key=lambda row: row.start)
    for row in table.rows[first:last]:
        cells = [
            [cell[0] - start, cell[1] - start] if cell and start <= cell[0] and cell[1] <= end else None
            for cell in row.cells
        ]
        if any(cells):
            yield [max(row.start, start) - start, min(row.end, end) - start, cells]
