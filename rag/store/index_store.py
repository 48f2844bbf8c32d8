"""IndexStore: a LlamaIndex vector store that knows documents and exact places in them, and changes in one step."""

import asyncio
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol

import numpy as np
from llama_index.core.schema import BaseNode, Document
from llama_index.core.vector_stores.types import (
    BasePydanticVectorStore,
    MetadataFilters,
    VectorStoreQuery,
    VectorStoreQueryMode,
    VectorStoreQueryResult,
)

from rag.errors import IndexFolderError
from rag.models.unit_vectors import as_unit
from rag.store.calibration import Calibration
from rag.store.copying import Target
from rag.store.index_contents import IndexContents, Layout, Rows
from rag.store.manifest import FailedFile, Manifest, build_again
from rag.text.words import content_words


class IndexChange(Target, Protocol):
    """The next state of an index, in the making."""

    def put_failures(self, failures: Mapping[str, FailedFile]) -> None:
        """Store which files could not be read, by path, in place of those stored before."""

    def delete_document(self, document_id: str) -> None:
        """Remove a document and its passages."""


class IndexStore(BasePydanticVectorStore):
    """Search over vectors, float32 [n, dimension], by their cosine, and full-text search over the same passages.

    Modes DEFAULT (inner product) and TEXT_SEARCH (BM25), both with metadata filters; ties within a result are ordered
    by id. `add`, `delete` and `put_document` write beside what is current, which this store alone sees; `persist` makes
    it current in one step. A store that is dropped before `persist` leaves the index as it was.
    """

    stores_text: bool = True
    manifest: Manifest

    @property
    @abstractmethod
    def name(self) -> str:
        """What the index is called."""

    @property
    @abstractmethod
    def place(self) -> str:
        """Where the index is, for messages."""

    @property
    @abstractmethod
    def contents(self) -> IndexContents:
        """Its documents and passages, for reading: with the change at hand, where there is one."""

    @property
    @abstractmethod
    def dead_passages(self) -> int:
        """Deleted passages that still take up room."""

    @abstractmethod
    def begin(self) -> IndexChange:
        """The change at hand; a new one, which readers do not see, where there is none. Raises IndexFolderError."""

    def put_document(self, document: Document, layout: Layout | None = None) -> None:
        """Store the text that citations of `document` point into, and its layout; its nodes are added with `add`."""
        with self._writing():
            self.begin().put_document(document, layout)

    def put_duplicate(self, document: Document, same_as: str) -> None:
        """Store that `document`, of which only id and metadata count, has the text of the document `same_as`."""
        with self._writing():
            self.begin().put_duplicate(document, same_as)

    def put_failures(self, failures: Mapping[str, FailedFile]) -> None:
        """Store which files could not be read, by path, in place of those stored before."""
        self.begin().put_failures(failures)

    def add(self, nodes: Sequence[BaseNode], **kwargs: Any) -> list[str]:
        """Add nodes with their embeddings; one with a known id replaces the old one. Ids of the nodes.

        Raises ValueError unless every embedding has the store's dimension, and is finite and not zero.
        """
        nodes = list({node.node_id: node for node in nodes}.values())
        if nodes:
            with self._writing():
                self.begin().add(nodes)
        return [node.node_id for node in nodes]

    def delete(self, ref_doc_id: str, **delete_kwargs: Any) -> None:
        """Remove a document, its text and its nodes."""
        with self._writing():
            self.begin().delete_document(ref_doc_id)

    def _writing(self) -> AbstractContextManager[None]:
        """Within it, what an index cannot be written for is raised as IndexFolderError."""
        return nullcontext()

    @abstractmethod
    def persist(
        self, persist_path: str = "", fs: Any = None, on_progress: Callable[[str], None] = lambda stage: None
    ) -> None:
        """Make everything written so far current, in one step; `on_progress` hears of what takes long."""

    @abstractmethod
    def compact(self) -> None:
        """Write the index anew without what was deleted, at once. Raises IndexFolderError."""

    @abstractmethod
    def calibrate(self, calibration: Calibration) -> None:
        """Make `calibration` that of the index, at once. Raises IndexFolderError."""

    @abstractmethod
    def close(self) -> None:
        """Let go of what is open; what was not persisted is dropped."""

    def query(self, query: VectorStoreQuery, **kwargs: Any) -> VectorStoreQueryResult:
        """The best `similarity_top_k` nodes, best first, with their embeddings. Raises ValueError for another query."""
        count, contents = query.similarity_top_k, self.contents
        if query.mode == VectorStoreQueryMode.DEFAULT:
            if query.query_embedding is None:
                raise ValueError("a DEFAULT query needs a query_embedding")
            vector = as_unit(np.array([query.query_embedding], dtype=np.float32))[0]
            found = contents.nearest(vector, count, self._among(query))
        elif query.mode == VectorStoreQueryMode.TEXT_SEARCH:
            words = list(dict.fromkeys(content_words(query.query_str or "")))
            found = contents.search_words(words, count, self._among(query))
        else:
            raise ValueError(f"{self.class_name()} has the modes DEFAULT and TEXT_SEARCH, not {query.mode}")
        nodes = contents.nodes([row for row, _ in found])
        if len(nodes) < len(found):
            raise IndexFolderError(
                f"the index {self.place} is damaged: it has vectors or words without passages. "
                + build_again(self.manifest.folder, self.name)
            )
        ranked = sorted(((nodes[row], score) for row, score in found), key=lambda pair: (-pair[1], pair[0].node_id))
        return VectorStoreQueryResult(
            nodes=[node for node, _ in ranked],
            similarities=[score for _, score in ranked],
            ids=[node.node_id for node, _ in ranked],
        )

    async def aquery(self, query: VectorStoreQuery, **kwargs: Any) -> VectorStoreQueryResult:
        """The same as `query`, on a thread of its own."""
        return await asyncio.to_thread(self.query, query, **kwargs)

    async def async_add(self, nodes: Sequence[BaseNode], **kwargs: Any) -> list[str]:
        """The same as `add`, on a thread of its own."""
        return await asyncio.to_thread(self.add, list(nodes), **kwargs)

    async def adelete(self, ref_doc_id: str, **delete_kwargs: Any) -> None:
        """The same as `delete`, on a thread of its own."""
        await asyncio.to_thread(self.delete, ref_doc_id, **delete_kwargs)

    def count_matching(self, filters: MetadataFilters) -> int:
        """How many passages meet `filters`."""
        return len(self.contents.matching(filters))

    def _among(self, query: VectorStoreQuery) -> Rows | None:
        """Rows of the passages that a query is limited to; None for all."""
        if not (query.filters and query.filters.filters) and not query.doc_ids and not query.node_ids:
            return None
        return self.contents.matching(query.filters, query.doc_ids, query.node_ids)
