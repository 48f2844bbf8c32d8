"""What an index in a folder holds, open for reading: its segments, its full-text and its approximate index."""

import os
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from llama_index.core.schema import Document, TextNode

from rag.formats.parsed_document import Boxes, Section
from rag.metadata import ALSO, add_metadata
from rag.store.conditions import Condition
from rag.store.document_info import DocumentInfo, with_holders
from rag.store.faiss_flat import FaissIndex, Matrix, Selector, open_mapped, search, selected
from rag.store.faiss_ivf import nearest_approximately
from rag.store.fulltext import LexicalIndex
from rag.store.index_contents import FEW_ROWS, IndexContents, Layout, Ranking, Rows
from rag.store.manifest import AnnInfo, Manifest
from rag.store.segment import OpenSegment
from rag.store.sqlite_conditions import SqliteDialect


class FolderContents(IndexContents):
    """Documents and passages of an index in a folder: a row counts through all of its segments."""

    dialect = SqliteDialect()

    def __init__(
        self, segments: list[OpenSegment], words: LexicalIndex | None, ann: tuple[FaissIndex, AnnInfo] | None
    ) -> None:
        self.segments = segments
        self.words = words
        self.ann = ann
        self._alive: Selector | None = None
        self._alive_of = 0, 0

    @classmethod
    def open(cls, folder: Path, manifest: Manifest) -> "FolderContents":
        """What `manifest` names. Raises what SQLite, FAISS, tantivy and NumPy raise for damaged files.

        Raises FileNotFoundError, too, where a file went while the others were opened.
        """
        segments = [OpenSegment.open(folder, info) for info in manifest.segments]
        if manifest.deleted_file:
            with np.load(folder / manifest.deleted_file) as deleted:
                documents, passages = deleted["documents"].tolist(), deleted["passages"].tolist()
            for segment in segments:
                info = segment.info
                segment.dead_documents = {r for r in documents if info.first_document <= r < info.next_document}
                segment.dead_passages = {r for r in passages if info.first_passage <= r < info.next_passage}
        words = LexicalIndex.open(folder / manifest.words_folder) if manifest.words_folder else None
        ann = None
        if manifest.ann:
            ann = open_mapped(folder / manifest.ann.file), manifest.ann
        contents = cls(segments, words, ann)
        # tantivy takes a file that is missing for one that is not needed, and fails when it is searched.
        for name in manifest.files:
            if not os.path.exists(folder / name):
                contents.close()
                raise FileNotFoundError(f"{name} is not there")
        return contents

    def close(self) -> None:
        """Close the files."""
        for segment in self.segments:
            segment.corpus.close()

    @cached_property
    def also(self) -> dict[str, list[str]]:
        """By id of a document, the ids of the others that have the same text, sorted."""
        found: dict[str, list[str]] = {}
        for segment in self.segments:
            for row, document_id, same_as in segment.corpus.aliases():
                if row not in segment.dead_documents:
                    found.setdefault(same_as, []).append(document_id)
        return {document_id: sorted(others) for document_id, others in found.items()}

    def forget_also(self) -> None:
        """Have `also` looked up again, after a change."""
        self.__dict__.pop("also", None)

    def places(self, document_id: str) -> Iterator[tuple[OpenSegment, int]]:
        """Segment and row of a document wherever it is not deleted, latest first."""
        for segment in reversed(self.segments):
            for row in segment.corpus.rows_of(document_id):
                if row not in segment.dead_documents:
                    yield segment, row

    def find(self, document_id: str) -> tuple[OpenSegment, int, Document] | None:
        """The document with this id and where its text lies; None where there is none."""
        for segment, row in self.places(document_id):
            document, same_as = segment.corpus.document(row)
            if document is None:
                continue
            if same_as is None:
                return segment, row, document
            holder = self.find(same_as)
            if holder:
                return (
                    holder[0],
                    holder[1],
                    Document(id_=document_id, text=holder[2].text, metadata=holder[2].metadata | document.metadata),
                )
        return None

    def document(self, document_id: str) -> Document | None:
        """The document with this id, or None."""
        found = self.find(document_id)
        return found and found[2]

    def describe(self, document_id: str) -> Document | None:
        """Id and own metadata of a document, without the text that it has from another."""
        for segment, row in self.places(document_id):
            return segment.corpus.document(row)[0]
        return None

    def holder(self, document_id: str) -> str:
        """The id under which the passages of a document are: its own, or that of one with the same text."""
        for segment, row in self.places(document_id):
            return segment.corpus.same_as(row) or document_id
        return document_id

    def sections(self, document_id: str) -> list[Section]:
        """Pages, slides, sheets and headings of a document, as ranges of its text."""
        place = self._text_place(document_id)
        return place[0].corpus.sections(place[1]) if place else []

    def boxes(self, document_id: str, page: int) -> Boxes | None:
        """Where the characters of a page of a document stand; None where that is not known."""
        place = self._text_place(document_id)
        return place[0].corpus.boxes(place[1], page) if place else None

    def layout(self, document_id: str) -> Layout:
        """Sections and boxes of all pages of a document that has a text of its own."""
        place = self._text_place(document_id)
        return Layout(place[0].corpus.sections(place[1]), place[0].corpus.all_boxes(place[1])) if place else Layout()

    def _text_place(self, document_id: str) -> tuple[OpenSegment, int] | None:
        """Segment and row of a document's text, without reading it."""
        holder = self.holder(document_id)
        return next(((segment, row) for segment, row in self.places(holder) if segment.corpus.has_text(row)), None)

    def hashes(self) -> dict[str, tuple[str, str | None]]:
        """By id of a document, sha256 of its file and the id of the one whose text it has; sorted by id."""
        return {
            document_id: (sha256 or "", same_as)
            for document_id, sha256, same_as in sorted(
                (document_id, sha256, same_as)
                for segment in self.segments
                for row, document_id, sha256, same_as in segment.corpus.hashes()
                if row not in segment.dead_documents
            )
        }

    def documents(self) -> list[DocumentInfo]:
        """All documents, sorted by id."""
        own = {
            info.id: info
            for segment in self.segments
            for row, info in segment.corpus.infos()
            if row not in segment.dead_documents
        }
        return with_holders(own)

    def rows(self) -> Rows:
        """All passages, in the order in which they were put."""
        alive = [segment.info.first_passage + np.flatnonzero(segment.alive()) for segment in self.segments]
        return np.concatenate([np.empty(0, dtype=np.int64), *alive])

    def nodes(self, rows: Sequence[int], with_also: bool = True) -> dict[int, TextNode]:
        """Passages by row, with their embeddings; their metadata says which further documents have the same text."""
        found: dict[int, TextNode] = {}
        for segment, some in self._by_segment(rows):
            nodes = segment.corpus.nodes(some)
            vectors = segment.vectors[[row - segment.info.first_passage for row in nodes]].tolist()
            for (row, node), vector in zip(nodes.items(), vectors, strict=True):
                node.embedding = vector
                others = with_also and self.also.get(node.ref_doc_id or "")
                if others:
                    add_metadata(node, {ALSO: others})
                found[row] = node
        return found

    def passages_of(
        self, document_id: str, most: int, with_vectors: bool = False, among: Rows | None = None
    ) -> list[TextNode]:
        """The passages of a document, of those in the rows `among`, in the order of its text; none if over `most`."""
        for segment, row in self.places(document_id):
            rows = [found for found in segment.corpus.passages_of([row]) if found not in segment.dead_passages]
            rows = rows if among is None else np.intersect1d(rows, among).tolist()
            nodes = {} if len(rows) > most else self.nodes(rows) if with_vectors else segment.corpus.nodes(rows)
            return sorted(nodes.values(), key=lambda node: node.start_char_idx or 0)
        return []

    def documents_of(self, rows: Rows) -> set[str]:
        """The ids of the documents that the passages in these rows are of."""
        by_segment = self._by_segment(rows.tolist())
        return {document_id for segment, some in by_segment for document_id in segment.corpus.documents_of(some)}

    def _meeting(self, condition: Condition) -> Rows:
        rows: list[int] = []
        for segment in self.segments:
            found = segment.corpus.matching(condition, self._aliases_of(segment))
            rows += [row for row in found if row not in segment.dead_passages]
        return np.unique(np.array(rows, dtype=np.int64))

    def nearest(self, query: Matrix, count: int, among: Rows | None = None) -> Ranking:
        """The passages nearest to a unit vector, float32 [dimension]; of those in the rows `among`, exactly."""
        if among is not None and len(among) <= FEW_ROWS:
            return _best(self._exactly(query, among), count)
        found: Ranking = []
        covered = 0
        if self.ann and among is None:
            index, info = self.ann
            covered = info.rows
            candidates = nearest_approximately(index, info, query, count, self._alive_under(covered))
            found += self._exactly(query, np.array(sorted(candidates), dtype=np.int64))
        for segment in self.segments:
            first = segment.info.first_passage
            if first < covered:
                continue
            mask = segment.alive() if segment.dead_passages else None
            if among is not None:
                mask = np.zeros(segment.info.passages, dtype=np.bool_)
                mask[among[(among >= first) & (among < segment.info.next_passage)] - first] = True
            only = None if mask is None else selected(mask)
            found += [(first + number, score) for number, score in search(segment.flat, query, count, only)]
        return _best(found, count)

    def search_words(self, words: Sequence[str], count: int, among: Rows | None = None) -> Ranking:
        """The passages with the highest BM25 for `words`, of those in the rows `among`."""
        if self.words is None:
            return []
        if among is None or len(among) <= FEW_ROWS:
            return self.words.search(words, count, None if among is None else among.tolist())
        wanted = set(among.tolist())
        sought = 4 * count
        while True:
            found = self.words.search(words, sought)
            kept = [(row, score) for row, score in found if row in wanted]
            if len(kept) >= count or len(found) < sought:
                return kept[:count]
            sought *= 4

    def _alive_under(self, rows: int) -> Selector | None:
        """The passages of rows under `rows` that are not deleted; None where none is."""
        segments = [segment for segment in self.segments if segment.info.first_passage < rows]
        dead = sum(len(segment.dead_passages) for segment in segments)
        # Of ten million passages it takes longer to make than a question does. What is deleted stays so.
        if (rows, dead) != self._alive_of:
            self._alive = selected(np.concatenate([s.alive() for s in segments])[:rows]) if dead else None
            self._alive_of = rows, dead
        return self._alive

    def _exactly(self, query: Matrix, rows: Rows) -> Ranking:
        """Inner products of the passages in `rows`, sorted, with `query`."""
        found: Ranking = []
        for segment in self.segments:
            some = rows[(rows >= segment.info.first_passage) & (rows < segment.info.next_passage)]
            if len(some):
                scores = segment.vectors[some - segment.info.first_passage] @ query
                found += zip(some.tolist(), scores.tolist(), strict=True)
        return found

    def _aliases_of(self, segment: OpenSegment) -> list[tuple[int, str, str]]:
        """Of the documents that have the text of one in `segment`: that one's row, their id and metadata."""
        found = []
        for holder, others in self.also.items():
            rows = [row for row in segment.corpus.rows_of(holder) if row not in segment.dead_documents]
            for other in others if rows else []:
                place, row = next(self.places(other))
                found += [(holder_row, other, place.corpus.metadata(row)) for holder_row in rows]
        return found

    def _by_segment(self, rows: Sequence[int]) -> Iterator[tuple[OpenSegment, list[int]]]:
        for segment in self.segments:
            some = [row for row in rows if segment.info.first_passage <= row < segment.info.next_passage]
            if some:
                yield segment, some


def _best(found: Ranking, count: int) -> Ranking:
    return sorted(found, key=lambda pair: (-pair[1], pair[0]))[:count]
