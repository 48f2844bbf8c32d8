"""The full-text index of passages on tantivy: a folder of files that never change, linked from change to change."""

import contextlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from itertools import repeat
from pathlib import Path

import tantivy

from rag.store.word_forms import asked_forms, forms_of
from rag.text.languages import ENGLISH, STEMMERS

HEAP_BYTES = 128_000_000
"""Memory of the writer; more makes fewer pieces to merge."""

_META_FILES = {"meta.json", ".managed.json"}
_LOCK_FILES = {".tantivy-meta.lock", ".tantivy-writer.lock"}
_ROWS_AT_ONCE = 10_000
_FORMS = "forms"
_NO_STEMMER = "none"


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("text", stored=False, tokenizer_name=_FORMS, index_option="freq")
    builder.add_text_field("language", stored=False, tokenizer_name="raw", index_option="basic")
    builder.add_unsigned_field("row", stored=False, indexed=True, fast=True)
    return builder.build()


class LexicalIndex:
    """BM25 over the stems of passages, by row, each by its own language: k1 = 1.2, b = 0.75, accents and case removed.

    Open for reading, or for writing in a folder of its own that begins as the links of another's files: those are
    never changed, so whoever reads them goes on. Raises ValueError for a folder that is no such index.
    """

    def __init__(self, folder: Path, index: tantivy.Index, writer: tantivy.IndexWriter | None = None) -> None:
        self.folder = folder
        self._index = index
        # Words come in the form in which they are looked up.
        self._index.register_tokenizer(_FORMS, tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build())
        self._index.config_reader(reload_policy="manual")
        self._index.reload()
        self._searcher = index.searcher()
        self._languages: list[str] | None = None
        self._writer = writer
        self._unseen = False

    @classmethod
    def open(cls, folder: Path) -> "LexicalIndex":
        """The index in `folder`, for reading."""
        if os.access(folder, os.W_OK):
            return cls(folder, tantivy.Index.open(str(folder)))
        # tantivy wants a lock file beside what it reads, even where nobody can write.
        with tempfile.TemporaryDirectory(prefix="rag-words-") as elsewhere:
            for file in index_files(folder):
                Path(elsewhere, file.name).symlink_to(file.resolve())
            return cls(folder, tantivy.Index.open(elsewhere))

    @classmethod
    def begin(cls, folder: Path, previous: Path | None) -> "LexicalIndex":
        """A writable index in the new folder `folder` that begins with what is in `previous`."""
        folder.mkdir()
        if previous is None:
            index = tantivy.Index(_schema(), str(folder))
        else:
            for file in index_files(previous):
                if file.name in _META_FILES:
                    shutil.copyfile(file, folder / file.name)
                else:
                    _link(file, folder / file.name)
            index = tantivy.Index.open(str(folder))
        # One thread, so that the same documents give the same order of passages that score the same.
        return cls(folder, index, index.writer(HEAP_BYTES, 1))

    def add(self, passages: Iterable[tuple[int, str]], languages: Iterable[str] = repeat(ENGLISH)) -> None:
        """Add passages: row and text, and the language of each (ISO 639-1)."""
        writer = self._writing()
        for (row, text), language in zip(passages, languages, strict=False):
            document = tantivy.Document()
            document.add_unsigned("row", row)
            document.add_text("text", " ".join(forms_of(text, language)))
            document.add_text("language", language if language in STEMMERS else _NO_STEMMER)
            with _disk_errors():
                writer.add_document(document)

    def remove(self, rows: Sequence[int]) -> None:
        """Remove the passages of these rows."""
        writer = self._writing()
        for first in range(0, len(rows), _ROWS_AT_ONCE):
            some = list(rows[first : first + _ROWS_AT_ONCE])
            writer.delete_documents_by_query(tantivy.Query.term_set_query(self._index.schema, "row", some))

    def search(self, words: Sequence[str], count: int, rows: Sequence[int] | None = None) -> list[tuple[int, float]]:
        """Rows and BM25 scores of the passages that hold any of `words`, best first; of `rows` only, where given."""
        self._see_changes()
        schema, occur = self._index.schema, tantivy.Occur
        forms = asked_forms(words, self._present_languages())
        terms = [(occur.Should, tantivy.Query.term_query(schema, "text", form, "freq")) for form in forms]
        if not terms or count < 1 or (rows is not None and not len(rows)):
            return []
        query = tantivy.Query.boolean_query(terms)
        if rows is not None:
            among = tantivy.Query.const_score_query(tantivy.Query.term_set_query(schema, "row", list(rows)), 0.0)
            query = tantivy.Query.boolean_query([(occur.Must, query), (occur.Must, among)])
        hits = self._searcher.search(query, count, count=False).hits
        found = self._searcher.fast_field_values("row", [address for _, address in hits])
        return [(int(row or 0), float(score)) for row, (score, _) in zip(found, hits, strict=True)]

    def rows(self) -> list[int]:
        """The rows of all passages."""
        self._see_changes()
        count = self._searcher.num_docs
        hits = self._searcher.search(tantivy.Query.all_query(), max(1, count), count=False).hits
        return [int(row or 0) for row in self._searcher.fast_field_values("row", [address for _, address in hits])]

    def finish(self) -> None:
        """End writing, with everything in the files of the folder."""
        writer = self._writing()
        with _disk_errors():
            writer.commit()
            writer.wait_merging_threads()
        # Merging leaves what it has merged behind, which the next writer would collect.
        live = {
            str(s["segment_id"]).replace("-", "")
            for s in json.loads((self.folder / "meta.json").read_text())["segments"]
        }
        self._writer = None
        self._index.reload()
        self._searcher = self._index.searcher()
        for file in self.folder.iterdir():
            if file.name in _META_FILES or file.name.split(".")[0] in live:
                file.chmod(0o644)
            else:
                file.unlink()

    def close(self) -> None:
        """Let go of the folder; what was not finished is of no use."""
        if self._writer is not None:
            with contextlib.suppress(ValueError):
                self._writer.rollback()
            self._writer = None

    def _writing(self) -> tantivy.IndexWriter:
        if self._writer is None:
            raise ValueError("the full-text index is open for reading only")
        self._unseen = True
        return self._writer

    def _present_languages(self) -> list[str]:
        """The languages whose stemmer some passage was indexed with."""
        if self._languages is None:
            queries = {
                name: tantivy.Query.term_query(self._index.schema, "language", name)
                for name in (*STEMMERS, _NO_STEMMER)
            }
            self._languages = [
                name for name, query in queries.items() if self._searcher.search(query, 1, count=False).hits
            ]
        return self._languages

    def _see_changes(self) -> None:
        if self._unseen and self._writer is not None:
            with _disk_errors():
                self._writer.commit()
            self._index.reload()
            self._searcher = self._index.searcher()
            self._languages = None
            self._unseen = False


def index_files(folder: Path) -> list[Path]:
    """The files of an index, without the locks that those who read it leave."""
    return sorted(file for file in folder.iterdir() if file.name not in _LOCK_FILES)


@contextlib.contextmanager
def _disk_errors() -> Iterator[None]:
    """What tantivy says of a disk that refuses, as the OSError that it is."""
    try:
        yield
    except ValueError as error:
        raise OSError(str(error)) from None


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:  # a file system without links
        shutil.copyfile(source, target)
