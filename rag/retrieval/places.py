"""PlaceCheck: what other parts retrieved, at the exact place where it stands in its document."""

import logging
from collections.abc import Callable

from llama_index.core.postprocessor.types import BaseNodePostprocessor
from llama_index.core.schema import NodeRelationship, NodeWithScore, QueryBundle, TextNode
from pydantic import PrivateAttr

from rag.text.places import find_place

_log = logging.getLogger(__name__)


class PlaceCheck(BaseNodePostprocessor):
    """Nodes whose text stands in their document where they say, put right where it stands elsewhere in it.

    What stands nowhere cannot be cited: it is left out, and named in the log. `text_of` gives a document's text by id.
    """

    _text_of: Callable[[str], str | None] = PrivateAttr()

    def __init__(self, text_of: Callable[[str], str | None]) -> None:
        super().__init__()
        self._text_of = text_of

    @classmethod
    def class_name(cls) -> str:
        """The name under which LlamaIndex serialises this postprocessor."""
        return "PlaceCheck"

    def _postprocess_nodes(
        self, nodes: list[NodeWithScore], query_bundle: QueryBundle | None = None
    ) -> list[NodeWithScore]:
        return [NodeWithScore(node=node, score=result.score) for result in nodes if (node := self._placed(result))]

    def _placed(self, result: NodeWithScore) -> TextNode | None:
        node = result.node
        text = self._text_of(node.ref_doc_id or "") if isinstance(node, TextNode) else None
        if not isinstance(node, TextNode) or text is None:
            _log.warning("left out, for it is of no document of the index: %s", node.node_id)
            return None
        if node.start_char_idx is not None and text[node.start_char_idx : node.end_char_idx] == node.text:
            return node
        place = find_place(text, node.text.strip())
        if place is None:
            _log.warning("left out, for its text does not stand in %s: %s", node.ref_doc_id, node.node_id)
            return None
        start, end = place
        source = {NodeRelationship.SOURCE: node.relationships[NodeRelationship.SOURCE]}
        changed = {"text": text[start:end], "start_char_idx": start, "end_char_idx": end, "relationships": source}
        return node.model_copy(update=changed)
