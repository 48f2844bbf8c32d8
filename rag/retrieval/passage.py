"""What the steps of a question leave with a node in its metadata, and the node as the Passage that answers show."""

from typing import cast

from llama_index.core.schema import NodeWithScore, TextNode

from rag.answer import Passage
from rag.metadata import ALSO, PAGE, SECTION

DENSE_RANK = "dense_rank"
LEXICAL_RANK = "lexical_rank"

READING = "reading"
"""What the reader says of a passage: see rag.retrieval.reranker.Reading."""

RETRIEVAL_SCORE = "retrieval_score"
"""The score that a node had before it was read, which the reader's takes the place of."""


def as_passage(result: NodeWithScore) -> Passage:
    """A node that was retrieved, and perhaps read, as the Passage that answers show."""
    node = cast(TextNode, result.node)
    reading = node.metadata.get(READING)
    return Passage(
        id=node.node_id,
        document=node.ref_doc_id or "",
        page=node.metadata.get(PAGE),
        start=node.start_char_idx or 0,
        end=node.end_char_idx or 0,
        text=node.text,
        score=node.metadata.get(RETRIEVAL_SCORE, result.score) or 0.0,
        dense_rank=node.metadata.get(DENSE_RANK),
        lexical_rank=node.metadata.get(LEXICAL_RANK),
        section=node.metadata.get(SECTION),
        also=node.metadata.get(ALSO, []),
        reader_score=round(reading["score"], 4) if reading else None,
    )
