"""What an index in PostgreSQL holds: its documents and passages, and the two ways to rank passages."""

import json
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from llama_index.core.schema import Document, TextNode
from pgvector import Vector

from rag.formats.parsed_document import Boxes, Section
from rag.metadata import ALSO, LANGUAGE, SHA256, TITLE, add_metadata
from rag.store.conditions import Condition
from rag.store.document_info import DocumentInfo, document_info, with_holders
from rag.store.index_contents import FEW_ROWS, IndexContents, Layout, Ranking, Rows
from rag.store.postgres.conditions import PostgresDialect
from rag.store.postgres.session import Session
from rag.store.postgres.words import Words
from rag.store.rows import stored_node, unpacked

_PASSAGES = f"""
SELECT p.row, p.id, d.id, p.start, p."end", p.text, p.page, p.section, p.metadata::text,
    d.metadata ->> '{TITLE}', d.metadata ->> '{LANGUAGE}'
FROM passages p JOIN documents d ON d.row = p.document WHERE p.row = ANY(%s::bigint[])
"""


_NEAREST = "SELECT row, -(embedding <#> %s) FROM vectors ORDER BY embedding <#> %s{ties} LIMIT %s"

# Taken out first, or PostgreSQL might look for them by HNSW, which does not find all.
_NEAREST_AMONG = """
WITH chosen AS MATERIALIZED (SELECT row, embedding FROM vectors WHERE row = ANY(%s::bigint[]))
SELECT row, -(embedding <#> %s) FROM chosen ORDER BY embedding <#> %s, row LIMIT %s
"""


class PostgresContents(IndexContents):
    """Documents and passages of an index in PostgreSQL, as `session` sees it."""

    dialect = PostgresDialect()

    def __init__(self, session: Session) -> None:
        self._session = session

    @cached_property
    def words(self) -> Words:
        """Its full text."""
        return Words(self._session)

    @cached_property
    def _is_approximate(self) -> bool:
        """Whether there is an index of vectors, which an order by more than their distance would keep from use."""
        ((found,),) = self._session.fetch("SELECT to_regclass('vectors_hnsw') IS NOT NULL")
        return bool(found)

    @property
    def dead_passages(self) -> int:
        """Deleted passages that are still in the full-text index."""
        ((count,),) = self._session.fetch("SELECT count(*) FROM dead")
        return int(count)

    def fetch(self, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a statement over its tables. Raises IndexFolderError."""
        return self._session.fetch(statement, values)

    def close(self) -> None:
        """Nothing is open here; the session is closed by whoever opened it."""

    @cached_property
    def also(self) -> dict[str, list[str]]:
        """By id of a document, the ids of the others that have the same text, sorted."""
        found: dict[str, list[str]] = {}
        for same_as, document_id in self._session.fetch(
            "SELECT same_as, id FROM documents WHERE same_as IS NOT NULL ORDER BY id"
        ):
            found.setdefault(same_as, []).append(document_id)
        return found

    def document(self, document_id: str) -> Document | None:
        """The document with this id, or None."""
        found = self._session.fetch(
            "SELECT d.sha256, d.metadata::text, h.sha256, h.metadata::text, d.same_as, t.text FROM documents d"
            " JOIN documents h ON h.id = coalesce(d.same_as, d.id) JOIN texts t ON t.document = h.row WHERE d.id = %s",
            (document_id,),
        )
        if not found:
            return None
        sha256, metadata, holders_sha256, holders, same_as, text = found[0]
        own = _with_hash(metadata, sha256)
        return Document(
            id_=document_id, text=text, metadata=_with_hash(holders, holders_sha256) | own if same_as else own
        )

    def describe(self, document_id: str) -> Document | None:
        """Id and own metadata of a document, without the text that it has from another."""
        found = self._session.fetch(
            "SELECT d.sha256, d.metadata::text, t.text FROM documents d LEFT JOIN texts t ON t.document = d.row"
            " WHERE d.id = %s AND (d.characters IS NOT NULL OR d.same_as IS NOT NULL)",
            (document_id,),
        )
        if not found:
            return None
        sha256, metadata, text = found[0]
        return Document(id_=document_id, text=text or "", metadata=_with_hash(metadata, sha256))

    def holder(self, document_id: str) -> str:
        """The id under which the passages of a document are: its own, or that of one with the same text."""
        found = self._session.fetch("SELECT same_as FROM documents WHERE id = %s", (document_id,))
        return (found and found[0][0]) or document_id

    def sections(self, document_id: str) -> list[Section]:
        """Pages, slides, sheets and headings of a document, as ranges of its text."""
        found = self._session.fetch(
            "SELECT h.sections::text FROM documents d JOIN documents h ON h.id = coalesce(d.same_as, d.id)"
            " WHERE d.id = %s AND h.characters IS NOT NULL",
            (document_id,),
        )
        return [Section(*values) for values in json.loads((found and found[0][0]) or "[]")]

    def boxes(self, document_id: str, page: int) -> Boxes | None:
        """Where the characters of a page of a document stand; None where that is not known."""
        found = self._session.fetch(
            "SELECT b.boxes FROM documents d JOIN documents h ON h.id = coalesce(d.same_as, d.id)"
            " JOIN boxes b ON b.document = h.row WHERE d.id = %s AND b.page = %s",
            (document_id, page),
        )
        return unpacked(found[0][0]) if found else None

    def layout(self, document_id: str) -> Layout:
        """Sections and boxes of all pages of a document that has a text of its own."""
        found = self._session.fetch(
            "SELECT b.page, b.boxes FROM boxes b JOIN documents d ON d.row = b.document WHERE d.id = %s ORDER BY 1",
            (document_id,),
        )
        return Layout(self.sections(document_id), {page: unpacked(packed) for page, packed in found})

    def hashes(self) -> dict[str, tuple[str, str | None]]:
        """By id of a document, sha256 of its file and the id of the one whose text it has; sorted by id."""
        found = self._session.fetch(
            "SELECT id, sha256, same_as FROM documents WHERE characters IS NOT NULL OR same_as IS NOT NULL ORDER BY id"
        )
        return {document_id: (sha256 or "", same_as) for document_id, sha256, same_as in found}

    def documents(self) -> list[DocumentInfo]:
        """All documents, sorted by id."""
        found = self._session.fetch(
            "SELECT d.id, d.metadata::text, d.sections::text, d.characters, d.same_as, d.sha256, coalesce(p.count, 0)"
            " FROM documents d LEFT JOIN (SELECT document, count(*) FROM passages GROUP BY document) p"
            " ON p.document = d.row WHERE d.characters IS NOT NULL OR d.same_as IS NOT NULL"
        )
        return with_holders({row[0]: document_info(*row) for row in found})

    def rows(self) -> Rows:
        """All passages, in the order in which they were put."""
        return _rows(self._session.fetch("SELECT row FROM passages ORDER BY row"))

    def nodes(self, rows: Sequence[int], with_also: bool = True) -> dict[int, TextNode]:
        """Passages by row, with their embeddings; their metadata says which further documents have the same text."""
        nodes = self.plain_nodes(rows)
        found = self._session.fetch("SELECT row, embedding FROM vectors WHERE row = ANY(%s::bigint[])", (list(nodes),))
        for row, embedding in found:
            node = nodes[row]
            node.embedding = embedding.to_list()
            others = with_also and self.also.get(node.ref_doc_id or "")
            if others:
                add_metadata(node, {ALSO: others})
        return nodes

    def plain_nodes(self, rows: Sequence[int]) -> dict[int, TextNode]:
        """Passages by row, without their embeddings."""
        stored = {row: values for row, *values in self._session.fetch(_PASSAGES, (list(rows),))} if rows else {}
        return {row: stored_node(*stored[row]) for row in rows if row in stored}

    def passages_of(
        self, document_id: str, most: int, with_vectors: bool = False, among: Rows | None = None
    ) -> list[TextNode]:
        """The passages of a document, of those in the rows `among`, in the order of its text; none if over `most`."""
        rows = _rows(
            self._session.fetch(
                "SELECT p.row FROM passages p JOIN documents d ON d.row = p.document WHERE d.id = %s ORDER BY p.row",
                (document_id,),
            )
        )
        rows = rows if among is None else np.intersect1d(rows, among)
        nodes = {} if len(rows) > most else (self.nodes if with_vectors else self.plain_nodes)(rows.tolist())
        return sorted(nodes.values(), key=lambda node: node.start_char_idx or 0)

    def documents_of(self, rows: Rows) -> set[str]:
        """The ids of the documents that the passages in these rows are of."""
        found = self._session.fetch(
            "SELECT DISTINCT d.id FROM passages p JOIN documents d ON d.row = p.document"
            " WHERE p.row = ANY(%s::bigint[])",
            (rows.tolist(),),
        )
        return {document_id for (document_id,) in found}

    def _meeting(self, condition: Condition) -> Rows:
        return _rows(
            self._session.fetch(
                f"SELECT p.row FROM passages p JOIN documents d ON d.row = p.document WHERE {condition.sql}"
                " UNION SELECT p.row FROM documents d JOIN documents h ON h.id = d.same_as"
                f" JOIN passages p ON p.document = h.row WHERE {condition.sql} ORDER BY 1",
                (*condition.values, *condition.values),
            )
        )

    def nearest(self, query: npt.NDArray[np.float32], count: int, among: Rows | None = None) -> Ranking:
        """The passages nearest to a unit vector, float32 [dimension]; of few rows `among`, exactly."""
        vector = Vector(query)
        if among is not None and len(among) <= FEW_ROWS:
            return self._ranked(_NEAREST_AMONG, (among.tolist(), vector, vector, count))
        # HNSW finds by distance alone.
        statement = _NEAREST.format(ties="" if self._is_approximate else ", row")
        wanted = None if among is None else set(among.tolist())
        sought = count
        while True:
            found = self._ranked(statement, (vector, vector, sought))
            kept = found if wanted is None else [(row, score) for row, score in found if row in wanted]
            if len(kept) >= count or len(found) < sought:
                return kept[:count]
            sought *= 4

    def search_words(self, words: Sequence[str], count: int, among: Rows | None = None) -> Ranking:
        """The passages with the highest BM25 for `words`, of those in the rows `among`."""
        return self.words.search(words, count, among)

    def _ranked(self, statement: str, values: Sequence[Any]) -> Ranking:
        found = self._session.fetch(statement, values)
        return sorted(((int(row), float(score)) for row, score in found), key=lambda pair: (-pair[1], pair[0]))


def _rows(found: Sequence[tuple[Any, ...]]) -> Rows:
    return np.array([row for (row,) in found], dtype=np.int64)


def _with_hash(metadata: str, sha256: str | None) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(metadata)
    return found | ({SHA256: sha256} if sha256 else {})
