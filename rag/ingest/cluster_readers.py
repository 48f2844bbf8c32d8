"""Files read, cut and embedded by the workers of a cluster, which are ahead of what is stored."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self, cast

import numpy as np
import numpy.typing as npt
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.node_parser.interface import NodeParser
from llama_index.core.schema import MetadataMode

from rag.cluster.connection import Cluster
from rag.cluster.worker import TRIES
from rag.config import load_config
from rag.errors import ConfigError, DocumentError, WorkerLostError
from rag.formats.folder import SkippedFile, SourceFile
from rag.formats.process import ReaderProcess
from rag.ingest.parts import parts
from rag.ingest.readers import Read, ReadFile, read_file
from rag.models.embedding import load_embedding

FILES_AHEAD, BYTES_AHEAD = 64, 32_000_000
"""Of files that are with a worker, or back and not stored yet, a worker: one at least, however large."""

_LOST = "each worker that read it died ({tries} did). It may need more memory than a worker has: split the file."

Vectors = npt.NDArray[np.float32]


class WorkerSettings(NamedTuple):
    """What a worker makes its parts of: `embedding` is a setting's value, or one of another's making.

    `model_name` is what the driver has loaded; `cache_dir` None where the worker is to look for its own.
    """

    embedding: str | BaseEmbedding
    model_name: str
    node_parser: NodeParser | None
    max_passage_tokens: int
    cache_dir: Path | None


def open_reader(settings: WorkerSettings) -> Callable[[SourceFile], tuple[ReadFile, Vectors]]:
    """What a worker does with a file: ReadFile, and the vectors of its nodes, float32 [nodes, dimension].

    Raises ConfigError where it has another embedding than the driver, and ModelError.
    """
    cache_dir = settings.cache_dir or load_config().cache_dir
    given = settings.embedding
    embedding = load_embedding(given, cache_dir) if isinstance(given, str) else given
    if embedding.model_name != settings.model_name:
        raise ConfigError(
            f"a worker embeds with {embedding.model_name} where this machine does with {settings.model_name}."
            " Install the same on both."
        )
    cached, node_parser = parts(embedding, settings.node_parser, settings.max_passage_tokens, cache_dir)
    process = ReaderProcess()

    def read(file: SourceFile) -> tuple[ReadFile, Vectors]:
        found = read_file(file, process, node_parser)
        texts = [node.get_content(MetadataMode.EMBED) for node in found.nodes]
        return found, np.array(cached.get_text_embedding_batch(texts), dtype=np.float32)

    return read


class ClusterReaders:
    """Readers on the workers of a cluster."""

    def __init__(self, cluster: Cluster, settings: WorkerSettings) -> None:
        self._pool = cluster.pool(partial(open_reader, settings))

    def __enter__(self) -> Self:
        self._pool.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._pool.__exit__(kind, error, traceback)

    def reads(
        self, files: Iterable[SourceFile | SkippedFile], is_expected: Callable[[SourceFile], bool]
    ) -> Iterator[tuple[SourceFile | SkippedFile, Read]]:
        """Each of `files` with how it is read: those expected by a worker, ahead of what is asked for."""
        ahead: deque[tuple[SourceFile | SkippedFile, Read, int]] = deque()
        bytes_ahead = 0
        for file in files:
            size = len(file.raw) if isinstance(file, SourceFile) else 0
            while ahead and (
                len(ahead) >= FILES_AHEAD * self._pool.most or bytes_ahead + size > BYTES_AHEAD * self._pool.most
            ):
                earlier, read, its_size = ahead.popleft()
                bytes_ahead -= its_size
                yield earlier, read
            read = (
                self._begun(file) if isinstance(file, SourceFile) and is_expected(file) else partial(self._read, file)
            )
            ahead.append((file, read, size))
            bytes_ahead += size
        for earlier, read, _ in ahead:
            yield earlier, read

    def _begun(self, file: SourceFile) -> Read:
        pending = self._pool.submit(file)

        def read() -> ReadFile:
            try:
                found, vectors = pending.result()
            except WorkerLostError as error:
                raise DocumentError(_LOST.format(tries=TRIES)) from error
            for node, vector in zip(found.nodes, vectors.tolist(), strict=True):
                node.embedding = vector
            return cast("ReadFile", found)

        return read

    def _read(self, file: SourceFile | SkippedFile) -> ReadFile:
        assert isinstance(file, SourceFile)  # noqa: S101 - what is skipped is not called for
        return self._begun(file)()
