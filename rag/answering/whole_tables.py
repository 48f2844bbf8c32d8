"""Tables put together from the passages that hold parts of them."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from llama_index.core.schema import NodeWithScore, TextNode

from rag.answering.table_lookup import Grid
from rag.formats.parsed_document import Row, Table
from rag.metadata import LANGUAGE, SECTION, TITLE
from rag.retrieval.passage_tables import tables_in
from rag.text.sentences import is_heading, sentence_spans

BEFORE = 300
"""Characters before a table that are taken to be about it."""

_LOWEST = 7
"""Level of a heading that is none of Markdown's."""

_MARKUP = re.compile(r"\*\*|__|`")

WholeDocument = Callable[[str], Sequence[TextNode]]
"""All passages of a document by its id, in order; none where they are too many to be read at once."""


@dataclass(frozen=True, slots=True)
class WholeTable:
    """A table, and passage and place of each of its rows; whether it has all of them."""

    grid: Grid
    is_whole: bool
    places: list[tuple[TextNode, Row]]


def whole_tables(nodes: Sequence[NodeWithScore], whole: WholeDocument) -> Iterator[WholeTable]:
    """The tables that `nodes` hold parts of, best node first, with all their rows where these are to be had."""
    documents: dict[str, dict[int, WholeTable]] = {}
    seen: set[tuple[str, int]] = set()
    for node in nodes:
        document = node.node.ref_doc_id or ""
        for number, _ in tables_in(node.node):
            if (document, number) in seen:
                continue
            seen.add((document, number))
            if document not in documents:
                parts = whole(document)
                some = parts or sorted(_of(nodes, document), key=lambda part: part.start_char_idx or 0)
                documents[document] = _put_together(some, is_whole=bool(parts))
            if table := documents[document].get(number):
                yield table


def _of(nodes: Sequence[NodeWithScore], document: str) -> list[TextNode]:
    return [node.node for node in nodes if isinstance(node.node, TextNode) and node.node.ref_doc_id == document]


def _put_together(parts: Sequence[TextNode], is_whole: bool) -> dict[int, WholeTable]:
    """The tables of a document by number."""
    found: dict[int, list[tuple[TextNode, Table]]] = defaultdict(list)
    for part in parts:
        for number, table in tables_in(part):
            found[number].append((part, table))
    return {number: _whole(slices, is_whole) for number, slices in found.items()}


def _whole(slices: Sequence[tuple[TextNode, Table]], is_whole: bool) -> WholeTable:
    places = [(part, row) for part, table in slices for row in table.rows]
    rows = [[_MARKUP.sub("", part.text[slice(*cell)]) if cell else "" for cell in row.cells] for part, row in places]
    part, table = slices[0]
    headings, before = _before(part, table.rows[0].start)
    around = [str(part.metadata.get(TITLE, "")), table.caption, *headings]
    grid = Grid(table.labels, rows, " ".join(around), f"{table.caption} {headings[-1]}")
    # What stands before a form may be another of its kind.
    return WholeTable(grid if grid.is_form else replace(grid, around=f"{grid.around} {before}"), is_whole, places)


def _before(node: TextNode, start: int) -> tuple[list[str], str]:
    """The headings that a place of a passage stands under, outermost first; and what stands between them and it."""
    text = node.text[:start]
    path: list[tuple[int, str]] = []
    behind = 0
    for span in sentence_spans(text, node.metadata.get(LANGUAGE)):
        if is_heading(node.text, span):
            heading = text[slice(*span)]
            # One without number signs is under those that have some.
            level = len(heading) - len(heading.lstrip("#")) or _LOWEST
            path = [(other, above) for other, above in path if other < level] + [(level, heading)]
            behind = span[1]
    section = str(node.metadata.get(SECTION) or "")
    return [heading for _, heading in path] or [section], text[behind:][-BEFORE:]
