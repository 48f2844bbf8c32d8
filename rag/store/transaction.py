"""A change to an index: written beside what is current, and made current by one atomic rename."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from filelock import FileLock
from llama_index.core.schema import BaseNode, Document, MetadataMode

from rag.metadata import LANGUAGE
from rag.models.unit_vectors import as_unit
from rag.store.corpus import Corpus
from rag.store.faiss_flat import new_flat, open_mapped, write_index
from rag.store.faiss_ivf import FLAT_LIMIT, build_ann
from rag.store.files import remove, remove_unused, synced_files, used_names, write_deleted
from rag.store.fulltext import LexicalIndex
from rag.store.heirs import heir_of
from rag.store.index_contents import Layout
from rag.store.manifest import (
    AnnInfo,
    FailedFile,
    Manifest,
    Segment,
    next_number,
    numbered_files,
    words_folder,
)
from rag.store.segment import OpenSegment, merged
from rag.store.snapshot import FolderContents
from rag.text.languages import ENGLISH

LARGEST_SEGMENT = 200_000
"""Passages at which a segment is finished and the next begun, which bounds the memory of a build."""


class Change:
    """The next state of an index, in the making: `contents` shows it at once, readers see it after `persist`.

    New documents and passages go into a new segment, deleted ones into a list of dead rows, so that a change costs
    what it changes. Segments that have grown small beside their successor are merged on the way.
    """

    def __init__(self, folder: Path, manifest: Manifest, contents: FolderContents, lock: FileLock) -> None:
        self._folder = folder
        self._manifest = manifest
        self._contents = contents
        self._lock = lock
        self._pending: OpenSegment | None = None
        self._words_begun = False
        self._dead_changed = False
        self._documents, self._passages = manifest.documents, manifest.passages
        self._failures = dict(manifest.failures)
        remove_unused(folder)
        self._first = self._next = next_number(folder)

    @property
    def contents(self) -> FolderContents:
        """What the index holds with the change."""
        return self._contents

    def put_document(self, document: Document, layout: Layout | None = None) -> None:
        """Store a document in place of the one with its id and its passages."""
        pending, row = self._new_place(document.node_id)
        pending.corpus.put_document(row, document)
        if layout:
            pending.corpus.put_layout(row, layout)
        self._documents += 1

    def put_duplicate(self, document: Document, same_as: str) -> None:
        """Store that a document has the text of another, in place of the one with its id and its passages."""
        pending, row = self._new_place(document.node_id)
        pending.corpus.put_document(row, document, same_as)
        self._contents.forget_also()

    def add(self, nodes: Sequence[BaseNode]) -> None:
        """Add nodes, each id once, with their embeddings, in place of those with their ids. Raises ValueError."""
        vectors = np.array([node.get_embedding() for node in nodes], dtype=np.float32)
        if vectors.shape[1] != self._manifest.dimension:
            raise ValueError(f"embeddings have {vectors.shape[1]} dimensions, the index {self._manifest.dimension}")
        vectors = as_unit(vectors)
        ids = [node.node_id for node in nodes]
        for segment in self._contents.segments:
            self._delete_passages(segment, segment.corpus.passage_rows(ids))
        pending = self._segment()
        documents = {name: self._document_row(pending, name) for name in {node.ref_doc_id or "" for node in nodes}}
        first = pending.info.next_passage
        pending.corpus.add_passages(first, nodes, [documents[node.ref_doc_id or ""] for node in nodes])
        pending.flat.add(vectors)
        languages = (str(node.metadata.get(LANGUAGE) or ENGLISH) for node in nodes)
        self._words().add(
            ((first + number, node.get_content(MetadataMode.EMBED)) for number, node in enumerate(nodes)), languages
        )
        pending.info = replace(pending.info, passages=pending.info.passages + len(nodes))
        self._passages += len(nodes)
        if pending.info.passages >= LARGEST_SEGMENT:
            self._finish_pending()

    def delete_document(self, document_id: str) -> None:
        """Remove a document and its passages. Where others have the same text, the first of them becomes its holder.

        What was wrong with its file does not count any more.
        """
        self._failures.pop(document_id, None)
        places = list(self._contents.places(document_id))
        heir = heir_of(self._contents, document_id, self._contents.also)
        for segment, row in places:
            self._delete_passages(segment, segment.corpus.passages_of([row]))
            self._documents -= segment.corpus.has_text(row)
            segment.dead_documents.add(row)
            self._dead_changed = True
        if places:
            self._contents.forget_also()
        if heir:
            heir.take(self)

    def put_failures(self, failures: Mapping[str, FailedFile]) -> None:
        """Store which files could not be read, by path, in place of those stored before."""
        self._failures = dict(failures)

    def persist(self, on_progress: Callable[[str], None]) -> Manifest:
        """Make the change current. Its manifest, which is the one before where nothing changed."""
        has_changed = self._next > self._first or self._failures != self._manifest.failures
        if self._manifest.files and not has_changed:
            remove_unused(self._folder)
            self._lock.release()
            return self._manifest
        self._finish_pending()
        self._merge_small()
        manifest = replace(self._manifest, ann=self._ann(on_progress), deleted=self._deleted())
        if self._words_begun and self._contents.words:
            on_progress("Finishing the full-text index")
            self._contents.words.finish()
        manifest = replace(
            manifest,
            generation=max(self._next - 1, self._first, self._manifest.generation + 1),
            documents=self._documents,
            passages=self._passages,
            segments=[segment.info for segment in self._contents.segments],
            words=self._words_number,
            failures=self._failures,
        )
        on_progress("Writing the index")
        manifest = replace(manifest, files=synced_files(self._folder, manifest, self._manifest))
        manifest.save(self._folder)
        remove_unused(self._folder)
        self._lock.release()
        return manifest

    def drop(self) -> None:
        """Forget the change."""
        if self._words_begun and self._contents.words:
            self._contents.words.close()
        if self._pending:
            self._pending.corpus.close()
        # Interrupted after the rename, what was written is current.
        made = [path for path, number in numbered_files(self._folder).items() if number and number >= self._first]
        kept = used_names(self._folder)
        remove(path for path in made if path.name not in kept)
        self._lock.release()

    @property
    def _words_number(self) -> int | None:
        return self._words_taken if self._words_begun else self._manifest.words

    def _take_number(self) -> int:
        self._next += 1
        return self._next - 1

    def _segment(self) -> OpenSegment:
        """The segment that new rows go into."""
        if self._pending is None:
            last = self._contents.segments[-1].info if self._contents.segments else Segment(0, 0, 0, 0, 0)
            info = Segment(self._take_number(), last.next_document, 0, last.next_passage, 0)
            corpus = Corpus.create(self._folder / info.corpus_file)
            self._pending = OpenSegment(info, corpus, new_flat(self._manifest.dimension))
            self._contents.segments.append(self._pending)
        return self._pending

    def _words(self) -> LexicalIndex:
        if not self._words_begun:
            self._words_taken = self._take_number()
            previous = self._manifest.words_folder
            self._contents.words = LexicalIndex.begin(
                self._folder / words_folder(self._words_taken),
                self._folder / previous if previous and self._contents.words else None,
            )
            self._words_begun = True
        if self._contents.words is None:
            raise AssertionError
        return self._contents.words

    def _new_place(self, document_id: str) -> tuple[OpenSegment, int]:
        """Where a document goes, in place of the one with its id."""
        self.delete_document(document_id)
        pending = self._segment()
        return pending, self._new_document_row(pending)

    def _new_document_row(self, pending: OpenSegment) -> int:
        row = pending.info.next_document
        pending.info = replace(pending.info, documents=pending.info.documents + 1)
        return row

    def _document_row(self, pending: OpenSegment, document_id: str) -> int:
        """The row of a document in the pending segment, where it is at least named."""
        known = [row for row in pending.corpus.rows_of(document_id) if row not in pending.dead_documents]
        if known:
            return known[-1]
        row = self._new_document_row(pending)
        pending.corpus.put_name(row, document_id)
        return row

    def _delete_passages(self, segment: OpenSegment, rows: Sequence[int]) -> None:
        alive = [row for row in rows if row not in segment.dead_passages]
        if alive:
            self._words().remove(alive)
            segment.dead_passages.update(alive)
            self._passages -= len(alive)
            self._dead_changed = True

    def _finish_pending(self) -> None:
        if self._pending:
            self._pending.finish(self._folder)
            self._pending = None

    def _merge_small(self) -> None:
        """Merge the last segment into the one before for as long as that is not twice as large."""
        segments = self._contents.segments
        covered = self._manifest.ann.rows if self._manifest.ann else 0
        while len(segments) > 1:
            before, last = segments[-2:]
            together = before.info.passages + last.info.passages
            if before.weight >= 2 * last.weight or together > LARGEST_SEGMENT or before.info.first_passage < covered:
                return
            self._dead_changed |= bool(before.dead_documents or last.dead_documents)
            segments[-2:] = [merged(self._folder, self._take_number(), before, last)]

    def _ann(self, on_progress: Callable[[str], None]) -> AnnInfo | None:
        """The approximate index: with all passages in it where too many lie outside the current one."""
        segments, current = self._contents.segments, self._manifest.ann
        if sum(s.info.passages for s in segments) - (current.rows if current else 0) <= FLAT_LIMIT:
            return current
        on_progress("Building the approximate index")
        info = AnnInfo(self._take_number(), rows=0, kind="", nprobe=0, recall=0.0)
        before = self._folder / current.file if current else None
        index, info = build_ann([(s.info.first_passage, s.vectors) for s in segments], info, before)
        write_index(index, self._folder / info.file)
        self._contents.ann = open_mapped(self._folder / info.file), info
        return info

    def _deleted(self) -> int | None:
        """The number of the file of dead rows, None where none is dead."""
        if not self._dead_changed:
            return self._manifest.deleted
        documents = sorted(row for segment in self._contents.segments for row in segment.dead_documents)
        passages = sorted(row for segment in self._contents.segments for row in segment.dead_passages)
        if not documents and not passages:
            return None
        number = self._take_number()
        write_deleted(self._folder, number, documents, passages)
        return number
