"""The tables of a text whose rows are lines between bars, as Markdown and a PDF's laid-out pages have them."""

import re
from collections.abc import Iterator

from rag.formats.parsed_document import Row, Table
from rag.formats.tables.label_lines import label_lines
from rag.formats.tables.line_search import matches_at_lines
from rag.formats.tables.table_header import header_rows, is_form, joined_labels
from rag.text.sentences import Span

_BLOCK = re.compile(r"^[ \t]*\|.*(?:\n[ \t]*\|.*)*", re.MULTILINE)
# Without bars at their ends: under a header with dashes, or lines of as many bars, two at least.
_OPEN_BLOCK = re.compile(
    r"^(?=[^|\n]*\|)[^|\n][^\n]*\n[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)+(?:\n[^\n]*\|[^\n]*)+"
    r"|^(?:[^|\n]+(?:\|[^|\n]*){2,}(?:\n|\Z)){3,}",
    re.MULTILINE,
)
_LINE = re.compile(r".+")
# Up to a bar that is not escaped.
_CELL = re.compile(r"((?:\\.|[^|\\\n])*)(?:\||$)")
_DELIMITER = re.compile(r"\s*\|?(?:\s*:?-+:?\s*\|)*\s*:?-+:?\s*\|?\s*")
_EMPHASIS = re.compile(r"\*\*|__|`")


def markdown_tables(text: str) -> list[Table]:
    """The tables of `text`, each with its header by the line of dashes below it or else by what its first rows hold.

    So are forms, whose lines are labels and values.
    """
    if "|" not in text:
        return label_lines(text)
    blocks = [block for pattern in (_BLOCK, _OPEN_BLOCK) for block in matches_at_lines(pattern, text, "|")]
    tables = [table for block in blocks if (table := _table(text, block.span()))]
    return sorted([*tables, *label_lines(text)], key=lambda table: table.rows[0].start)


def _table(text: str, block: Span) -> Table | None:
    rows: list[Row] = []
    headers: int | None = None
    for line in _LINE.finditer(text, *block):
        if _DELIMITER.fullmatch(line.group()):
            headers = len(rows) if headers is None else headers
        else:
            start = line.end() - len(line.group().lstrip())
            end = line.start() + len(line.group().rstrip())
            rows.append(Row(start, end, tuple(_cells(text, start, end))))
    widths = {len(row.cells) for row in rows}
    if len(rows) < 2 or max(widths) < 2 or (headers is None and text[rows[0].start] != "|" and len(widths) > 1):
        return None
    texts = [[text[slice(*cell)] if cell else "" for cell in row.cells] for row in rows]
    if _EMPHASIS.search(text, *block):
        texts = [[_EMPHASIS.sub("", cell) for cell in row] for row in texts]
    if headers is None:
        headers = 0 if is_form(texts) else header_rows(texts)
    return Table(tuple(joined_labels(texts[:headers])), rows[headers:])


def _cells(text: str, start: int, end: int) -> Iterator[Span | None]:
    at = start + (text[start] == "|")
    line = text[at:end]
    if line and "\\" not in line:
        # Nothing is escaped, and a split is several times as fast.
        for value in line.removesuffix("|").split("|"):
            bare = value.strip()
            left = at + value.find(bare)
            yield (left, left + len(bare)) if bare else None
            at += len(value) + 1
        return
    while at < end:
        cell = _CELL.match(text, at, end)
        if cell is None:
            return
        value = cell.group(1)
        left = cell.start() + len(value) - len(value.lstrip())
        right = cell.start() + len(value.rstrip())
        yield (left, right) if left < right else None
        at = max(cell.end(), at + 1)
