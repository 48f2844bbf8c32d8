from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from llama_index.core.schema import MetadataMode

from rag.chunk import SentenceChunker
from rag.index import update_index
from rag.retrieve import HybridRetriever, as_passage, reciprocal_rank_fusion
from rag.store import FaissStore
from tests.conftest import HashEmbedding

RANKINGS = st.lists(st.lists(st.sampled_from("abcdefgh"), max_size=8), max_size=4)


@given(RANKINGS)
def test_fusion_ranks_every_id_once_by_the_sum_of_reciprocal_ranks(rankings: list[list[str]]) -> None:
    fused = reciprocal_rank_fusion(rankings)
    unique = [list(dict.fromkeys(ranking)) for ranking in rankings]
    expected = {
        node_id: sum(1 / (61 + ranking.index(node_id)) for ranking in unique if node_id in ranking)
        for ranking in unique
        for node_id in ranking
    }
    assert dict(fused) == pytest.approx(expected)
    assert fused == sorted(fused, key=lambda pair: (-pair[1], pair[0]))


@given(RANKINGS, st.randoms())
def test_fusion_does_not_depend_on_the_order_of_two_rankings(rankings: list[list[str]], random: object) -> None:
    first_two = rankings[:2]
    assert reciprocal_rank_fusion(first_two) == reciprocal_rank_fusion(first_two[::-1])


@given(st.lists(st.sampled_from("abcdefgh"), unique=True))
def test_fusion_of_one_ranking_keeps_it(ranking: list[str]) -> None:
    assert [node_id for node_id, _ in reciprocal_rank_fusion([ranking])] == ranking


def test_the_retriever_says_which_ranking_found_a_passage_where(
    documents: Path, tmp_path: Path, chunker: SentenceChunker
) -> None:
    embedding = HashEmbedding()
    update_index(documents, tmp_path / "i", embedding, chunker, 1)
    store = FaissStore.open(tmp_path / "i")
    retriever = HybridRetriever(store, embedding, passage_count=5, candidate_count=5)
    first, second = map(as_passage, retriever.retrieve("Bern is the seat of the Swiss government."))
    assert (first.document, first.dense_rank, first.lexical_rank) == ("towns.txt", 1, 1)
    assert (second.document, second.dense_rank, second.lexical_rank) == ("rivers.md", 2, None)
    assert (first.score, second.score) == pytest.approx((2 / 61, 1 / 62))
    assert (documents / "towns.txt").read_text()[first.start : first.end] == first.text
    for result in retriever.retrieve("Bern"):
        assert all(result.node.get_content(mode) == result.node.text for mode in (MetadataMode.EMBED, MetadataMode.LLM))
    only_one = HybridRetriever(store, embedding, passage_count=1, candidate_count=1)
    (only,) = only_one.retrieve("Rhine river Alps")
    assert as_passage(only).document == "rivers.md"
