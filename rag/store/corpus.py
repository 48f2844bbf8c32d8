"""corpus-N.sqlite: the documents and passages of one segment."""

import json
import sqlite3
import weakref
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from llama_index.core.schema import BaseNode, Document, TextNode

from rag.formats.parsed_document import Boxes, Section
from rag.metadata import LANGUAGE, PAGE, SECTION, SHA256, TITLE
from rag.store.conditions import Condition
from rag.store.document_info import DocumentInfo, document_info
from rag.store.index_contents import Layout
from rag.store.rows import integer, own_metadata, packed, stored_node, unpacked

_SCHEMA = """
CREATE TABLE documents (
    row INTEGER PRIMARY KEY,
    id TEXT NOT NULL,
    sha256 TEXT,
    same_as TEXT,
    metadata TEXT NOT NULL,
    sections TEXT,
    characters INTEGER
);
CREATE INDEX documents_by_id ON documents (id);
CREATE INDEX same_documents ON documents (same_as) WHERE same_as IS NOT NULL;
CREATE TABLE texts (
    document INTEGER PRIMARY KEY,
    text TEXT NOT NULL
);
CREATE TABLE passages (
    row INTEGER PRIMARY KEY,
    id TEXT NOT NULL,
    document INTEGER NOT NULL,
    start INTEGER,
    "end" INTEGER,
    page INTEGER,
    section TEXT,
    text TEXT NOT NULL,
    metadata TEXT
);
CREATE INDEX passages_by_id ON passages (id);
CREATE INDEX passages_by_document ON passages (document);
CREATE TABLE boxes (
    document INTEGER NOT NULL,
    page INTEGER NOT NULL,
    boxes BLOB NOT NULL,
    PRIMARY KEY (document, page)
) WITHOUT ROWID;
"""
"""`row` counts through all segments of an index. A document without `characters` is known by its passages alone, or has
the text of another (`same_as`). `boxes` are zlib-compressed Boxes of a page."""

# sqlite3's limit on the placeholders of one statement is higher everywhere since 2020.
_MOST_PLACEHOLDERS = 30_000


class Corpus:
    """The SQLite side of a segment. A finished one is never changed."""

    def __init__(self, file: Path, writable: bool = False) -> None:
        self.file = file
        # A file that nobody changes needs no locks, and one that is not current until it is synced no journal.
        mode = "mode=rwc" if writable else "mode=ro&immutable=1"
        # Python's sqlite3 is built in serialised mode, so the threads of a server may share the connection.
        self.connection = sqlite3.connect(f"{file.resolve().as_uri()}?{mode}", uri=True, check_same_thread=False)
        # Python 3.13 warns of a connection that is dropped and not closed, as that of a dropped store is.
        weakref.finalize(self, self.connection.close)
        self.connection.create_function("casefold", 1, _casefold, deterministic=True)
        if not writable:
            self.connection.execute("SELECT count(*) FROM sqlite_master").fetchone()

    @classmethod
    def create(cls, file: Path) -> "Corpus":
        """A new, empty corpus in `file`, to be written and finished."""
        corpus = cls(file, writable=True)
        corpus.connection.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;" + _SCHEMA)
        return corpus

    def put_document(self, row: int, document: Document, same_as: str | None = None) -> None:
        """Store the text that citations of `document` point into, in place of what stands in `row`.

        Where it is `same_as` another, the text is that one's.
        """
        metadata = dict(document.metadata)
        self.connection.execute(
            "INSERT OR REPLACE INTO documents (row, id, sha256, same_as, metadata, characters)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (
                row,
                document.node_id,
                metadata.pop(SHA256, None),
                same_as,
                json.dumps(metadata, ensure_ascii=False),
                None if same_as else len(document.text),
            ),
        )
        if same_as is None:
            self.connection.execute("INSERT OR REPLACE INTO texts VALUES (?, ?)", (row, document.text))

    def put_layout(self, row: int, layout: Layout) -> None:
        """Store where the parts of the document in `row` lie."""
        sections = json.dumps([list(asdict(section).values()) for section in layout.sections], ensure_ascii=False)
        self.connection.execute("UPDATE documents SET sections = ? WHERE row = ?", (sections, row))
        self.connection.executemany(
            "INSERT OR REPLACE INTO boxes VALUES (?, ?, ?)",
            ((row, page, packed(boxes)) for page, boxes in (layout.boxes or {}).items()),
        )

    def put_name(self, row: int, document_id: str) -> None:
        """Make a document known by its id alone."""
        self.connection.execute("INSERT INTO documents (row, id, metadata) VALUES (?, ?, '{}')", (row, document_id))

    def rows_of(self, document_id: str) -> list[int]:
        """The rows that a document has in this segment, deleted ones included."""
        return [row for (row,) in self.connection.execute("SELECT row FROM documents WHERE id = ?", (document_id,))]

    def document(self, row: int) -> tuple[Document | None, str | None]:
        """A document by row, None where it is known by its passages alone; and the id of the one whose text it has."""
        document_id, sha256, same_as, metadata, characters, text = self.connection.execute(
            "SELECT id, sha256, same_as, metadata, characters, text FROM documents LEFT JOIN texts ON document = row"
            " WHERE row = ?",
            (row,),
        ).fetchone()
        if characters is None and same_as is None:
            return None, None
        metadata = json.loads(metadata) | ({SHA256: sha256} if sha256 else {})
        return Document(id_=document_id, text=text or "", metadata=metadata), same_as

    def has_text(self, row: int) -> bool:
        """Whether a document has a text of its own."""
        (characters,) = self.connection.execute("SELECT characters FROM documents WHERE row = ?", (row,)).fetchone()
        return characters is not None

    def same_as(self, row: int) -> str | None:
        """The id of the document whose text this one has."""
        (found,) = self.connection.execute("SELECT same_as FROM documents WHERE row = ?", (row,)).fetchone()
        return found and str(found)

    def aliases(self) -> Iterator[tuple[int, str, str]]:
        """Row, id and `same_as` of the documents that have the text of another."""
        yield from self.connection.execute("SELECT row, id, same_as FROM documents WHERE same_as IS NOT NULL")

    def metadata(self, row: int) -> str:
        """The metadata of a document, as JSON."""
        (found,) = self.connection.execute("SELECT metadata FROM documents WHERE row = ?", (row,)).fetchone()
        return str(found)

    def sections(self, row: int) -> list[Section]:
        """The sections of the document in `row`."""
        (found,) = self.connection.execute("SELECT sections FROM documents WHERE row = ?", (row,)).fetchone()
        return [Section(*values) for values in json.loads(found or "[]")]

    def boxes(self, row: int, page: int) -> Boxes | None:
        """The boxes of the characters of a page of the document in `row`; None where it has none."""
        found = self.connection.execute(
            "SELECT boxes FROM boxes WHERE document = ? AND page = ?", (row, page)
        ).fetchone()
        return unpacked(found[0]) if found else None

    def all_boxes(self, row: int) -> dict[int, Boxes]:
        """The boxes of all pages of the document in `row`."""
        found = self.connection.execute("SELECT page, boxes FROM boxes WHERE document = ?", (row,))
        return {page: unpacked(packed) for page, packed in found}

    def hashes(self) -> Iterator[tuple[int, str, str | None, str | None]]:
        """Row, id, sha256 and `same_as` of all documents that are more than a name."""
        yield from self.connection.execute(
            "SELECT row, id, sha256, same_as FROM documents WHERE coalesce(characters, same_as) IS NOT NULL"
        )

    def infos(self) -> Iterator[tuple[int, DocumentInfo]]:
        """Row and description of all documents that are more than a name."""
        for row, *values in self.connection.execute(
            "SELECT row, id, metadata, sections, characters, same_as, sha256,"
            " (SELECT count(*) FROM passages WHERE document = documents.row)"
            " FROM documents WHERE coalesce(characters, same_as) IS NOT NULL"
        ):
            yield row, document_info(*values)

    def add_passages(self, first_row: int, nodes: Sequence[BaseNode], documents: Sequence[int]) -> None:
        """Store nodes whose ids are new in rows from `first_row` on; `documents` are the rows of theirs."""
        self.connection.executemany(
            "INSERT INTO passages VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (
                    row,
                    node.node_id,
                    document,
                    getattr(node, "start_char_idx", None),
                    getattr(node, "end_char_idx", None),
                    integer(node.metadata.get(PAGE)),
                    node.metadata.get(SECTION),
                    node.get_content(),
                    own_metadata(node),
                )
                for row, (node, document) in enumerate(zip(nodes, documents, strict=True), first_row)
            ),
        )

    def passage_rows(self, ids: Sequence[str]) -> list[int]:
        """Rows of the passages with these ids that this segment holds."""
        return [row for (row,) in self._each("SELECT row FROM passages WHERE id", ids)]

    def passages_of(self, document_rows: Sequence[int]) -> list[int]:
        """Rows of the passages of documents."""
        return [row for (row,) in self._each("SELECT row FROM passages WHERE document", document_rows)]

    def documents_of(self, rows: Sequence[int]) -> set[str]:
        """Ids of the documents of passages."""
        statement = "SELECT DISTINCT d.id FROM passages p JOIN documents d ON d.row = p.document WHERE p.row"
        return {document_id for (document_id,) in self._each(statement, rows)}

    def nodes(self, rows: Sequence[int]) -> dict[int, TextNode]:
        """Passages by row."""
        statement = (
            'SELECT p.row, p.id, d.id, p.start, p."end", p.text, p.page, p.section, p.metadata,'
            f" json_extract(d.metadata, '$.{TITLE}'), json_extract(d.metadata, '$.{LANGUAGE}')"
            " FROM passages p JOIN documents d ON d.row = p.document WHERE p.row"
        )
        return {found[0]: stored_node(*found[1:]) for found in self._each(statement, rows)}

    def texts(self) -> Iterator[tuple[int, int, str, int | None, int | None, str]]:
        """Row, document, id, start, end and text of all passages, in order of row."""
        yield from self.connection.execute('SELECT row, document, id, start, "end", text FROM passages ORDER BY row')

    def matching(self, condition: Condition, aliases: Sequence[tuple[int, str, str]] = ()) -> list[int]:
        """Rows of the passages that meet `condition`, by their own document or by one that has the same text.

        Of such a one, `aliases` has the row of the document that holds the text, and its own id and metadata (JSON).
        """
        rows = [
            row
            for (row,) in self.connection.execute(
                f"SELECT p.row FROM documents d CROSS JOIN passages p ON p.document = d.row WHERE {condition.sql}",
                condition.values,
            )
        ]
        for holder, document_id, metadata in aliases:
            statement = (
                "SELECT p.row FROM (SELECT ? AS id, ? AS metadata) d, passages p WHERE p.document = ?"
                f" AND ({condition.sql})"
            )
            found = self.connection.execute(statement, (document_id, metadata, holder, *condition.values))
            rows += [row for (row,) in found]
        return rows

    def copy_from(self, other: Path, dead_documents: Sequence[int], dead_passages: Sequence[int]) -> None:
        """Take over what another segment holds, without the rows that are dead."""
        self.connection.execute("ATTACH ? AS other", (str(other),))
        self.connection.executescript(
            "CREATE TEMP TABLE IF NOT EXISTS dead (kind TEXT, row INTEGER, PRIMARY KEY (kind, row)) WITHOUT ROWID;"
            "DELETE FROM dead;"
        )
        for kind, rows in (("document", dead_documents), ("passage", dead_passages)):
            self.connection.executemany("INSERT INTO dead VALUES (?, ?)", ((kind, int(row)) for row in rows))
        alive = "NOT IN (SELECT row FROM dead WHERE kind = '{}')"
        for table, column, kind in (
            ("documents", "row", "document"),
            ("passages", "row", "passage"),
            ("texts", "document", "document"),
            ("boxes", "document", "document"),
        ):
            self.connection.execute(
                f"INSERT INTO main.{table} SELECT * FROM other.{table} WHERE {column} {alive.format(kind)}"
            )
        self.connection.commit()
        self.connection.execute("DETACH other")

    def finish(self) -> None:
        """End writing, and open the file for reading."""
        self.connection.commit()
        self.connection.close()
        self.__init__(self.file)  # type: ignore[misc]

    def close(self) -> None:
        """Close the file."""
        self.connection.close()

    def _each(self, statement: str, values: Sequence[int] | Sequence[str]) -> Iterable[tuple[Any, ...]]:
        """Rows of `statement` whose last column named is one of `values`."""
        for first in range(0, len(values), _MOST_PLACEHOLDERS):
            some = values[first : first + _MOST_PLACEHOLDERS]
            yield from self.connection.execute(f"{statement} IN ({','.join('?' * len(some))})", some)


def _casefold(value: object) -> str | None:
    return None if value is None else str(value).casefold()
