from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from llama_index.core.schema import MetadataMode, QueryBundle

from rag.answer import Passage
from rag.ingest.chunker import SentenceChunker
from rag.ingest.update import update_index
from rag.retrieval.hybrid import HybridRetriever, Rankings, fuse
from rag.retrieval.passage import as_passage
from rag.store.folder_catalog import FolderIndex
from rag.store.vector_store import FaissStore
from tests.conftest import HashEmbedding

SCORES = st.dictionaries(st.sampled_from("abcdefgh"), st.floats(0.01, 9), max_size=8)
EMBEDDING = HashEmbedding()
QUESTION = "Bern is the seat of the Swiss government."


@pytest.fixture
def store(documents: Path, tmp_path: Path, chunker: SentenceChunker) -> FaissStore:
    update_index(documents, FolderIndex(tmp_path / "i"), EMBEDDING, chunker, 1)
    return FaissStore.open(tmp_path / "i")


def retrieved(store: FaissStore, question: str, rankings: Rankings = "both", count: int = 5) -> list[Passage]:
    retriever = HybridRetriever(store, EMBEDDING, passage_count=count, candidate_count=count, rankings=rankings)
    return [as_passage(found) for found in retriever.retrieve(question)]


@given(SCORES, SCORES)
def test_fusion_ranks_every_id_once_by_the_mean_of_cosine_and_relative_bm25(
    nine_times_cosines: dict[str, float], bm25: dict[str, float]
) -> None:
    cosines = {name: score / 9 for name, score in nine_times_cosines.items()}
    fused = fuse(cosines, bm25)
    expected = {
        name: (cosines.get(name, 0) + bm25.get(name, 0) / max(bm25.values(), default=1)) / 2
        for name in {*cosines, *bm25}
    }
    assert dict(fused) == pytest.approx(expected)
    assert fused == sorted(fused, key=lambda pair: (-pair[1], pair[0]))
    assert all(0 <= score <= 1 for _, score in fused)


@given(SCORES, st.floats(0.1, 10))
def test_fusion_does_not_depend_on_the_unit_of_bm25(bm25: dict[str, float], unit: float) -> None:
    other = fuse({"a": 0.5}, {name: unit * score for name, score in bm25.items()})
    assert dict(other) == pytest.approx(dict(fuse({"a": 0.5}, bm25)))


def test_fusion_of_one_ranking_keeps_it_and_a_negative_cosine_counts_as_none() -> None:
    assert fuse(None, {"a": 1.0, "b": 4.0}) == [("b", 1.0), ("a", 0.25)]
    assert fuse({"a": 0.2, "b": 0.4}, None) == [("b", 0.4), ("a", 0.2)]
    assert fuse({"a": -0.5, "b": 0.0}, {"a": 2.0}) == [("a", 0.5), ("b", 0.0)]
    assert fuse({"a": 0.5}, {}) == [("a", 0.25)]
    assert fuse({}, {}) == fuse(None, {}) == []
    assert fuse(None, {"a": 0.0}) == [("a", 0.0)]


def test_the_retriever_says_which_ranking_found_a_passage_where(store: FaissStore, documents: Path) -> None:
    first, second = retrieved(store, QUESTION)
    assert (first.document, first.dense_rank, first.lexical_rank) == ("towns.txt", 1, 1)
    assert (second.document, second.dense_rank, second.lexical_rank) == ("rivers.md", 2, None)
    of = EMBEDDING.get_text_embedding
    assert first.score == pytest.approx((np.dot(of(QUESTION), of(first.text)) + 1) / 2)
    assert second.score == pytest.approx(max(0, np.dot(of(QUESTION), of(second.text))) / 2)
    assert (documents / "towns.txt").read_text()[first.start : first.end] == first.text
    (only,) = retrieved(store, "Rhine river Alps", count=1)
    assert only.document == "rivers.md"


def test_models_are_shown_the_text_of_a_passage_without_its_ranks(store: FaissStore) -> None:
    for result in HybridRetriever(store, EMBEDDING, 5, 5).retrieve("Bern"):
        assert all(result.node.get_content(mode) == result.node.text for mode in (MetadataMode.EMBED, MetadataMode.LLM))


def test_one_ranking_alone_is_a_setting(store: FaissStore) -> None:
    (lexical,) = retrieved(store, QUESTION, "lexical")
    assert (lexical.document, lexical.dense_rank, lexical.lexical_rank, lexical.score) == ("towns.txt", None, 1, 1.0)
    dense = retrieved(store, QUESTION, "dense")
    assert [(p.document, p.dense_rank, p.lexical_rank) for p in dense] == [
        ("towns.txt", 1, None),
        ("rivers.md", 2, None),
    ]


def test_a_passage_that_only_words_find_has_its_cosine_too(store: FaissStore) -> None:
    rivers = next(passage for passage in retrieved(store, QUESTION) if passage.document == "rivers.md")
    vector = EMBEDDING.get_text_embedding(rivers.text)
    retriever = HybridRetriever(store, EMBEDDING, passage_count=1, candidate_count=1)
    (found,) = map(as_passage, retriever.retrieve(QueryBundle("Bern", embedding=vector)))
    assert (found.document, found.dense_rank, found.lexical_rank) == ("towns.txt", None, 1)
    cosine = np.dot(vector, EMBEDDING.get_text_embedding(found.text))
    assert cosine > 0
    assert found.score == pytest.approx((cosine + 1) / 2)
