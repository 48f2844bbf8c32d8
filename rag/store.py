"""FaissStore: a LlamaIndex vector store in one folder, FAISS for vectors and SQLite for everything else."""

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import numpy.typing as npt
from filelock import FileLock, Timeout
from llama_index.core.schema import BaseNode, Document
from llama_index.core.vector_stores.types import (
    BasePydanticVectorStore,
    VectorStoreQuery,
    VectorStoreQueryMode,
    VectorStoreQueryResult,
)
from pydantic import PrivateAttr

from rag.corpus import Corpus
from rag.errors import IndexFolderError
from rag.manifest import Manifest, build_again, corpus_file, generation_files, last_generation, load_manifest, sync
from rag.refusal import Calibration
from rag.words import content_words

LOCK_FILE = "write.lock"
_UNIT_LENGTH_TOLERANCE = 1e-3


class FaissStore(BasePydanticVectorStore):
    """Exact search over unit vectors, float32 [n, dimension], and full-text search over the same passages.

    Modes DEFAULT (inner product) and TEXT_SEARCH (BM25); ties within a result are ordered by id. `add`, `delete` and
    `put_document` write a new generation beside the current one; `persist` makes it current by one atomic rename. A
    store that is dropped before `persist` leaves the current generation as it was.
    """

    stores_text: bool = True
    folder: Path
    manifest: Manifest

    _corpus: Corpus = PrivateAttr()
    _vectors: faiss.Index = PrivateAttr()
    _lock: FileLock | None = PrivateAttr(default=None)

    @classmethod
    def open(cls, folder: Path) -> "FaissStore":
        """The store in `folder`, as of now. Raises IndexFolderError if it is missing or damaged."""
        try:
            return cls._open(folder)
        except IndexFolderError:
            # A writer may have replaced the generation between the manifest and its files: look once more.
            return cls._open(folder)

    @classmethod
    def _open(cls, folder: Path) -> "FaissStore":
        manifest = load_manifest(folder)
        store = cls(folder=folder, manifest=manifest)
        try:
            store._corpus = Corpus(folder / manifest.corpus_file)
            store._vectors = faiss.read_index(str(folder / manifest.vectors_file))
            counts = store._corpus.count()
        except Exception as error:  # faiss raises RuntimeError, sqlite3 DatabaseError, for what is not theirs
            raise IndexFolderError(
                f"the index {folder} is damaged ({str(error).splitlines()[0]}). {build_again(manifest.folder, folder)}"
            ) from None
        if counts != (manifest.documents, manifest.passages) or store._vectors.ntotal != manifest.passages:
            raise IndexFolderError(
                f"the index {folder} is damaged: its counts differ from its manifest. "
                + build_again(manifest.folder, folder)
            )
        return store

    @classmethod
    def create(cls, manifest: Manifest, folder: Path) -> "FaissStore":
        """An empty store that replaces whatever `folder` holds once it is persisted. Raises IndexFolderError."""
        lock = _lock(folder)
        try:
            manifest = replace(manifest, generation=last_generation(folder) + 1)
            store = cls(folder=folder, manifest=manifest)
            with _writing(folder):
                store._corpus = Corpus.create(folder / manifest.corpus_file)
        except BaseException:
            lock.release()
            raise
        store._vectors = faiss.IndexIDMap2(faiss.IndexFlatIP(manifest.dimension))
        store._lock = lock
        return store

    @classmethod
    def class_name(cls) -> str:
        """The name under which LlamaIndex serialises this store."""
        return "FaissStore"

    @property
    def client(self) -> faiss.Index:
        """The FAISS index; its ids are the rows of the passages."""
        return self._vectors

    def put_document(self, document: Document) -> None:
        """Store the text that citations of `document` point into; its nodes are added with `add`."""
        with _writing(self.folder):
            self._begin()
            self._corpus.put_document(document)

    def get_document(self, document_id: str) -> Document | None:
        """The document with this id, or None."""
        return self._corpus.get_document(document_id)

    def document_hashes(self) -> dict[str, str]:
        """Document id to sha256 of its file, sorted by id."""
        return self._corpus.document_hashes()

    def add(self, nodes: Sequence[BaseNode], **kwargs: Any) -> list[str]:
        """Add nodes with their embeddings; one with a known id replaces the old one. Ids of the nodes.

        Raises ValueError unless every embedding has the store's dimension and unit length.
        """
        nodes = list({node.node_id: node for node in nodes}.values())
        if not nodes:
            return []
        vectors = np.array([node.get_embedding() for node in nodes], dtype=np.float32)
        self._check(vectors)
        ids = [node.node_id for node in nodes]
        with _writing(self.folder):
            self._begin()
            self._forget(self._corpus.remove_passages(ids))
            rows = self._corpus.add_passages(nodes)
        self._vectors.add_with_ids(vectors, np.array(rows, dtype=np.int64))
        return ids

    def delete(self, ref_doc_id: str, **delete_kwargs: Any) -> None:
        """Remove a document, its text and its nodes."""
        with _writing(self.folder):
            self._begin()
            self._forget(self._corpus.remove_document(ref_doc_id))

    def query(self, query: VectorStoreQuery, **kwargs: Any) -> VectorStoreQueryResult:
        """The best `similarity_top_k` nodes, best first, with their embeddings. Raises ValueError for another query."""
        if query.filters or query.doc_ids or query.node_ids:
            raise ValueError("FaissStore does not filter yet")
        if query.mode == VectorStoreQueryMode.DEFAULT:
            if query.query_embedding is None:
                raise ValueError("a DEFAULT query needs a query_embedding")
            found = self._nearest(query.query_embedding, query.similarity_top_k)
        elif query.mode == VectorStoreQueryMode.TEXT_SEARCH:
            words = list(dict.fromkeys(content_words(query.query_str or "")))
            found = self._corpus.search_words(words, query.similarity_top_k)
        else:
            raise ValueError(f"FaissStore has the modes DEFAULT and TEXT_SEARCH, not {query.mode}")
        nodes = self._corpus.nodes([row for row, _ in found])
        if len(nodes) < len(found):
            raise IndexFolderError(
                f"the index {self.folder} is damaged: it has vectors without passages. "
                + build_again(self.manifest.folder, self.folder)
            )
        for row, node in nodes.items():
            node.embedding = self._vectors.reconstruct(row).tolist()
        ranked = sorted(((nodes[row], score) for row, score in found), key=lambda pair: (-pair[1], pair[0].node_id))
        return VectorStoreQueryResult(
            nodes=[node for node, _ in ranked],
            similarities=[score for _, score in ranked],
            ids=[node.node_id for node, _ in ranked],
        )

    def persist(self, persist_path: str = "", fs: Any = None) -> None:
        """Make everything written so far current, on disk, in one step."""
        if self._lock is None:
            return
        with _writing(self.folder):
            self._corpus.commit()
            corpus, vectors = self.folder / self.manifest.corpus_file, self.folder / self.manifest.vectors_file
            # faiss.write_index does not tell of a write that fails on closing the file.
            vectors.write_bytes(faiss.serialize_index(self._vectors).data)
            for path in (corpus, vectors, self.folder):
                sync(path)
            documents, passages = self._corpus.count()
            self.manifest = replace(
                self.manifest,
                documents=documents,
                passages=passages,
                files={file.name: file.stat().st_size for file in (corpus, vectors)},
            )
            self.manifest.save(self.folder)
        self._remove_other_generations()
        self._lock.release()
        self._lock = None

    def calibrate(self, calibration: Calibration) -> None:
        """Make `calibration` that of the index, at once. Raises IndexFolderError."""
        lock = _lock(self.folder)
        try:
            self._check_current()
            manifest = replace(self.manifest, calibration=calibration)
            with _writing(self.folder):
                manifest.save(self.folder)
            self.manifest = manifest
        finally:
            lock.release()

    def close(self) -> None:
        """Close the files; what was not persisted is dropped."""
        self._corpus.close()
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _nearest(self, embedding: list[float], count: int) -> list[tuple[int, float]]:
        if not self._vectors.ntotal:
            return []
        vector = np.array([embedding], dtype=np.float32)
        similarities, rows = self._vectors.search(vector, min(count, self._vectors.ntotal))
        return [(int(row), float(s)) for row, s in zip(rows[0], similarities[0], strict=True) if row >= 0]

    def _check(self, vectors: npt.NDArray[np.float32]) -> None:
        if vectors.shape[1] != self.manifest.dimension:
            raise ValueError(f"embeddings have {vectors.shape[1]} dimensions, the index {self.manifest.dimension}")
        lengths = np.linalg.norm(vectors, axis=1)
        if not np.all(np.abs(lengths - 1) < _UNIT_LENGTH_TOLERANCE):
            raise ValueError("embeddings must be finite and of unit length")

    def _forget(self, rows: list[int]) -> None:
        if rows:
            self._vectors.remove_ids(faiss.IDSelectorBatch(np.array(rows, dtype=np.int64)))

    def _begin(self) -> None:
        """Turn to a copy of the current generation, which readers go on using, unless that is done."""
        if self._lock is not None:
            return
        lock = _lock(self.folder)
        try:
            self._check_current()
            self._remove_other_generations()
            generation = self.manifest.generation + 1
            copy = self._corpus.copy_to(self.folder / corpus_file(generation))
        except BaseException:
            lock.release()
            raise
        self._corpus.close()
        self._corpus = copy
        self.manifest = replace(self.manifest, generation=generation)
        self._lock = lock

    def _check_current(self) -> None:
        if load_manifest(self.folder) != self.manifest:
            raise IndexFolderError(f"the index {self.folder} was changed by another program meanwhile. Try again.")

    def _remove_other_generations(self) -> None:
        """Remove files of generations that are not current: older ones, and what a killed process left."""
        for file in generation_files(self.folder):
            if file.name not in {self.manifest.corpus_file, self.manifest.vectors_file}:
                with contextlib.suppress(OSError):  # it goes with the next change
                    file.unlink()


@contextlib.contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        raise IndexFolderError(
            f"the index {folder} cannot be written ({error}). What it held before is unharmed."
        ) from None


def _lock(folder: Path) -> FileLock:
    """The right to write `folder`, which is made where it is missing. Raises IndexFolderError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / LOCK_FILE)
        lock.acquire(timeout=0)
    except Timeout:
        raise IndexFolderError(f"the index {folder} is being written by another program. Try again later.") from None
    except OSError as error:
        raise IndexFolderError(
            f"the index folder {folder} cannot be written ({error.strerror})."
            " Make it a folder that may be written, or set RAG_INDEX_DIR."
        ) from None
    return lock
