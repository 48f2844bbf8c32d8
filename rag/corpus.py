"""corpus.sqlite: documents, passages and the full-text index over the passages."""

import json
import sqlite3
from collections.abc import Iterable
from pathlib import Path

from llama_index.core.schema import BaseNode, Document, NodeRelationship, RelatedNodeInfo, TextNode

_SCHEMA = """
CREATE TABLE documents (
    id TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    text TEXT NOT NULL
);
CREATE TABLE passages (
    row INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    document TEXT NOT NULL,
    start INTEGER,
    "end" INTEGER,
    text TEXT NOT NULL,
    metadata TEXT NOT NULL
);
CREATE INDEX passages_by_document ON passages (document);
CREATE VIRTUAL TABLE words USING fts5 (
    text, content = 'passages', content_rowid = 'row', tokenize = "porter unicode61 remove_diacritics 2"
);
CREATE TRIGGER passage_added AFTER INSERT ON passages BEGIN
    INSERT INTO words (rowid, text) VALUES (new.row, new.text);
END;
CREATE TRIGGER passage_removed AFTER DELETE ON passages BEGIN
    INSERT INTO words (words, rowid, text) VALUES ('delete', old.row, old.text);
END;
"""

_PASSAGE = 'SELECT row, id, document, start, "end", text, metadata FROM passages'

# What LlamaIndex needs to show the same text of a node to a model again.
_METADATA_KEYS = ["metadata", "excluded_embed_metadata_keys", "excluded_llm_metadata_keys"]

# sqlite3's limit on the placeholders of one statement is higher everywhere since 2020.
_MOST_PLACEHOLDERS = 30_000


class Corpus:
    """The SQLite side of an index; `row` of a passage is also the id of its vector."""

    def __init__(self, file: Path, writable: bool = False) -> None:
        mode = "rwc" if writable else "ro"
        # Python's sqlite3 is built in serialised mode, so the threads of a server may share the connection.
        self.connection = sqlite3.connect(f"{file.resolve().as_uri()}?mode={mode}", uri=True, check_same_thread=False)

    @classmethod
    def create(cls, file: Path) -> "Corpus":
        """A new, empty corpus in `file`."""
        corpus = cls(file, writable=True)
        corpus.connection.executescript(_SCHEMA)
        return corpus

    def copy_to(self, file: Path) -> "Corpus":
        """A writable copy of this corpus in `file`."""
        copy = Corpus(file, writable=True)
        self.connection.backup(copy.connection)
        return copy

    def put_document(self, document: Document) -> None:
        """Store the text that citations of `document` point into."""
        self.connection.execute(
            "INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?)",
            (document.node_id, document.metadata["title"], document.metadata["sha256"], document.text),
        )

    def get_document(self, document_id: str) -> Document | None:
        """The document with this id, or None."""
        row = self.connection.execute(
            "SELECT id, title, sha256, text FROM documents WHERE id = ?", (document_id,)
        ).fetchone()
        return row and Document(id_=row[0], text=row[3], metadata={"title": row[1], "sha256": row[2]})

    def document_hashes(self) -> dict[str, str]:
        """Document id to sha256 of its file, sorted by id."""
        return dict(self.connection.execute("SELECT id, sha256 FROM documents ORDER BY id"))

    def count(self) -> tuple[int, int]:
        """Numbers of documents and passages."""
        counts: tuple[int, int] = self.connection.execute(
            "SELECT (SELECT count(*) FROM documents), (SELECT count(*) FROM passages)"
        ).fetchone()
        return counts

    def add_passages(self, nodes: Iterable[BaseNode]) -> list[int]:
        """Store nodes whose ids are new; their rows."""
        rows = []
        for node in nodes:
            cursor = self.connection.execute(
                'INSERT INTO passages (id, document, start, "end", text, metadata) VALUES (?, ?, ?, ?, ?, ?)',
                (
                    node.node_id,
                    node.ref_doc_id or "",
                    getattr(node, "start_char_idx", None),
                    getattr(node, "end_char_idx", None),
                    node.get_content(),
                    json.dumps({key: getattr(node, key) for key in _METADATA_KEYS}, ensure_ascii=False),
                ),
            )
            rows.append(int(cursor.lastrowid or 0))
        return rows

    def remove_passages(self, ids: list[str]) -> list[int]:
        """Remove passages by id; the rows they had."""
        rows = [row for (row,) in self._each("SELECT row FROM passages WHERE id", ids)]
        self.connection.executemany("DELETE FROM passages WHERE row = ?", [(row,) for row in rows])
        return rows

    def remove_document(self, document_id: str) -> list[int]:
        """Remove a document with its passages; the rows that these had."""
        rows = [
            row for (row,) in self.connection.execute("SELECT row FROM passages WHERE document = ?", (document_id,))
        ]
        self.connection.execute("DELETE FROM passages WHERE document = ?", (document_id,))
        self.connection.execute("DELETE FROM documents WHERE id = ?", (document_id,))
        return rows

    def nodes(self, rows: list[int]) -> dict[int, TextNode]:
        """Passages by row."""
        return {found[0]: _node(*found[1:]) for found in self._each(f"{_PASSAGE} WHERE row", rows)}

    def search_words(self, words: list[str], count: int) -> list[tuple[int, float]]:
        """Rows and BM25 scores (higher is better) of the passages that hold any of `words`, best first.

        SQLite FTS5's bm25 with k1 = 1.2 and b = 0.75 over stems (Porter), accents removed; ties by passage id.
        """
        if not words:
            return []
        query = " OR ".join('"' + word.replace('"', '""') + '"' for word in words)
        return [
            (row, -score)
            for row, score in self.connection.execute(
                "SELECT words.rowid, bm25(words) FROM words JOIN passages ON passages.row = words.rowid"
                " WHERE words MATCH ? ORDER BY bm25(words), passages.id LIMIT ?",
                (query, count),
            )
        ]

    def _each(self, statement: str, values: list[int] | list[str]) -> Iterable[tuple]:  # type: ignore[type-arg]
        """Rows of `statement` whose last column named is one of `values`."""
        for first in range(0, len(values), _MOST_PLACEHOLDERS):
            some = values[first : first + _MOST_PLACEHOLDERS]
            yield from self.connection.execute(f"{statement} IN ({','.join('?' * len(some))})", some)

    def commit(self) -> None:
        """Finish the writes so far."""
        self.connection.commit()

    def close(self) -> None:
        """Close the file."""
        self.connection.close()


def _node(node_id: str, document: str, start: int | None, end: int | None, text: str, metadata: str) -> TextNode:
    return TextNode(
        id_=node_id,
        text=text,
        start_char_idx=start,
        end_char_idx=end,
        **json.loads(metadata),
        relationships={NodeRelationship.SOURCE: RelatedNodeInfo(node_id=document)} if document else {},
    )
