"""What becomes of a document's text where others have the same: the first of them holds it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from llama_index.core.schema import BaseNode, Document, NodeRelationship, RelatedNodeInfo

from rag.store.copying import Target
from rag.store.index_contents import IndexContents, Layout


@dataclass(frozen=True, slots=True)
class Heir:
    """A document that is to hold a text in place of another, with its layout, its passages, and those like it."""

    document: Document
    layout: Layout
    nodes: Sequence[BaseNode]
    others: Sequence[Document]

    def take(self, target: Target) -> None:
        """Put it where the other is not any more."""
        target.put_document(self.document, self.layout)
        if self.nodes:
            target.add(self.nodes)
        for other in self.others:
            target.put_duplicate(other, self.document.node_id)


def heir_of(contents: IndexContents, document_id: str, also: Mapping[str, Sequence[str]]) -> Heir | None:
    """The first of those that have a document's text (`also`), looked up before the document is deleted."""
    names = also.get(document_id)
    document = contents.document(document_id) if names else None
    described = [found for name in names or () if (found := contents.describe(name))]
    if document is None or not described:
        return None
    own, *others = described
    nodes: list[BaseNode] = []
    for node in contents.nodes(contents.matching(None, [document_id]).tolist(), with_also=False).values():
        moved = node.model_copy(deep=True)
        moved.id_ = node.id_.replace(document_id, own.node_id, 1)
        moved.relationships = {NodeRelationship.SOURCE: RelatedNodeInfo(node_id=own.node_id)}
        nodes.append(moved)
    held = Document(id_=own.node_id, text=document.text, metadata=own.metadata)
    return Heir(held, contents.layout(document_id), nodes, others)
