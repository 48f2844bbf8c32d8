"""Rows of a table as lines that explain themselves: one row, one line, one block for rag.text.sentences."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest

from rag.formats.text import table_row

_LONGEST_LABEL = 80


def table_lines(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Lines of a table of one-line cells: what stands alone above it, and its rows.

    A row is `- Column: value; Column: value` where the first is a header, else a Markdown table row. Empty cells of
    the former and empty rows are left out.
    """
    filled = [row for row in rows if any(row)]
    # A table of one column has no header and nothing above it.
    first = next((index for index, row in enumerate(filled) if _count(row) > 1), len(filled))
    yield from (table_row(filter(None, row)) for row in filled[:first])
    labels, *rest = filled[first:] or [[]]
    if not (rest and _is_header(labels)):
        yield from (table_row(row) for row in filled[first:])
        return
    used = {index for row in rest for index, cell in enumerate(row) if cell}
    if any(label and index not in used for index, label in enumerate(labels)):
        yield table_row(labels)
    for row in rest:
        pairs = zip_longest(labels[: len(row)], row, fillvalue="")
        yield "- " + "; ".join(f"{label}: {cell}" if label else cell for label, cell in pairs if cell)


def _count(row: Sequence[str]) -> int:
    return sum(map(bool, row))


def _is_header(row: Sequence[str]) -> bool:
    """Whether the cells of a row look like names of columns: short, distinct, no numbers, more than one."""
    labels = [cell for cell in row if cell]
    return (
        len(labels) > 1
        and len(set(labels)) == len(labels)
        and all(len(label) <= _LONGEST_LABEL and any(map(str.isalpha, label)) for label in labels)
    )
