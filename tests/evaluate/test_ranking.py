import math

import pytest
import pytrec_eval
from hypothesis import given
from hypothesis import strategies as st

from rag.answer import Passage
from rag.evaluate.evidence import Place
from rag.evaluate.ranking import gold_rank, ranked, score_ranking


def passage(start: int, end: int, document: str = "d", name: str = "") -> Passage:
    return Passage(name or f"{document}{start}-{end}", document, None, start, end, "", 1.0, 1, 1)


def place(start: int, end: int, relevance: int = 1, document: str = "d") -> Place:
    return Place(document, start, end, relevance)


def whole(document: str, relevance: int = 1) -> Place:
    return Place(document, 0, 100, relevance, whole=True)


RANKINGS = st.lists(st.integers(0, 11), unique=True, max_size=12)
GRADES = st.dictionaries(st.integers(0, 11), st.integers(1, 3), min_size=1, max_size=6)

TREC = {
    "hit@1": "success_1",
    "hit@5": "success_5",
    "recall@5": "recall_5",
    "recall@10": "recall_10",
    "mrr@10": "recip_rank",
    "map": "map",
}


@given(RANKINGS, GRADES)
def test_scores_are_those_of_trec_eval_where_passages_and_evidence_are_one_to_one(
    ranking: list[int], grades: dict[int, int]
) -> None:
    scores = score_ranking(
        [passage(10 * n, 10 * n + 10) for n in ranking],
        [place(10 * n + 2, 10 * n + 5, grade) for n, grade in grades.items()],
    )
    evaluator = pytrec_eval.RelevanceEvaluator(
        {"q": {str(n): grade for n, grade in grades.items()}}, {"success", "recall", "recip_rank", "map", "ndcg_cut"}
    )
    run = {str(n): float(-rank) for rank, n in enumerate(ranking)} or {"none": 0.0}
    (expected,) = evaluator.evaluate({"q": run}).values()
    for name, theirs in TREC.items():
        if name == "mrr@10" and not set(ranking[:10]) & set(grades):
            assert scores[name] == 0
        else:
            assert scores[name] == pytest.approx(expected[theirs]), name


@given(RANKINGS, GRADES)
def test_ndcg_is_that_of_its_formula(ranking: list[int], grades: dict[int, int]) -> None:
    def dcg(gains: list[int]) -> float:
        return sum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains[:10], start=1))

    scores = score_ranking(
        [passage(10 * n, 10 * n + 10) for n in ranking], [place(10 * n, 10 * n + 1, g) for n, g in grades.items()]
    )
    ideal = dcg(sorted(grades.values(), reverse=True))
    assert scores["ndcg@10"] == pytest.approx(dcg([grades.get(n, 0) for n in ranking]) / ideal)


@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(1, 30)), max_size=12, unique=True),
    st.lists(st.integers(0, 40), max_size=4),
)
def test_no_score_leaves_0_to_1_whatever_overlaps(ranges: list[tuple[int, int]], starts: list[int]) -> None:
    passages = [passage(start, start + length) for start, length in ranges]
    scores = score_ranking(passages, [place(start, start + 5) for start in starts])
    for name, score in scores.items():
        assert (score is None) == (not starts), name
        assert score is None or 0 <= score <= 1, name
    if starts:
        for k in (5, 10):
            found = [s for s in starts if any(p.start < s + 5 and s < p.end for p in passages[:k])]
            assert scores[f"recall@{k}"] == len(found) / len(starts)


def test_evidence_is_matched_by_overlap_so_that_chunking_may_change() -> None:
    evidence = [place(10, 20), place(40, 45)]
    fine = score_ranking([passage(0, 12), passage(12, 30), passage(30, 50)], evidence)
    coarse = score_ranking([passage(0, 50)], evidence)
    assert fine["hit@1"] == coarse["hit@1"] == 1
    assert fine["recall@5"] == coarse["recall@5"] == 1
    assert score_ranking([passage(0, 10), passage(20, 40)], evidence)["recall@10"] == 0


def test_a_ranking_of_passages_is_one_of_evidence_each_piece_once() -> None:
    evidence = [place(10, 20), place(40, 45), place(42, 60)]
    ranking = [passage(0, 5), passage(5, 15), passage(15, 25), passage(5, 50), passage(0, 5)]
    assert ranked(ranking, evidence) == [
        *(["passage d0-5"], ["evidence 0"], ["passage d15-25"], ["evidence 1", "evidence 2"])
    ]


def test_recall_counts_passages_however_many_pieces_of_evidence_one_holds() -> None:
    evidence = [place(n, n + 1) for n in range(7)]
    assert score_ranking([passage(0, 10)], evidence)["recall@5"] == 1
    assert score_ranking([passage(90, 99, name=f"{n}") for n in range(4)] + [passage(0, 10)], evidence)["recall@5"] == 1
    assert score_ranking([passage(90, 99, name=f"{n}") for n in range(5)] + [passage(0, 10)], evidence)["recall@5"] == 0


def test_whole_documents_are_ranked_by_their_best_passage() -> None:
    ranking = [passage(0, 10, "x"), passage(10, 20, "x"), passage(5, 9, "y"), passage(9, 12, "y"), passage(0, 9, "z")]
    assert ranked(ranking, [whole("z", 2), whole("y")]) == [["document x"], ["evidence 1"], ["evidence 0"]]
    assert score_ranking(ranking, [whole("y")])["mrr@10"] == 0.5


def test_nothing_found_scores_0_and_no_evidence_none() -> None:
    assert set(score_ranking([], [place(0, 1)]).values()) == {0.0}
    assert set(score_ranking([passage(0, 1)], []).values()) == {None}


def test_the_rank_of_the_evidence_counts_passages() -> None:
    ranking = [passage(29, 44), passage(0, 28), passage(0, 28, "other")]
    assert gold_rank(ranking, [place(0, 28)]) == 2
    assert gold_rank(ranking, [place(44, 60)]) is None
    assert gold_rank(ranking, [whole("other")]) == 3
