"""Tables put together from the passages that hold parts of them."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from llama_index.core.schema import NodeWithScore, TextNode

from rag.answering.table_question import Grid
from rag.formats.parsed_document import Row, Table
from rag.metadata import HEADED, LANGUAGE, SECTION, TITLE
from rag.retrieval.passage import paths_over
from rag.retrieval.passage_tables import tables_in
from rag.store.index_contents import IndexContents
from rag.store.index_store import IndexStore
from rag.text.sentences import is_heading, sentence_spans

MOST_PASSAGES = 400
"""Of a document whose tables are read whole; of a longer one, the rows that were retrieved are."""

_KEPT = 8

BEFORE = 300
"""Characters before a table that are taken to be about it."""

_MARKUP = re.compile(r"\*\*|__|`")


@dataclass(frozen=True, slots=True)
class WholeTable:
    """A table, and passage and place of each of its rows; whether it has all of them."""

    grid: Grid
    is_whole: bool
    places: list[tuple[TextNode, Row]]


TablesOf = Callable[[str], Mapping[int, WholeTable]]
"""The tables of a document by number, whole; none where they are too many rows to be read at once."""


def tables_in_store(store: IndexStore) -> TablesOf:
    """The tables of documents of at most MOST_PASSAGES passages; those of the last few documents are kept."""

    @lru_cache(_KEPT)
    def of(contents: IndexContents, document: str) -> Mapping[int, WholeTable]:
        return tables_of_passages(contents.passages_of(document, MOST_PASSAGES), is_whole=True)

    # What the store holds changes as a whole.
    return lambda document: of(store.contents, document)


def whole_tables(nodes: Sequence[NodeWithScore], tables_of: TablesOf) -> Iterator[WholeTable]:
    """The tables that `nodes` hold parts of, best node first, with all their rows where these are to be had."""
    documents: dict[str, Mapping[int, WholeTable]] = {}
    seen: set[tuple[str, int]] = set()
    for node in nodes:
        document = node.node.ref_doc_id or ""
        for number, _ in tables_in(node.node):
            if (document, number) in seen:
                continue
            seen.add((document, number))
            if document not in documents:
                documents[document] = tables_of(document) or tables_of_passages(_of(nodes, document), is_whole=False)
            if table := documents[document].get(number):
                yield table


def _of(nodes: Sequence[NodeWithScore], document: str) -> list[TextNode]:
    parts = [node.node for node in nodes if isinstance(node.node, TextNode) and node.node.ref_doc_id == document]
    return sorted(parts, key=lambda part: part.start_char_idx or 0)


def tables_of_passages(parts: Sequence[TextNode], is_whole: bool) -> dict[int, WholeTable]:
    """The tables of a document's passages, in their order, by number; `is_whole` where these are all of them."""
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
    title = str(part.metadata.get(TITLE, ""))
    around = " ".join([title, table.caption, *headings])
    grid = Grid(table.labels, rows, around, f"{table.caption} {headings[-1]}", table.caption, title)
    # What stands before a form may be another of its kind.
    return WholeTable(grid if grid.is_form else replace(grid, around=f"{grid.around} {before}"), is_whole, places)


def _before(node: TextNode, start: int) -> tuple[list[str], str]:
    """The headings that a place of a passage stands under, outermost first; and what stands between them and it."""
    text = node.text[:start]
    (path,) = paths_over([start], node)
    titles = [heading.title for heading in path] or [section for section in [node.metadata.get(SECTION)] if section]
    under = max((place for place, _, _ in node.metadata.get(HEADED, ()) if place <= start), default=0)
    behind = 0
    for span in sentence_spans(text, node.metadata.get(LANGUAGE)):
        if is_heading(node.text, span):
            said = text[slice(*span)].lstrip("# ")
            # A line that heads the table alone is no heading of the document.
            titles += [said] if span[0] > under and said not in titles else []
            behind = span[1]
    return titles or [""], text[behind:][-BEFORE:]
