"""How passages and boxes are written into a row, and made of one."""

import json
import zlib

import numpy as np
from llama_index.core.schema import BaseNode, NodeRelationship, RelatedNodeInfo, TextNode

from rag.formats.parsed_document import Boxes
from rag.metadata import LANGUAGE, PAGE, SECTION, TITLE

# What LlamaIndex needs to show the same text of a node to a model again.
_METADATA_KEYS = (
    "metadata",
    "excluded_embed_metadata_keys",
    "excluded_llm_metadata_keys",
    "metadata_template",
    "text_template",
)


def own_metadata(node: BaseNode) -> str | None:
    """What a node's metadata and exclusions say beyond what is stored elsewhere, as JSON; None for nothing."""
    usual = {TITLE, LANGUAGE, PAGE, SECTION}
    if set(node.metadata) <= usual and all(
        set(node.metadata) == set(getattr(node, key)) for key in _METADATA_KEYS[1:3]
    ):
        return None
    return json.dumps({key: getattr(node, key) for key in _METADATA_KEYS}, ensure_ascii=False)


def stored_node(
    node_id: str,
    document: str,
    start: int | None,
    end: int | None,
    text: str,
    page: int | None,
    section: str | None,
    metadata: str | None,
    title: str | None,
    language: str | None,
) -> TextNode:
    """A passage as it is stored, as a node."""
    if metadata is None:
        known = {TITLE: title, LANGUAGE: language, PAGE: page, SECTION: section}
        usual = {key: value for key, value in known.items() if value is not None}
        own = {"metadata": usual, **{key: list(usual) for key in _METADATA_KEYS[1:3]}}
    else:
        own = json.loads(metadata)
    return TextNode(
        id_=node_id,
        text=text,
        start_char_idx=start,
        end_char_idx=end,
        **own,
        relationships={NodeRelationship.SOURCE: RelatedNodeInfo(node_id=document)} if document else {},
    )


def integer(value: object) -> int | None:
    """`value` where it is a number of a page, else None."""
    return value if isinstance(value, int) else None


def packed(boxes: Boxes) -> bytes:
    """Boxes of a page as they are stored."""
    # Neighbouring characters differ little, which columns of differences show to zlib.
    differences = np.diff(boxes.astype("<u2"), axis=0, prepend=np.zeros((1, 4), "<u2"))
    return zlib.compress(np.ascontiguousarray(differences.T).tobytes())


def unpacked(raw: bytes) -> Boxes:
    """Boxes of a page from what is stored of them."""
    differences = np.frombuffer(zlib.decompress(raw), "<u2").reshape(4, -1)
    return np.cumsum(differences.T, axis=0, dtype=np.uint16)
