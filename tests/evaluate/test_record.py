import json
from dataclasses import replace

import pytest

from rag.answer import Sentence
from rag.evaluate.record import Record, read_record
from tests.evaluate.runs import (
    BERN,
    DANUBE,
    PORT,
    RHINE,
    all_kinds,
    answer,
    hostile,
    question,
    record,
    search_record,
)

OUTCOMES = {
    "correct": ("correct", None),
    "emoji": ("correct", None),
    "not-chosen": ("wrong", "not chosen"),
    "not-retrieved": ("wrong", "not retrieved"),
    "answered-wrongly": ("wrong", "answered wrongly"),
    "unsupported": ("unsupported", "answered wrongly"),
    "refused-wrongly": ("refused", "refused wrongly"),
    "refused-rightly": ("refused", None),
    "answered-unanswerable": ("wrong", "answered unanswerable"),
    "whole-document": ("correct", None),
}
ASKED = question("Where does the Rhine rise?", ["the Alps"], RHINE)


@pytest.mark.parametrize("kept", all_kinds(), ids=lambda kept: kept.id)
def test_every_question_has_one_outcome_and_is_lost_at_one_stage(kept: Record) -> None:
    assert (kept.outcome, kept.lost) == OUTCOMES[kept.id]


def test_a_sentence_without_support_makes_an_answer_unsupported_even_if_it_is_right() -> None:
    given = answer(ASKED.question, [RHINE], [RHINE])
    made_up = replace(given, sentences=[*given.sentences, Sentence("The Alps are in Peru.", [1], "quoted")])
    kept = record(ASKED, made_up)
    assert (kept.outcome, kept.scores["citation_recall"], kept.scores["citation_precision"]) == (
        "unsupported",
        0.5,
        0.5,
    )
    assert kept.right_if_answered is True


def test_words_are_scored_against_the_short_answer_where_there_is_one() -> None:
    long, short = (record(ASKED, answer(ASKED.question, [RHINE], [RHINE], short_answer=s)) for s in (None, "the Alps"))
    assert (long.scores["exact_match"], short.scores["exact_match"]) == (0, 1)
    assert long.scores["f1"] == pytest.approx(2 / 5)
    assert long.outcome == short.outcome == "correct"


def test_a_refusal_scores_no_words_and_tells_whether_it_would_have_been_right() -> None:
    given = answer(ASKED.question, [RHINE], [RHINE])
    refused = record(ASKED, given, refused=True)
    assert {refused.scores[name] for name in ("exact_match", "f1", "rouge_l")} == {0}
    assert {refused.scores[name] for name in ("citation_recall", "citation_exactness", "evidence_cited")} == {None}
    assert (refused.outcome, refused.right_if_answered) == ("refused", True)


def test_scores_that_do_not_apply_are_none() -> None:
    unanswerable = record(question("Who?"), answer("Who?", [BERN], [BERN]))
    assert {unanswerable.scores[name] for name in ("f1", "recall@5", "evidence_cited")} == {None}
    assert (unanswerable.outcome, unanswerable.gold_rank) == ("wrong", None)


def test_a_search_has_scores_of_its_ranking_alone() -> None:
    kept = search_record(question("Where?", quote=DANUBE), [PORT, DANUBE])
    assert (kept.gold_rank, kept.outcome, kept.lost, kept.right_if_answered) == (2, None, None, None)
    assert set(kept.scores) == {"hit@1", "hit@5", "recall@5", "recall@10", "mrr@10", "map", "ndcg@10"}


@pytest.mark.parametrize("kept", [*all_kinds(), hostile(), search_record(ASKED, [PORT])], ids=lambda kept: kept.id[:20])
def test_a_line_reads_back_and_holds_the_whole_json_of_rag_ask(kept: Record) -> None:
    line = json.loads(json.dumps(kept.as_json()))
    assert read_record(line) == kept
    assert next(iter(line)) == "id"
    assert kept.answer.as_json().items() <= line.items()
