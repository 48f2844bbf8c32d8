"""How the dense and the lexical ranking are fused in rag/retrieval/hybrid.py, and why so.

`python -m training.fit_fusion ../shared/data` ranks the passages of sets that are for development (squad2's 15 training
articles, 13 articles of SQuAD 1.1, PolicyQA dev, CovidQA, SciFact's training claims; 1,000 questions each) by either
ranking alone, by reciprocal ranks, and by weighted scores, and prints hit@1, recall@5 and MRR@10, means over the sets.
About 4 minutes on 2 cores. Nothing here reads a set that is reported on.

On 2026-11-25: dense alone .382 .600 .476; lexical alone .533 .691 .603; reciprocal ranks .477 .680 .567; the mean of
cosine and of BM25 by the best .549 .710 .620. Weights of .4 to .6 differ by less than a point: equal ones were kept.
"""

import argparse
import random
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from llama_index.core.schema import NodeWithScore
from llama_index.core.vector_stores.types import VectorStoreQuery, VectorStoreQueryMode

from rag.answer import Passage
from rag.build import build_index, open_engine
from rag.config import Config
from rag.evaluate.dataset import load_questions
from rag.evaluate.evidence import Place, with_places
from rag.evaluate.importers import import_set
from rag.evaluate.ranking import score_ranking
from rag.models.default_embedding import load_default_embedding
from rag.retrieval.hybrid import fuse
from rag.retrieval.passage import as_passage

SETS = (
    ("squad", "squad2/squad2_dev_15articles_train.json.gz", None),
    ("squad", "squad2/squad11_dev_13_other_articles.json.gz", None),
    ("policyqa", "policyqa/dev.json.gz", None),
    ("squad", "covidqa/200423_covidQA.json.gz", None),
    ("scifact", "scifact", "train"),
)
SAMPLE = 1000
CANDIDATES = 50
RANK_CONSTANT = 60
METRICS = ("hit@1", "recall@5", "mrr@10")

Scores = dict[str, float]
Case = tuple[dict[str, Passage], Scores, Scores, Scores, Sequence[Place]]
"""Passages by id; cosines of the dense ranking, cosines of all passages, BM25 of the lexical ranking; evidence."""

Fusion = Callable[[Scores, Scores, Scores], Mapping[str, float]]


def reciprocal_ranks(dense: Scores, cosines: Scores, bm25: Scores) -> Scores:
    """Cormack, Clarke & Büttcher 2009."""
    fused: Scores = {}
    for ranking in (dense, bm25):
        for rank, name in enumerate(sorted(ranking, key=lambda name: (-ranking[name], name)), start=1):
            fused[name] = fused.get(name, 0.0) + 1 / (RANK_CONSTANT + rank)
    return fused


def weighted(weight: float) -> Fusion:
    """`weight` for BM25 as a share of the best, the rest for the cosine."""

    def fusion(dense: Scores, cosines: Scores, bm25: Scores) -> Scores:
        best = max(bm25.values(), default=1.0)
        return {n: (1 - weight) * max(0.0, c) + weight * bm25.get(n, 0.0) / best for n, c in cosines.items()}

    return fusion


FUSIONS: dict[str, Fusion] = {
    "dense": lambda dense, cosines, bm25: dense,
    "lexical": lambda dense, cosines, bm25: bm25,
    "reciprocal ranks": reciprocal_ranks,
    **{f"weighted scores, {weight} lexical": weighted(weight) for weight in (0.3, 0.4, 0.5, 0.6, 0.7)},
    "rag.retrieval.hybrid.fuse": lambda dense, cosines, bm25: dict(fuse(cosines, bm25)),
}


def cases_of(kind: str, path: Path, split: str | None, folder: Path) -> list[Case]:
    """What both rankings say of a sample of a set's questions that have evidence."""
    import_set(kind, path, folder / "set")
    config = Config(index_dir=folder)
    build_index(folder / "set" / "documents", config, "set")
    engine = open_engine(config, "set")
    embedding = load_default_embedding(config.cache_dir)
    asked = with_places(load_questions(folder / "set" / "questions.jsonl", split), engine.source)
    asked = [(question, places) for question, places in asked if places]
    random.Random(0).shuffle(asked)
    cases: list[Case] = []
    for question, places in asked[:SAMPLE]:
        vector = embedding.get_query_embedding(question.question)
        query = VectorStoreQuery(query_str=question.question, query_embedding=vector, similarity_top_k=CANDIDATES)
        dense = engine.store.query(query)
        query.mode = VectorStoreQueryMode.TEXT_SEARCH
        lexical = engine.store.query(query)
        nodes = {node.node_id: node for found in (dense, lexical) for node in found.nodes}
        cases.append(
            (
                {name: as_passage(NodeWithScore(node=node)) for name, node in nodes.items()},
                dict(zip(dense.ids, dense.similarities, strict=True)),
                {name: float(np.dot(vector, node.embedding)) for name, node in nodes.items()},
                dict(zip(lexical.ids, lexical.similarities, strict=True)),
                places,
            )
        )
    return cases


def figures(cases: Sequence[Case], fusion: Fusion) -> list[float]:
    """Mean of each of METRICS over the cases."""
    rows = []
    for passages, dense, cosines, bm25, places in cases:
        fused = fusion(dense, cosines, bm25)
        ranked = sorted(fused, key=lambda name: (-fused[name], name))[:10]
        scores = score_ranking([passages[name] for name in ranked], places)
        rows.append([scores[metric] for metric in METRICS])
    return np.mean(rows, axis=0).tolist()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    data = parser.parse_args().data
    found = []
    for kind, path, split in SETS:
        with tempfile.TemporaryDirectory() as scratch:
            found.append(cases_of(kind, data / path, split, Path(scratch)))
    print(", ".join(METRICS), "(mean), then hit@1 of each set")
    for name, fusion in FUSIONS.items():
        table = np.array([figures(cases, fusion) for cases in found])
        mean, first = table.mean(axis=0), table[:, 0]
        print(f"{name:<32}", *(f"{value:.3f}" for value in mean), " ", *(f"{value:.3f}" for value in first))
