"""The engines that benchmarks.lexical compares: SQLite's FTS5, bm25s and tantivy."""

import shutil
import sqlite3
import time
from collections.abc import Iterator, Sequence
from hashlib import file_digest
from pathlib import Path
from typing import Any

from rag.store.fulltext import LexicalIndex

FOUND = 50

_SCHEMA = """
CREATE TABLE passages (row INTEGER PRIMARY KEY, text TEXT NOT NULL);
CREATE VIRTUAL TABLE words USING fts5 (
    text, content = 'passages', content_rowid = 'row', tokenize = "porter unicode61 remove_diacritics 2"
);
"""

Passages = Iterator[tuple[int, str]]


class Fts5:
    """SQLite's FTS5 over stems, the passages' text in a table beside it."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "fts5.sqlite"
        self._connection = sqlite3.connect(self._file)

    @classmethod
    def build(cls, folder: Path, passages: Passages) -> None:
        """Write the index; only what comes after the passages' own table is its work."""
        engine = cls(folder)
        engine._connection.executescript(_SCHEMA)
        engine._connection.executemany("INSERT INTO passages VALUES (?, ?)", passages)
        engine._connection.execute("INSERT INTO words (words) VALUES ('rebuild')")
        engine._connection.commit()

    def ask(self, words: Sequence[str]) -> list[int]:
        """Rows of the best passages."""
        query = " OR ".join(f'"{word}"' for word in words)
        statement = "SELECT rowid FROM words WHERE words MATCH ? ORDER BY bm25(words) LIMIT ?"
        return [row for (row,) in self._connection.execute(statement, (query, FOUND))]

    def change(self, added: Sequence[tuple[int, str]], removed: Sequence[tuple[int, str]]) -> None:
        """Add and remove passages, in the file itself."""
        values = "INSERT INTO words (words, rowid, text) VALUES ('delete', ?, ?)"
        self._connection.executemany(values, removed)
        self._connection.executemany("DELETE FROM passages WHERE row = ?", [(row,) for row, _ in removed])
        self._connection.executemany("INSERT INTO passages VALUES (?, ?)", added)
        self._connection.executemany("INSERT INTO words (rowid, text) VALUES (?, ?)", added)
        self._connection.commit()


class Bm25s:
    """bm25s, its arrays mapped; a change is a new index."""

    def __init__(self, folder: Path) -> None:
        import bm25s

        self._stem = _stemmer()
        self._index = bm25s.BM25.load(folder / "bm25s", mmap=True, show_progress=False)

    @classmethod
    def build(cls, folder: Path, passages: Passages) -> None:
        """Write the index."""
        import bm25s

        texts = [text for _, text in passages]
        tokens = bm25s.tokenize(texts, stopwords="en", stemmer=_stemmer(), show_progress=False)
        index = bm25s.BM25(k1=1.2, b=0.75)
        index.index(tokens, show_progress=False)
        index.save(folder / "bm25s", show_progress=False)

    def ask(self, words: Sequence[str]) -> list[int]:
        """Rows of the best passages."""
        known = [stem for stem in self._stem.stemWords(list(words)) if stem in self._index.vocab_dict]
        if not known:
            return []
        found, _ = self._index.retrieve([known], k=FOUND, show_progress=False)
        return [int(row) for row in found[0]]


class Tantivy:
    """tantivy as rag.store.fulltext has it; a change is a new folder of links."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "tantivy"
        self._index = LexicalIndex.open(self._folder)

    @classmethod
    def build(cls, folder: Path, passages: Passages) -> None:
        """Write the index."""
        index = LexicalIndex.begin(folder / "tantivy", None)
        index.add(passages)
        index.finish()

    def ask(self, words: Sequence[str]) -> list[int]:
        """Rows of the best passages."""
        return [row for row, _ in self._index.search(words, FOUND)]

    def change(self, added: Sequence[tuple[int, str]], removed: Sequence[tuple[int, str]]) -> None:
        """Add and remove passages in a new generation. Raises ValueError if the old one is not what it was."""
        before = _digests(self._folder)
        changed = self._folder.with_name("changed")
        started = time.perf_counter()
        index = LexicalIndex.begin(changed, self._folder)
        index.remove([row for row, _ in removed])
        index.add(added)
        index.finish()
        self.seconds = time.perf_counter() - started
        shutil.rmtree(changed)
        if _digests(self._folder) != before:
            raise ValueError(f"a change has changed {self._folder}")


def _stemmer() -> Any:
    import Stemmer

    return Stemmer.Stemmer("english")


def _digests(folder: Path) -> dict[str, str]:
    digests = {}
    for file in sorted(folder.iterdir()):
        with file.open("rb") as handle:
            digests[file.name] = file_digest(handle, "sha256").hexdigest()
    return digests


ENGINES: dict[str, Any] = {"fts5": Fts5, "bm25s": Bm25s, "tantivy": Tantivy}
