"""Keep an index in step with a folder of documents."""

import time
from bisect import bisect_left
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.node_parser.interface import NodeParser

from rag.errors import DocumentError, IndexFolderError
from rag.formats.folder import SkippedFile, SourceFile, find_files, name_only, source_files
from rag.ingest.chunker import SentenceChunker
from rag.ingest.passages import description_of
from rag.ingest.pipeline import Pipeline
from rag.ingest.readers import OneReader, Read, Readers
from rag.ingest.report import IndexReport, NothingIndexedError, OnProgress, Progress
from rag.metadata import LANGUAGE
from rag.models.default_embedding import default_counter
from rag.store.catalog import StoredIndex
from rag.store.compatibility import check_settings, new_manifest
from rag.store.index_store import IndexStore
from rag.store.manifest import FailedFile, Manifest

FEWEST_DEAD = 10_000
"""Deleted passages up to which an index is not written anew to be rid of them."""


def update_index(
    folder: Path,
    index: StoredIndex,
    embedding: BaseEmbedding,
    node_parser: NodeParser,
    max_file_megabytes: int,
    rebuild: bool = False,
    on_progress: OnProgress = lambda progress: None,
    readers: Readers | None = None,
) -> IndexReport:
    """Make `index` hold the documents of `folder`: new and changed ones are read and embedded, vanished ones removed.

    `readers` read and cut the files, and may embed what they cut; this process does, one file at a time, without any.
    A file that cannot be read is skipped, and what the index holds of it stays, with the reason. Files with the same
    content are stored once. The update is one step: interrupted or killed anywhere, the index is as it was. Raises
    DocumentError where there is no file, NothingIndexedError where none can be indexed, and IndexFolderError where
    `index` belongs to another folder or was made with other settings and `rebuild` is not asked for.
    """
    started = time.perf_counter()
    folder = folder.resolve()
    files = find_files(folder)
    if not files:
        raise DocumentError(
            f"{folder}: no document in it of a type that can be read. Put documents there or give another folder."
            + _kept(index)
        )
    wanted = new_manifest(folder, embedding, _longest(node_parser), description_of(node_parser))
    store = index.create(wanted) if rebuild or _is_new(index) else _open(index, wanted)
    try:
        store.begin()
        update = _Update(store, embedding, node_parser, IndexReport(index=index.name, folder=str(folder)), on_progress)
        report = update.run(folder, files, max_file_megabytes, readers or OneReader(node_parser))
        if not (report.added or report.changed or report.unchanged or report.moved):
            # Of the change, which may have deleted all there was, this alone is kept.
            store.close()
            store = index.create(wanted) if _is_new(index) else index.open()
            store.put_failures(update.failures)
            store.persist()
            report.documents, report.passages = store.manifest.documents, store.manifest.passages
            reasons = "".join(f"\n  {file.path}: {file.reason}" for file in report.skipped)
            message = f"{folder}: none of its files can be indexed:{reasons}{_kept(index)}"
            raise NothingIndexedError(message, report)
        store.put_failures(update.failures)
        store.persist(on_progress=update.say)
        if store.dead_passages > max(FEWEST_DEAD, store.manifest.passages):
            update.say("Compacting the index")
            store.compact()
        report.documents, report.passages = store.manifest.documents, store.manifest.passages
    finally:
        store.close()
    report.seconds = time.perf_counter() - started
    return report


class _Update:
    """One run over the files of a folder."""

    def __init__(
        self,
        store: IndexStore,
        embedding: BaseEmbedding,
        node_parser: NodeParser,
        report: IndexReport,
        on_progress: OnProgress,
    ) -> None:
        self._store = store
        self._embedding = embedding
        self._counter = node_parser.counter if isinstance(node_parser, SentenceChunker) else default_counter()
        self._report = report
        self._on_progress = on_progress
        self._known = store.contents.hashes()
        self._paths = sorted(self._known)
        self.failures: dict[str, FailedFile] = {}
        self._shares: dict[str, float] = {}
        self._files = self._bytes = 0
        self._files_done = self._bytes_done = 0.0

    def run(self, folder: Path, files: list[Path], max_file_megabytes: int, readers: Readers) -> IndexReport:
        """Bring the store in step with `files`, without persisting it."""
        report = self._report
        stamps = [stamp_of(file) for file in files]
        self._files, self._bytes = len(files), sum(size for size, _ in stamps)
        holders: dict[tuple[str, str], str] = {}
        gone = set(self._known)
        with readers, Pipeline(self._store, self._embedding, self._count) as pipeline:
            items = readers.reads(source_files(folder, files, max_file_megabytes), self._expected())
            for (item, read), stamp in zip(items, stamps, strict=True):
                self._progress(item.path)
                gone -= set(self._take(item, holders, read, pipeline, stamp))
        report.moved = self._moved(gone)
        for document_id in sorted(gone):
            self._store.delete(document_id)
        report.removed = sorted(gone - {before for before, _ in report.moved})
        return report

    def say(self, what: str) -> None:
        """Report what is done after the last file."""
        self._progress(what)

    def _expected(self) -> Callable[[SourceFile], bool]:
        """Whether a file will be read, as far as can be told before those ahead of it are: by each content's first."""
        contents: set[tuple[str, str]] = set()

        def is_expected(file: SourceFile) -> bool:
            content = file.sha256, file.suffix
            is_first = content not in contents
            contents.add(content)
            return is_first and self._known.get(file.path) != (file.sha256, None)

        return is_expected

    def _take(
        self,
        item: SourceFile | SkippedFile,
        holders: dict[tuple[str, str], str],
        read: Read,
        pipeline: Pipeline,
        stamp: tuple[int, int],
    ) -> Iterator[str]:
        """Bring the store in step with one file. The ids of documents that stay because of it."""
        size, modified = stamp
        if isinstance(item, SourceFile):
            # By its suffix too, which says how it is read.
            content = item.sha256, item.suffix
            holder = holders.setdefault(content, item.path)
            same_as = None if holder == item.path else holder
            if same_as:
                self._report.duplicates.append((item.path, same_as))
            if self._known.get(item.path) == (item.sha256, same_as):
                self._report.unchanged.append(item.path)
                self._done(item.path, size, 1.0)
                yield item.path
                return
            try:
                self._put(item, same_as, read, pipeline, size)
            except DocumentError as error:
                # What has the same content fails likewise, and with its own name.
                del holders[content]
                item = SkippedFile(item.path, str(error))
            else:
                (self._report.changed if item.path in self._known else self._report.added).append(item.path)
                yield item.path
        if isinstance(item, SkippedFile):
            self._report.skipped.append(item)
            # A file's name may be part of it, in whatever encoding.
            reason = item.reason.encode("utf-8", "replace").decode()
            self.failures[item.path] = FailedFile(reason, size, modified)
            self._done(item.path, size, 1.0)
            if item.path in self._known:
                yield item.path
            # It may be a folder that cannot be listed; 0 comes after / among characters.
            yield from self._paths[
                bisect_left(self._paths, f"{item.path}/") : bisect_left(self._paths, f"{item.path}0")
            ]

    def _put(self, file: SourceFile, same_as: str | None, read: Read, pipeline: Pipeline, size: int) -> None:
        done = partial(self._done, file.path, size)
        if same_as:
            pipeline.put(partial(self._store.put_duplicate, name_only(file), same_as), [], done)
            return
        document, layout, nodes, notes = read()
        self._report.notes += [(file.path, note) for note in notes]
        language = document.metadata[LANGUAGE]
        self._report.languages[language] = self._report.languages.get(language, 0) + len(document.text)
        pipeline.put(partial(self._store.put_document, document, layout), nodes, done)

    def _moved(self, gone: set[str]) -> list[tuple[str, str]]:
        """Documents that are gone from one path and new under another; these are not added any more."""
        before = {sha256: path for path in sorted(gone) if (sha256 := self._known[path][0])}
        now = self._store.contents.hashes()
        moved = [(before.pop(now[path][0]), path) for path in self._report.added if now[path][0] in before]
        arrived = {path for _, path in moved}
        self._report.added = [path for path in self._report.added if path not in arrived]
        return moved

    def _count(self, texts: list[str]) -> None:
        self._report.tokens += sum(self._counter.count(texts))

    def _done(self, path: str, size: int, share: float) -> None:
        """Count a part of a file of `size` bytes, and say so."""
        self._files_done += share
        self._bytes_done += share * size
        self._shares[path] = self._shares.get(path, 0.0) + share
        self._progress(path)

    def _progress(self, path: str) -> None:
        self._on_progress(
            Progress(
                # What is added up of parts may be a little off.
                files_done=round(self._files_done, 6),
                files=self._files,
                bytes_done=round(self._bytes_done),
                bytes=self._bytes,
                tokens=self._report.tokens,
                path=path,
                share=round(self._shares.get(path, 0.0), 6),
                failure=self.failures[path].reason if path in self.failures else "",
            )
        )


def _longest(node_parser: NodeParser) -> int:
    """Tokens of a passage at most; 0 where that is for another parser to know."""
    return node_parser.max_passage_tokens if isinstance(node_parser, SentenceChunker) else 0


def stamp_of(file: Path) -> tuple[int, int]:
    """A file's bytes, and when it was changed, in nanoseconds; zeros where that cannot be known."""
    try:
        found = file.stat()
    except OSError:
        return 0, 0
    return found.st_size, found.st_mtime_ns


def _kept(index: StoredIndex) -> str:
    """What to know of an index that an update leaves alone, for the end of a message."""
    return "" if _is_new(index) else f" The index is left as it was; to delete it, {index.deletion}."


def _is_new(index: StoredIndex) -> bool:
    """Whether there is nothing to lose: no index, or one that knows of files that could not be read alone."""
    if index.version() is None:
        return True
    try:
        manifest = index.manifest()
    except IndexFolderError:
        return False
    return not manifest.documents and not manifest.passages


def _open(index: StoredIndex, wanted: Manifest) -> IndexStore:
    store = index.open()
    check_settings(store, wanted)
    if store.manifest.folder != wanted.folder:
        raise IndexFolderError(
            f"the index {index.name!r} holds the documents of {store.manifest.folder}."
            f" Give {wanted.folder} an index of its own with --index NAME, or replace this one with --rebuild."
        )
    return store
