from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answer import NOT_IN_DOCUMENTS, Answer, Citation, Passage, Sentence
from rag.answering.refusal import RefusalPolicy, looked_for, policy_for
from rag.store.calibration import Calibration, digest

ANSWER = Answer(
    question="Where?",
    answer="In Bern. [1]",
    short_answer="Bern",
    confidence=0.5,
    refused=False,
    reason=None,
    sentences=[Sentence("In Bern.", [1], "quoted")],
    citations=[Citation(1, "d", "t", None, 0, 8, "In Bern.")],
    passages=[Passage("p", "d", None, 0, 8, "In Bern.", 1.0, 1, 1)],
)
FITTED = Calibration(slope=4.0, intercept=-2.0, threshold=0.6, expected_precision=0.9, expected_coverage=0.5, asked=[])


def test_an_answer_at_the_threshold_is_given_and_below_it_refused_with_the_nearest_passages() -> None:
    assert RefusalPolicy(0.5).decide(ANSWER) == ANSWER
    refused = RefusalPolicy(0.51).decide(ANSWER)
    assert (refused.refused, refused.answer, refused.short_answer) == (True, NOT_IN_DOCUMENTS, None)
    assert (refused.sentences, refused.citations, refused.passages) == ([], [], ANSWER.passages)
    assert refused.reason is not None
    assert "confidence 0.50, at least 0.51 is needed" in refused.reason


def test_an_answer_without_sentences_is_refused_whatever_the_threshold() -> None:
    assert RefusalPolicy(0.0).decide(replace(ANSWER, sentences=[], citations=[])).refused


def test_what_was_refused_before_keeps_its_reason() -> None:
    empty = replace(ANSWER, refused=True, reason="Nothing to quote.", sentences=[], citations=[])
    assert RefusalPolicy(0.0, FITTED).decide(empty) == empty


def test_confidence_is_calibrated_where_that_was_fitted() -> None:
    policy = RefusalPolicy(0.5, FITTED)
    assert policy.decide(ANSWER).confidence == 0.5
    assert policy.decide(replace(ANSWER, confidence=0.9)).confidence == pytest.approx(0.8320, abs=1e-4)
    assert policy.decide(replace(ANSWER, confidence=0.4)).refused


@given(st.floats(-1e300, 1e300), st.floats(-1e300, 1e300), st.floats(0, 1))
def test_a_probability_never_leaves_0_to_1(slope: float, intercept: float, confidence: float) -> None:
    assert 0 <= replace(FITTED, slope=slope, intercept=intercept).probability(confidence) <= 1


def test_a_set_threshold_comes_first_then_the_fitted_one_then_the_default() -> None:
    assert policy_for(0.2, FITTED, 0.4) == RefusalPolicy(0.2, FITTED)
    assert policy_for(0.0, None, 0.4).threshold == 0
    assert policy_for(None, FITTED, 0.4) == RefusalPolicy(0.6, FITTED)
    assert policy_for(None, None, 0.4) == RefusalPolicy(0.4, None)


def test_a_refusal_says_what_was_looked_for() -> None:
    assert looked_for("Where does the Rhine rise, and the Rhine end?") == "“Rhine”, “rise”, “end”"
    assert looked_for("one two three four five six seven eight nine ten").endswith("“eight”, …")
    refused = RefusalPolicy(0.9).decide(replace(ANSWER, question="Who chairs the board?"))
    assert refused.reason is not None
    assert refused.reason.startswith("Looked for “chairs”, “board”: ")


def test_a_question_is_recognised_but_for_case_and_white_space() -> None:
    fitted = replace(FITTED, asked=[digest("Where  is\nBern?")])
    assert fitted.was_asked("where is bern? ")
    assert not fitted.was_asked("Where is Basel?")
