"""A change to an index in PostgreSQL: one transaction, which readers see the whole of or nothing."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace

import numpy as np
from llama_index.core.schema import BaseNode, Document, MetadataMode

from rag.errors import IndexFolderError
from rag.metadata import LANGUAGE, PAGE, SECTION, SHA256
from rag.models.unit_vectors import as_unit
from rag.store.heirs import heir_of
from rag.store.index_contents import Layout
from rag.store.manifest import FailedFile, Manifest
from rag.store.postgres.contents import PostgresContents
from rag.store.postgres.database import Database
from rag.store.postgres.postings import WordsWriter
from rag.store.postgres.session import Current, Transaction, current
from rag.store.postgres.tables import index_tables
from rag.store.postgres.words import Words
from rag.store.rows import integer, own_metadata, packed
from rag.text.languages import ENGLISH

EXACT_LIMIT = 20_000
"""Passages up to which all vectors are compared: docs/postgres.md has the measurement."""

LINKS, BUILT_AMONG = 24, 128
"""Of HNSW: links of a passage, and passages that they are chosen among; what they are worth stands there too."""

_TOLD_ANEW = 0.1
"""Part of the passages that changes before PostgreSQL is told anew how they are spread; a server does so by itself too,
some time later."""

_PASSAGE_TYPES = ("int8", "text", "int8", "int4", "int4", "int4", "text", "text", "text")
_HNSW = "vectors_hnsw"
_BUILD_MEMORY = "1GB"

_PUT_INDEX = """
INSERT INTO footnote.indexes VALUES (%s, %s, %s, %s, now())
ON CONFLICT (name) DO UPDATE SET schema = excluded.schema, generation = excluded.generation,
    manifest = excluded.manifest, changed = now()
"""


class Change:
    """The next state of an index, in the making: `contents` shows it at once, readers see it after `persist`.

    `before` is what the index has to be still, None where it may be whatever it is; `is_new` where what is put replaces
    all that it holds.
    """

    def __init__(self, database: Database, name: str, manifest: Manifest, before: Current | None, is_new: bool) -> None:
        self._name = name
        self._manifest = manifest
        self._next_document = self._next_passage = 0
        self._transaction = Transaction(database, name)
        try:
            self.schema = self._begin(before, is_new)
            self._transaction.look_into(self.schema)
            ((self._next_document, self._next_passage),) = self._transaction.fetch("SELECT * FROM counters")
        except BaseException:
            self.drop()
            raise
        self._words = WordsWriter(self._transaction)
        self._contents = _Contents(self._transaction, self._words)
        self._documents, self._passages = manifest.documents, manifest.passages
        self._failures = dict(manifest.failures)
        self._changed = 0
        self._is_new = self._has_changed = is_new

    @property
    def contents(self) -> PostgresContents:
        """What the index holds with the change."""
        return self._contents

    def put_document(self, document: Document, layout: Layout | None = None) -> None:
        """Store a document in place of the one with its id and its passages."""
        self.delete_document(document.node_id)
        layout = layout or Layout()
        sections = json.dumps([list(asdict(section).values()) for section in layout.sections], ensure_ascii=False)
        row = self._put_row(document, None, sections, len(document.text))
        self._transaction.put("texts", [(row, document.text)], ("int8", "text"))
        boxes = [(row, page, packed(boxes)) for page, boxes in (layout.boxes or {}).items()]
        self._transaction.put("boxes", boxes, ("int8", "int4", "bytea"))
        self._documents += 1

    def put_duplicate(self, document: Document, same_as: str) -> None:
        """Store that a document has the text of another, in place of the one with its id and its passages."""
        self.delete_document(document.node_id)
        self._put_row(document, same_as, None, None)

    def add(self, nodes: Sequence[BaseNode]) -> None:
        """Add nodes, each id once, with their embeddings, in place of those with their ids. Raises ValueError."""
        vectors = np.array([node.get_embedding() for node in nodes], dtype=np.float32)
        if vectors.shape[1] != self._manifest.dimension:
            raise ValueError(f"embeddings have {vectors.shape[1]} dimensions, the index {self._manifest.dimension}")
        vectors = as_unit(vectors)
        self._delete_passages("id = ANY(%s::text[])", [node.node_id for node in nodes])
        documents = self._document_rows(sorted({node.ref_doc_id or "" for node in nodes}))
        rows = range(self._next_passage, self._next_passage + len(nodes))
        self._next_passage += len(nodes)
        passages = [
            (
                row,
                node.node_id,
                documents[node.ref_doc_id or ""],
                getattr(node, "start_char_idx", None),
                getattr(node, "end_char_idx", None),
                integer(node.metadata.get(PAGE)),
                node.metadata.get(SECTION),
                node.get_content(),
                own_metadata(node),
            )
            for row, node in zip(rows, nodes, strict=True)
        ]
        self._transaction.put("passages", passages, _PASSAGE_TYPES)
        self._transaction.put("vectors", list(zip(rows, vectors, strict=True)), ("int8", "vector"))
        self._words.add(
            (row, node.get_content(MetadataMode.EMBED), str(node.metadata.get(LANGUAGE) or ENGLISH))
            for row, node in zip(rows, nodes, strict=True)
        )
        self._passages += len(nodes)
        self._changed += len(nodes)
        self._has_changed = True

    def delete_document(self, document_id: str) -> None:
        """Remove a document and its passages. Where others have the same text, the first of them becomes its holder.

        What was wrong with its file does not count any more.
        """
        self._failures.pop(document_id, None)
        found = self._transaction.fetch("SELECT row, characters FROM documents WHERE id = %s", (document_id,))
        if not found:
            return
        ((row, characters),) = found
        heir = heir_of(self._contents, document_id, self._contents.also)
        self._delete_passages("document = ANY(%s::bigint[])", [row])
        for table, column in (("texts", "document"), ("boxes", "document"), ("documents", "row")):
            self._transaction.execute(f"DELETE FROM {table} WHERE {column} = %s", (row,))
        self._documents -= characters is not None
        self._contents.forget_also()
        self._has_changed = True
        if heir:
            heir.take(self)

    def put_failures(self, failures: Mapping[str, FailedFile]) -> None:
        """Store which files could not be read, by path, in place of those stored before."""
        self._failures = dict(failures)

    def persist(self, on_progress: Callable[[str], None]) -> Manifest:
        """Make the change current. Its manifest, which is the one before where nothing changed."""
        if not self._has_changed and self._failures == self._manifest.failures:
            self.drop()
            return self._manifest
        on_progress("Finishing the full-text index")
        self._words.flush()
        transaction = self._transaction
        counters = self._next_document, self._next_passage
        transaction.execute("UPDATE counters SET next_document = %s, next_passage = %s", counters)
        self._build_hnsw(on_progress)
        on_progress("Writing the index")
        if self._changed > _TOLD_ANEW * self._passages:
            transaction.execute("ANALYZE documents, passages, vectors, postings")
        manifest = replace(
            self._manifest,
            generation=self._manifest.generation + 1,
            documents=self._documents,
            passages=self._passages,
            failures=self._failures,
        )
        if self._is_new:
            manifest = replace(manifest, generation=self._generation_before() + 1)
            retire = "INSERT INTO footnote.retired SELECT schema FROM footnote.indexes WHERE name = %s"
            transaction.execute(retire, (self._name,))
        transaction.execute(_PUT_INDEX, (self._name, self.schema, manifest.generation, manifest.text()))
        transaction.commit()
        return manifest

    def drop(self) -> None:
        """Forget the change."""
        self._transaction.close()

    def _begin(self, before: Current | None, is_new: bool) -> str:
        """The schema of the tables that are changed."""
        transaction = self._transaction
        if before is not None:
            with transaction.telling() as connection:
                now = current(connection, transaction.database, self._name)
            if now != before:
                raise IndexFolderError(f"the index {self._name!r} was changed by another program meanwhile. Try again.")
            if not is_new:
                return before.schema
        ((number,),) = transaction.fetch("SELECT nextval('footnote.schemas')")
        schema = f"footnote_{number}"
        transaction.execute(index_tables(schema, self._manifest.dimension))
        return schema

    def _generation_before(self) -> int:
        found = self._transaction.fetch("SELECT generation FROM footnote.indexes WHERE name = %s", (self._name,))
        return int(found[0][0]) if found else 0

    def _put_row(self, document: Document, same_as: str | None, sections: str | None, characters: int | None) -> int:
        row = self._next_document
        self._next_document += 1
        metadata = dict(document.metadata)
        sha256 = metadata.pop(SHA256, None)
        values = row, document.node_id, sha256, same_as, json.dumps(metadata, ensure_ascii=False), sections, characters
        self._transaction.execute("INSERT INTO documents VALUES (%s, %s, %s, %s, %s, %s, %s)", values)
        self._contents.forget_also()
        self._has_changed = True
        return row

    def _document_rows(self, names: Sequence[str]) -> dict[str, int]:
        """The rows of documents by id; those that are not there are at least named."""
        found = dict(
            self._transaction.fetch("SELECT id, row FROM documents WHERE id = ANY(%s::text[])", (list(names),))
        )
        for name in names:
            if name not in found:
                found[name] = self._put_row(Document(id_=name), None, None, None)
        return found

    def _delete_passages(self, where: str, values: Sequence[object]) -> None:
        deleted = self._transaction.execute(
            f"WITH gone AS (DELETE FROM passages WHERE {where} RETURNING row),"
            " bare AS (DELETE FROM vectors USING gone WHERE vectors.row = gone.row)"
            " INSERT INTO dead SELECT row FROM gone",
            (list(values),),
        )
        if deleted:
            self._passages -= deleted
            self._changed += deleted
            self._has_changed = True

    def _build_hnsw(self, on_progress: Callable[[str], None]) -> None:
        """Make the approximate index where it is missing and needed; PostgreSQL keeps it up from then on."""
        ((known,),) = self._transaction.fetch("SELECT to_regclass(%s) IS NOT NULL", (f"{self.schema}.{_HNSW}",))
        if known or self._passages <= EXACT_LIMIT:
            return
        on_progress("Building the approximate index")
        self._transaction.execute(f"SET LOCAL maintenance_work_mem = '{_BUILD_MEMORY}'")
        self._transaction.execute(
            f"CREATE INDEX {_HNSW} ON vectors USING hnsw (embedding vector_ip_ops)"
            f" WITH (m = {LINKS}, ef_construction = {BUILT_AMONG})"
        )


class _Contents(PostgresContents):
    """What an index holds with a change that goes on."""

    def __init__(self, transaction: Transaction, writer: WordsWriter) -> None:
        super().__init__(transaction)
        self._writer = writer

    def forget_also(self) -> None:
        """Have `also` looked up again."""
        self.__dict__.pop("also", None)

    @property
    def words(self) -> Words:
        """The full text, with what was added so far."""
        self._writer.flush()
        return Words(self._session)
