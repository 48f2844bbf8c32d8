"""Documents on their way into a store: embedded in batches across documents, while the next ones are read and cut."""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import NamedTuple, Self

from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.schema import BaseNode, MetadataMode

from rag.store.index_store import IndexStore

EMBEDDED_AT_ONCE = 64
"""Passages of a batch: what an interruption waits for, and what lies between two reports of progress."""

_BATCHES_AHEAD = 2

OnStored = Callable[[float], None]
"""Called when a part of a document is stored, with the share of it that this was."""


class _Step(NamedTuple):
    """What is done to the store before its batch is added, and told afterwards."""

    put: Callable[[], None] | None
    nodes: list[BaseNode]
    share: float
    on_stored: OnStored


class Pipeline:
    """Puts documents and their passages into a store, in the order in which they are given.

    Batches are embedded on a thread of their own; everything else happens where it is called from. What leaves the
    `with` by an exception is not put.
    """

    def __init__(self, store: IndexStore, embedding: BaseEmbedding, on_batch: Callable[[list[str]], None]) -> None:
        """`on_batch` is called with the texts of each batch when it is stored."""
        self._store = store
        self._embedding = embedding
        self._on_batch = on_batch
        self._batch: list[_Step] = []
        self._passages = 0
        self._running: deque[tuple[list[_Step], Future[list[str]]]] = deque()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="batches")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            if error is None:
                self._send()
                while self._running:
                    self._collect()
        finally:
            self._pool.shutdown(cancel_futures=True)

    def put(self, put: Callable[[], None], nodes: list[BaseNode], on_stored: OnStored = lambda share: None) -> None:
        """Have `put` called, which stores a document, and its passages `nodes` added, embedded if they are not yet."""
        first = 0
        while True:
            some = nodes[first : first + EMBEDDED_AT_ONCE - self._passages]
            share = len(some) / len(nodes) if nodes else 1.0
            self._batch.append(_Step(None if first else put, some, share, on_stored))
            self._passages += len(some)
            first += len(some)
            if self._passages >= EMBEDDED_AT_ONCE:
                self._send()
            if first >= len(nodes):
                return

    def _send(self) -> None:
        steps, self._batch, self._passages = self._batch, [], 0
        nodes = [node for step in steps for node in step.nodes]
        self._running.append((steps, self._pool.submit(self._embed, nodes)))
        while len(self._running) > _BATCHES_AHEAD:
            self._collect()

    def _embed(self, nodes: list[BaseNode]) -> list[str]:
        """The texts of the nodes, of which each has a vector then."""
        texts = [node.get_content(MetadataMode.EMBED) for node in nodes]
        lacking = [number for number, node in enumerate(nodes) if node.embedding is None]
        vectors = self._embedding.get_text_embedding_batch([texts[number] for number in lacking])
        for number, vector in zip(lacking, vectors, strict=True):
            nodes[number].embedding = vector
        return texts

    def _collect(self) -> None:
        steps, embedded = self._running.popleft()
        texts = embedded.result()
        for step in steps:
            if step.put:
                step.put()
        self._store.add([node for step in steps for node in step.nodes])
        self._on_batch(texts)
        for step in steps:
            step.on_stored(step.share)
