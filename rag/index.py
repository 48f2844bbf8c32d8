"""Keep an index folder in step with a folder of documents."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.schema import Document, MetadataMode

from rag.chunk import CHUNKING_VERSION, SentenceChunker
from rag.errors import DocumentError, IndexFolderError
from rag.load import SkippedFile, find_files, load_documents
from rag.manifest import MANIFEST_FILE, Manifest, build_again
from rag.store import FaissStore

Progress = Callable[[float, int, str], None]
"""Called with files done (the one at hand in part), files in all, and the path of the one at hand."""

EMBEDDED_AT_ONCE = 256
"""Passages between two reports of progress."""


@dataclass(slots=True)
class IndexReport:
    """What an update did: paths of documents added, changed, removed and unchanged, and files skipped."""

    index: str
    folder: str
    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    skipped: list[SkippedFile] = field(default_factory=list)
    documents: int = 0
    passages: int = 0
    seconds: float = 0.0


def update_index(
    folder: Path,
    index: Path,
    embedding: BaseEmbedding,
    chunker: SentenceChunker,
    max_file_megabytes: int,
    rebuild: bool = False,
    on_progress: Progress = lambda done, total, path: None,
) -> IndexReport:
    """Make `index` hold the documents of `folder`: new and changed ones are embedded, vanished ones removed.

    A file that cannot be read is skipped, and what the index holds of it stays. The update is one step: killed
    anywhere, the index is as it was. Raises DocumentError where nothing can be indexed, and IndexFolderError where
    `index` belongs to another folder or was made with other settings and `rebuild` is not asked for.
    """
    started = time.perf_counter()
    folder = folder.resolve()
    report = IndexReport(index=index.name, folder=str(folder))
    total = len(find_files(folder))
    if not total:
        raise DocumentError(
            f"{folder}: no .md or .txt file in it. Put documents there or give another folder.{_kept(index)}"
        )
    wanted = new_manifest(folder, embedding, chunker)
    store = FaissStore.create(wanted, index) if rebuild or _is_new(index) else _open(index, wanted)
    try:
        known = store.document_hashes()
        gone = set(known)
        for done, item in enumerate(load_documents(folder, max_file_megabytes)):
            if isinstance(item, SkippedFile):
                report.skipped.append(item)
                if not item.duplicate_of:
                    gone -= {path for path in gone if path == item.path or path.startswith(item.path + "/")}
                continue
            path = item.node_id
            on_progress(done, total, path)
            gone.discard(item.node_id)
            if known.get(item.node_id) == item.metadata["sha256"]:
                report.unchanged.append(item.node_id)
                continue
            (report.changed if item.node_id in known else report.added).append(item.node_id)
            within = partial(_report, on_progress, done, total, path)
            replace_document(store, item, embedding, chunker, within)
        for document_id in sorted(gone):
            store.delete(document_id)
            report.removed.append(document_id)
        if not (report.added or report.changed or report.unchanged):
            reasons = "".join(f"\n  {file.path}: {file.reason}" for file in report.skipped)
            raise DocumentError(f"{folder}: none of its files can be indexed:{reasons}{_kept(index)}")
        store.persist()
        report.documents, report.passages = store.manifest.documents, store.manifest.passages
    finally:
        store.close()
    on_progress(total, total, "")
    report.seconds = time.perf_counter() - started
    return report


def replace_document(
    store: FaissStore,
    document: Document,
    embedding: BaseEmbedding,
    chunker: SentenceChunker,
    on_progress: Callable[[float], None] = lambda share: None,
) -> None:
    """Put `document` and its passages into `store`, in place of the version it holds.

    `on_progress` is called with the share of its passages that are done.
    """
    nodes = chunker.get_nodes_from_documents([document])
    store.delete(document.node_id)
    store.put_document(document)
    for first in range(0, len(nodes), EMBEDDED_AT_ONCE):
        batch = nodes[first : first + EMBEDDED_AT_ONCE]
        vectors = embedding.get_text_embedding_batch([node.get_content(MetadataMode.EMBED) for node in batch])
        for node, vector in zip(batch, vectors, strict=True):
            node.embedding = vector
        store.add(batch)
        on_progress((first + len(batch)) / len(nodes))


def new_manifest(folder: Path, embedding: BaseEmbedding, chunker: SentenceChunker) -> Manifest:
    """The manifest of an empty index of `folder` with these parts."""
    return Manifest(
        folder=str(folder),
        embedding_model=embedding.model_name,
        dimension=len(embedding.get_text_embedding("dimension")),
        chunking_version=CHUNKING_VERSION,
        max_passage_tokens=chunker.max_passage_tokens,
        generation=0,
        documents=0,
        passages=0,
        files={},
    )


def check_settings(store: FaissStore, wanted: Manifest) -> None:
    """Raise IndexFolderError if `store` was made with other settings than `wanted`."""
    difference = store.manifest.difference(wanted)
    if difference:
        raise IndexFolderError(
            f"the index {store.folder} was {difference}. {build_again(store.manifest.folder, store.folder)}"
        )


def _report(on_progress: Progress, done: int, total: int, path: str, share: float) -> None:
    on_progress(done + share, total, path)


def _kept(index: Path) -> str:
    """What to know of an index that an update leaves alone, for the end of a message."""
    return "" if _is_new(index) else f" The index is left as it was; to delete it, delete the folder {index}."


def _is_new(index: Path) -> bool:
    return not os.path.exists(index / MANIFEST_FILE)


def _open(index: Path, wanted: Manifest) -> FaissStore:
    store = FaissStore.open(index)
    check_settings(store, wanted)
    if store.manifest.folder != wanted.folder:
        raise IndexFolderError(
            f"the index {index.name!r} holds the documents of {store.manifest.folder}."
            f" Give {wanted.folder} an index of its own with --index NAME, or replace this one with --rebuild."
        )
    return store
