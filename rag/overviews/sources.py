"""The documents of an index as what answers about whole documents are made of: names, sentences, headings."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache, partial
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from llama_index.core.schema import TextNode
from llama_index.core.vector_stores.types import MetadataFilters

from rag.answering.citations import Quote
from rag.answering.lists import is_item, without_marker
from rag.formats.markdown import FRONT_MATTER
from rag.metadata import LANGUAGE, TITLE
from rag.overviews.catalogue import Catalogue, plain_words
from rag.retrieval.passage import paths_over
from rag.retrieval.passage_tables import rows_in
from rag.store.document_info import DocumentInfo
from rag.store.index_contents import IndexContents, Ranking, Rows
from rag.store.index_store import IndexStore
from rag.text.headings import Heading
from rag.text.sentences import Span, quotable_spans, trim_marker
from rag.text.words import content_words

MOST_PASSAGES = 2_000
"""Of a document that is looked at whole; a longer one has no sentences here."""

MOST_SEARCHED = 300
"""Documents that are looked through; of more, those that the full-text index has for the words that are looked for."""

MOST_FOUND = 2_000
"""Passages that are taken from there."""

OPENING = 300
"""Characters of a document that say of which day it is."""

_KEPT = 64

Vectors = npt.NDArray[np.float32]


class DocumentSentence(NamedTuple):
    """A sentence, without the marker of an item, or a row of a table in a passage, under the titles of its headings.

    These are outermost first; the title of the document is none of them.
    """

    node: TextNode
    span: Span
    path: tuple[str, ...]
    is_row: bool
    is_item: bool

    @property
    def text(self) -> str:
        """The sentence."""
        return self.node.text[slice(*self.span)]

    @property
    def start(self) -> int:
        """Where it begins in the document's text."""
        return (self.node.start_char_idx or 0) + self.span[0]

    @property
    def quote(self) -> Quote:
        """It, to be cited."""
        return self.node, self.span


class Sources:
    """Documents of an index, those that meet `filters`: their names, and their sentences, the last ones kept."""

    def __init__(self, store: IndexStore, filters: MetadataFilters | None = None) -> None:
        self._store = store
        # What the store holds changes as a whole.
        self._among = among = lru_cache(1)(lambda contents: contents.matching(filters) if filters else None)
        # Not methods of its own, which would keep it, and what the store has open, until garbage is collected.
        self._catalogue = lru_cache(1)(partial(_catalogue, among))
        self._sentences = lru_cache(_KEPT)(partial(_sentences, among))
        self._words = lru_cache(_KEPT)(partial(_words, among))

    @property
    def contents(self) -> IndexContents:
        """What the index holds."""
        return self._store.contents

    @property
    def catalogue(self) -> Catalogue:
        """The names of the documents."""
        return self._catalogue(self.contents)

    def sentences(self, document: str) -> Sequence[DocumentSentence]:
        """The sentences and rows of a document in the order of its text; their passages have their vectors."""
        return self._sentences(self.contents, document)

    def words(self, document: str) -> frozenset[str]:
        """The words of a document's text and headings, as phrases are looked for in it."""
        return self._words(self.contents, document)

    def nearest(self, query: Vectors, count: int) -> Ranking:
        """The passages nearest to a unit vector, by row."""
        return self.contents.nearest(query, count, self._among(self.contents))

    def holding(self, phrase: str, documents: Sequence[DocumentInfo]) -> list[DocumentInfo]:
        """Of documents those that are looked through for the words of a phrase."""
        if len(documents) <= MOST_SEARCHED:
            return list(documents)
        among = self._among(self.contents)
        found = self.contents.search_words(list(dict.fromkeys(content_words(phrase))), MOST_FOUND, among)
        known = self.contents.documents_of(np.array([row for row, _ in found], dtype=np.int64))
        return [info for info in documents if (info.same_as or info.id) in known][:MOST_SEARCHED]

    def opening(self, document: str) -> str:
        """The first lines of a document, with its title."""
        nodes = self.contents.passages_of(self.contents.holder(document), MOST_PASSAGES)
        return nodes[0].text[:OPENING] if nodes else ""

    def beginning(self, document: str) -> Quote | None:
        """What opens a document: its title where that is its first line, else its first sentence."""
        sentences = self.sentences(document)
        if not sentences:
            return None
        node, span = sentences[0].quote
        line = node.text.lstrip("\n").partition("\n")[0]
        start = node.text.index(line)
        first = trim_marker(node.text, (start, start + len(line.rstrip())))
        return node, min(first, span) if first[0] < first[1] else span


Among = Callable[[IndexContents], Rows | None]
"""The passages that are looked at; None for all."""


def sentences_of(nodes: Iterable[TextNode]) -> list[DocumentSentence]:
    """The sentences and rows of passages."""
    return [sentence for node in nodes for sentence in _sentences_in(node)]


def _catalogue(among: Among, contents: IndexContents) -> Catalogue:
    rows = among(contents)
    documents = contents.documents()
    if rows is not None:
        known = contents.documents_of(rows)
        documents = [info for info in documents if (info.same_as or info.id) in known]
    return Catalogue(documents)


def _words(among: Among, contents: IndexContents, document: str) -> frozenset[str]:
    nodes = contents.passages_of(contents.holder(document), MOST_PASSAGES, among=among(contents))
    return frozenset[str]().union(*(plain_words(node.text) for node in nodes))


def _sentences(among: Among, contents: IndexContents, document: str) -> list[DocumentSentence]:
    return sentences_of(contents.passages_of(contents.holder(document), MOST_PASSAGES, True, among(contents)))


def _sentences_in(node: TextNode) -> Iterator[DocumentSentence]:
    rows = rows_in(node)
    # What a file says of itself is none of its text.
    matter = FRONT_MATTER.match(node.text) if node.start_char_idx == 0 else None
    spans = quotable_spans(node.text, node.metadata.get(LANGUAGE), rows)
    spans = [span for span in spans if not matter or span[0] >= matter.end()]
    trimmed = {trim_marker(node.text, row) for row in rows}
    for span, path in zip(spans, paths_over([start for start, _ in spans], node), strict=True):
        # A heading without marks is a sentence to those that look at a line alone.
        if not path or node.text[slice(*span)].strip() != path[-1].title:
            item = is_item(node.text, span)
            bare = without_marker(node.text, span) if item else span
            yield DocumentSentence(node, bare, _titles(path, node), span in trimmed, item)


def _titles(path: Sequence[Heading], node: TextNode) -> tuple[str, ...]:
    titles = [heading.title for heading in path]
    return tuple(titles[titles[:1] == [node.metadata.get(TITLE)] :])
