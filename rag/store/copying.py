"""Everything that lives in an index, put into another."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

import numpy as np
from llama_index.core.schema import BaseNode, Document

from rag.store.index_contents import IndexContents, Layout

_COPIED_AT_ONCE = 10_000


class Target(Protocol):
    """What documents and passages are put into: an IndexStore, or the change to one."""

    def put_document(self, document: Document, layout: Layout | None = None) -> None:
        """Store a document's text and layout."""

    def put_duplicate(self, document: Document, same_as: str) -> None:
        """Store that a document has the text of another."""

    def add(self, nodes: Sequence[BaseNode]) -> Any:
        """Add passages with their embeddings."""


def differences(one: IndexContents, other: IndexContents) -> Iterator[str]:
    """What of an index is not the same in a copy, in words: documents, layouts, passages, vectors, their order."""
    documents = one.hashes()
    if documents != other.hashes():
        yield "the documents are not the same."
        return
    for document_id in documents:
        if one.document(document_id) != other.document(document_id):
            yield f"the document {document_id} is not the same."
        if not _is_same_layout(one.layout(document_id), other.layout(document_id)):
            yield f"the layout of {document_id} is not the same."
    rows, others = one.rows(), other.rows()
    if len(rows) != len(others):
        yield f"it has {len(others)} passages instead of {len(rows)}."
        return
    for first in range(0, len(rows), _COPIED_AT_ONCE):
        some, same = (those[first : first + _COPIED_AT_ONCE].tolist() for those in (rows, others))
        before, after = one.nodes(some), other.nodes(same)
        for row, copied in zip(some, same, strict=True):
            if before[row] != after[copied]:
                yield f"the passage {before[row].node_id} is not the same."


def _is_same_layout(one: Layout, other: Layout) -> bool:
    boxes, others = one.boxes or {}, other.boxes or {}
    is_same = boxes.keys() == others.keys() and all(np.array_equal(boxes[page], others[page]) for page in boxes)
    return is_same and list(one.sections) == list(other.sections)


def copy_contents(
    source: IndexContents, target: Target, on_share: Callable[[float], None] = lambda share: None
) -> None:
    """Put everything that lives in `source` into `target`, without what is dead; hear of the share that is done.

    Passages keep their order. Nothing is made current.
    """
    rows = source.rows()
    documents = source.hashes()
    total, done = len(rows) + len(documents) or 1, 0
    for document_id, (_, same_as) in documents.items():
        found = source.describe(document_id) if same_as else source.document(document_id)
        if found and same_as:
            target.put_duplicate(found, same_as)
        elif found:
            target.put_document(found, source.layout(document_id))
        done += 1
        on_share(done / total)
    for first in range(0, len(rows), _COPIED_AT_ONCE):
        some = rows[first : first + _COPIED_AT_ONCE].tolist()
        nodes = source.nodes(some, with_also=False)
        target.add([nodes[row] for row in some])
        done += len(some)
        on_share(done / total)
