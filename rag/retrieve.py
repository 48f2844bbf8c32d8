"""Hybrid retrieval: a dense and a lexical ranking of the same passages, fused."""

from collections.abc import Sequence
from typing import cast

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode
from llama_index.core.vector_stores.types import (
    BasePydanticVectorStore,
    VectorStoreQuery,
    VectorStoreQueryMode,
)

from rag.answer import Passage

RANK_CONSTANT = 60
DENSE_RANK = "dense_rank"
LEXICAL_RANK = "lexical_rank"


class HybridRetriever(BaseRetriever):
    """The `passage_count` best nodes by reciprocal rank fusion of a dense and a lexical ranking.

    Each node's metadata says its rank (from 1) in each ranking, or None where that did not find it. Works on any vector
    store that has the modes DEFAULT and TEXT_SEARCH.
    """

    def __init__(
        self,
        store: BasePydanticVectorStore,
        embedding: BaseEmbedding,
        passage_count: int,
        candidate_count: int,
    ) -> None:
        super().__init__()
        self._store = store
        self._embedding = embedding
        self._passage_count = passage_count
        self._candidate_count = max(candidate_count, passage_count)

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        query = VectorStoreQuery(
            query_str=query_bundle.query_str,
            query_embedding=query_bundle.embedding or self._embedding.get_query_embedding(query_bundle.query_str),
            similarity_top_k=self._candidate_count,
        )
        dense = self._store.query(query)
        query.mode = VectorStoreQueryMode.TEXT_SEARCH
        lexical = self._store.query(query)
        nodes = {node.node_id: node for found in (dense, lexical) for node in found.nodes or []}
        dense_ids, lexical_ids = dense.ids or [], lexical.ids or []
        fused = reciprocal_rank_fusion([dense_ids, lexical_ids])
        results = []
        for node_id, score in fused[: self._passage_count]:
            node = nodes[node_id]
            node.metadata |= {
                DENSE_RANK: _rank(dense_ids, node_id),
                LEXICAL_RANK: _rank(lexical_ids, node_id),
            }
            for excluded in (node.excluded_embed_metadata_keys, node.excluded_llm_metadata_keys):
                excluded += [DENSE_RANK, LEXICAL_RANK]
            results.append(NodeWithScore(node=node, score=score))
        return results


def reciprocal_rank_fusion(rankings: Sequence[Sequence[str]]) -> list[tuple[str, float]]:
    """Ids with fused scores, best first, ties by id: the sum over rankings of 1 / (60 + rank), rank from 1.

    An id counts once a ranking, at its best rank. Cormack, Clarke & Büttcher 2009.
    """
    scores: dict[str, float] = {}
    for ranking in rankings:
        for rank, node_id in enumerate(dict.fromkeys(ranking), start=1):
            scores[node_id] = scores.get(node_id, 0.0) + 1 / (RANK_CONSTANT + rank)
    return sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))


def _rank(ranking: list[str], node_id: str) -> int | None:
    return ranking.index(node_id) + 1 if node_id in ranking else None


def as_passage(result: NodeWithScore) -> Passage:
    """A retrieved node as the Passage that answers show."""
    node = cast(TextNode, result.node)
    return Passage(
        id=node.node_id,
        document=node.ref_doc_id or "",
        page=node.metadata.get("page"),
        start=node.start_char_idx or 0,
        end=node.end_char_idx or 0,
        text=node.text,
        score=result.score or 0.0,
        dense_rank=node.metadata.get(DENSE_RANK),
        lexical_rank=node.metadata.get(LEXICAL_RANK),
    )
