"""Where files are read and cut: here, one after the other, or by others who may be ahead of what is stored."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from types import TracebackType
from typing import NamedTuple, Protocol, Self

from llama_index.core.node_parser.interface import NodeParser
from llama_index.core.schema import BaseNode, Document

from rag.formats.folder import SkippedFile, SourceFile, as_document
from rag.formats.process import ReaderProcess
from rag.ingest.passages import passages_of
from rag.ingest.sections import place_nodes
from rag.retrieval.passage_tables import place_tables
from rag.store.index_contents import Layout


class ReadFile(NamedTuple):
    """What was read of a file, and its passages: with vectors where whoever read it embeds, too."""

    document: Document
    layout: Layout
    nodes: list[BaseNode]
    notes: list[str]


Read = Callable[[], ReadFile]
"""What was read of one file. Raises DocumentError where it cannot be read; called once at most."""


class Readers(Protocol):
    """Who reads and cuts files, from the beginning of a `with` to its end."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None: ...

    def reads(
        self, files: Iterable[SourceFile | SkippedFile], is_expected: Callable[[SourceFile], bool]
    ) -> Iterator[tuple[SourceFile | SkippedFile, Read]]:
        """Each of `files`, in their order, with how it is read: which may have begun where `is_expected`.

        Every SourceFile is asked about once, in order.
        """


class OneReader:
    """Reads a file here when it is called for, and embeds nothing."""

    def __init__(self, node_parser: NodeParser) -> None:
        self._node_parser = node_parser
        self._process = ReaderProcess()

    def __enter__(self) -> Self:
        self._process.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._process.__exit__(kind, error, traceback)

    def reads(
        self, files: Iterable[SourceFile | SkippedFile], is_expected: Callable[[SourceFile], bool]
    ) -> Iterator[tuple[SourceFile | SkippedFile, Read]]:
        """Each of `files` with how it is read, none of them before."""
        for file in files:
            yield file, partial(self._read, file)

    def _read(self, file: SourceFile | SkippedFile) -> ReadFile:
        assert isinstance(file, SourceFile)  # noqa: S101 - what is skipped is not called for
        return read_file(file, self._process, self._node_parser)


def read_file(file: SourceFile, process: ReaderProcess, node_parser: NodeParser) -> ReadFile:
    """A file as a Document, and the passages of it, which say where they lie. Raises DocumentError."""
    parsed = process.read(file.raw, file.suffix)
    document = as_document(file, parsed)
    nodes = passages_of(node_parser, document, parsed.tables)
    place_nodes(nodes, parsed.sections)
    place_tables(nodes, parsed.tables)
    return ReadFile(document, Layout(parsed.sections, parsed.boxes), nodes, parsed.notes)
