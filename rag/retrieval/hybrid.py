"""Hybrid retrieval: a dense and a lexical ranking of the same passages, fused."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.schema import BaseNode, NodeWithScore, QueryBundle
from llama_index.core.vector_stores.types import (
    BasePydanticVectorStore,
    MetadataFilters,
    VectorStoreQuery,
    VectorStoreQueryMode,
    VectorStoreQueryResult,
)

from rag.metadata import add_metadata
from rag.models.unit_vectors import as_unit
from rag.retrieval.passage import DENSE_RANK, LEXICAL_RANK

Rankings = Literal["both", "dense", "lexical"]


class HybridRetriever(BaseRetriever):
    """The `passage_count` best nodes by a fusion of a dense and a lexical ranking, or by one of them, under `filters`.

    Each node's metadata says its rank (from 1) in each ranking, or None where that did not find it. Works on any vector
    store of unit vectors that has the modes DEFAULT and TEXT_SEARCH and gives nodes with their embeddings.
    """

    def __init__(
        self,
        store: BasePydanticVectorStore,
        embedding: BaseEmbedding,
        passage_count: int,
        candidate_count: int,
        rankings: Rankings = "both",
        filters: MetadataFilters | None = None,
    ) -> None:
        super().__init__()
        self._store = store
        self._embedding = embedding
        self._passage_count = passage_count
        self._rankings = rankings
        self._filters = filters
        self._candidate_count = max(candidate_count, passage_count)

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        question = query_bundle.query_str
        dense = lexical = VectorStoreQueryResult(nodes=[], similarities=[], ids=[])
        vector: list[float] | None = None
        if self._rankings != "lexical":
            given = query_bundle.embedding or self._embedding.get_query_embedding(question)
            vector = as_unit(np.array([given], dtype=np.float32))[0].tolist()
            dense = self._query(VectorStoreQueryMode.DEFAULT, query_embedding=vector)
        if self._rankings != "dense":
            lexical = self._query(VectorStoreQueryMode.TEXT_SEARCH, query_str=question)
        nodes = {node.node_id: node for found in (dense, lexical) for node in found.nodes or []}
        dense_ids, lexical_ids = dense.ids or [], lexical.ids or []
        cosines = None if vector is None else _cosines(vector, dense, nodes)
        weights = None if self._rankings == "dense" else dict(zip(lexical_ids, lexical.similarities or [], strict=True))
        results = []
        for node_id, score in fuse(cosines, weights)[: self._passage_count]:
            node = nodes[node_id]
            ranks = {DENSE_RANK: _rank(dense_ids, node_id), LEXICAL_RANK: _rank(lexical_ids, node_id)}
            add_metadata(node, ranks)
            results.append(NodeWithScore(node=node, score=score))
        return results

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return await asyncio.to_thread(self._retrieve, query_bundle)

    def _query(self, mode: VectorStoreQueryMode, **sought: Any) -> VectorStoreQueryResult:
        return self._store.query(
            VectorStoreQuery(mode=mode, similarity_top_k=self._candidate_count, filters=self._filters, **sought)
        )


def fuse(cosines: Mapping[str, float] | None, bm25: Mapping[str, float] | None) -> list[tuple[str, float]]:
    """Ids with fused scores, 0 to 1, best first, ties by id: the mean of cosine and of BM25 as a share of the best.

    A negative cosine counts as 0, as does what a ranking does not know; a ranking that is None has no say. A convex
    combination of scores whose least is 0 (Bruch, Gai & Ingber 2023); why with equal weights, and not by reciprocal
    ranks: training/fit_fusion.py.
    """
    best = max((bm25 or {}).values(), default=0.0)
    lexical = None if bm25 is None else {name: score / best if best > 0 else 0.0 for name, score in bm25.items()}
    rankings = [ranking for ranking in (cosines, lexical) if ranking is not None]
    ids = {name for ranking in rankings for name in ranking}
    fused = {name: sum(max(0.0, ranking.get(name, 0.0)) for ranking in rankings) / len(rankings) for name in ids}
    return sorted(fused.items(), key=lambda pair: (-pair[1], pair[0]))


def _cosines(vector: Sequence[float], dense: VectorStoreQueryResult, nodes: Mapping[str, BaseNode]) -> dict[str, float]:
    """The cosine of `vector` and each of `nodes`, by id; the dense ranking knows those of its own."""
    found = dict(zip(dense.ids or [], dense.similarities or [], strict=True))
    others = {name: node.embedding for name, node in nodes.items() if name not in found and node.embedding}
    if others:
        found |= zip(others, (np.array(list(others.values())) @ np.array(vector)).tolist(), strict=True)
    return found


def _rank(ranking: list[str], node_id: str) -> int | None:
    return ranking.index(node_id) + 1 if node_id in ranking else None
