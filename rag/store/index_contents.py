"""What every index can be asked for, wherever it is kept."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

import numpy as np
import numpy.typing as npt
from llama_index.core.schema import Document, TextNode
from llama_index.core.vector_stores.types import MetadataFilters

from rag.formats.parsed_document import Boxes, Section
from rag.store.conditions import Condition, Dialect
from rag.store.document_info import DocumentInfo

Rows: TypeAlias = npt.NDArray[np.int64]
"""Passages by the numbers that an index gives them: what filters chose."""

Ranking: TypeAlias = list[tuple[int, float]]
"""Rows of passages with scores, best first."""

FEW_ROWS = 20_000
"""Passages under a filter that are looked at one by one instead of being sought among all."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the parts of a document lie: sections by range, and the boxes of characters by page."""

    sections: Sequence[Section] = ()
    boxes: Mapping[int, Boxes] | None = None


class IndexContents(ABC):
    """Documents and passages of an index, by id and by row, and the two ways to rank passages: one state of it."""

    dialect: ClassVar[Dialect]
    """How what it is asked for is said to it."""

    @abstractmethod
    def close(self) -> None:
        """Let go of what is open."""

    @abstractmethod
    def document(self, document_id: str) -> Document | None:
        """The document with this id, or None."""

    @abstractmethod
    def describe(self, document_id: str) -> Document | None:
        """Id and own metadata of a document, without the text that it has from another."""

    @abstractmethod
    def holder(self, document_id: str) -> str:
        """The id under which the passages of a document are: its own, or that of one with the same text."""

    @abstractmethod
    def sections(self, document_id: str) -> list[Section]:
        """Pages, slides, sheets and headings of a document, as ranges of its text."""

    @abstractmethod
    def boxes(self, document_id: str, page: int) -> Boxes | None:
        """Where the characters of a page of a document stand; None where that is not known."""

    @abstractmethod
    def layout(self, document_id: str) -> Layout:
        """Sections and boxes of all pages of a document that has a text of its own."""

    @abstractmethod
    def hashes(self) -> dict[str, tuple[str, str | None]]:
        """By id of a document, sha256 of its file and the id of the one whose text it has; sorted by id."""

    @abstractmethod
    def documents(self) -> list[DocumentInfo]:
        """All documents, sorted by id."""

    @abstractmethod
    def rows(self) -> Rows:
        """All passages, in the order in which they were put."""

    @abstractmethod
    def nodes(self, rows: Sequence[int], with_also: bool = True) -> dict[int, TextNode]:
        """Passages by row, with their embeddings; their metadata says which further documents have the same text."""

    @abstractmethod
    def passages_of(
        self, document_id: str, most: int, with_vectors: bool = False, among: Rows | None = None
    ) -> list[TextNode]:
        """The passages of a document, of those in the rows `among`, in the order of its text; none if over `most`."""

    @abstractmethod
    def documents_of(self, rows: Rows) -> set[str]:
        """The ids of the documents that the passages in these rows are of."""

    def matching(
        self,
        filters: MetadataFilters | None,
        document_ids: Sequence[str] | None = None,
        passage_ids: Sequence[str] | None = None,
    ) -> Rows:
        """Rows of the passages that meet `filters`, of these documents, with these ids; sorted.

        Raises ValueError for what cannot be filtered by.
        """
        conditions = [self.dialect.condition(filters)] if filters and filters.filters else []
        if document_ids:
            conditions.append(self.dialect.one_of("d.id", [self.holder(document) for document in document_ids]))
        if passage_ids:
            conditions.append(self.dialect.one_of("p.id", passage_ids))
        return self._meeting(self.dialect.joined(" AND ", self.dialect.true, conditions))

    @abstractmethod
    def _meeting(self, condition: Condition) -> Rows:
        """Rows of the passages that meet a condition, by their own document or by one with the same text; sorted."""

    @abstractmethod
    def nearest(self, query: npt.NDArray[np.float32], count: int, among: Rows | None = None) -> Ranking:
        """The passages nearest to a unit vector, float32 [dimension]; of few rows `among`, exactly."""

    @abstractmethod
    def search_words(self, words: Sequence[str], count: int, among: Rows | None = None) -> Ranking:
        """The passages with the highest BM25 for `words`, of those in the rows `among`."""
