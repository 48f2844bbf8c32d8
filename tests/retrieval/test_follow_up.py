"""What a follow-up question is searched as. The topic changes in topic_changes.jsonl were made for this test."""

import json
from pathlib import Path

import pytest

from rag.answer import Turn
from rag.retrieval.follow_up import rewritten

DELEGATION = [Turn("Who led the Russian delegation?", "Alexander Lavrentiev headed the Russian delegation. [1]")]
RHINE = [Turn("How long is the Rhine?", "The Rhine is 1,233 km long. [1]")]
LEAVE = [Turn("How long is annual leave?", "Annual leave is 28 days a year. [1]")]
CHANGES = [
    json.loads(line)
    for line in (Path(__file__).parent / "topic_changes.jsonl").read_text(encoding="utf-8").splitlines()
]


@pytest.mark.parametrize(
    ("history", "question", "behind"),
    [
        (DELEGATION, "Why did he say so?", "Alexander Lavrentiev"),
        (DELEGATION, "Where was he born?", "Alexander Lavrentiev"),
        (DELEGATION, "Why?", "Who led the Russian delegation"),
        (RHINE, "Where does it rise?", "Rhine"),
        (RHINE, "What towns lie on its banks?", "Rhine"),
        (RHINE, "What does that mean?", "Rhine"),
        (RHINE, "Which ships go there?", "Rhine"),
        (RHINE, "And where are the locks?", "Rhine"),
        ([Turn("What is cheese made from?", "From milk.")], "How is it stored?", "cheese made"),
        (LEAVE, "Who approves it?", "annual leave"),
        ([Turn("Wie lang ist der Rhein?", "Der Rhein ist 1.233 km lang.")], "Wo entspringt er?", "der Rhein"),
    ],
)
def test_a_question_that_points_back_gets_the_subject_behind_it(
    history: list[Turn], question: str, behind: str
) -> None:
    assert rewritten(question, history) == f"{question} ({behind})"


@pytest.mark.parametrize(
    ("history", "question", "behind"),
    [
        (DELEGATION, "And Türkiye?", "Who led the … delegation"),
        (DELEGATION, "Türkiye?", "Who led the … delegation"),
        (RHINE, "What about the Danube?", "How long is the …"),
        (LEAVE, "And parental leave?", "How long is …"),
        ([Turn("Wie lang ist der Rhein?", "")], "Und die Donau?", "Wie lang ist der …"),
    ],
)
def test_behind_an_elliptic_question_stands_what_was_asked(history: list[Turn], question: str, behind: str) -> None:
    assert rewritten(question, history) == f"{question} ({behind})"


@pytest.mark.parametrize(
    "question",
    [
        "How long is the Danube?",
        "Is it possible to swim in the Rhine?",
        "When did Caesar cross it?",
        "In which year did the boat that sank leave?",
        "Are there any bridges in Mainz?",
        "And how long is the Danube?",
        "Describe the notice period.",
    ],
)
def test_a_question_that_stands_by_itself_stays_as_it_is(question: str) -> None:
    assert rewritten(question, RHINE) == question
    assert rewritten(question, []) == question


@pytest.mark.parametrize(
    "asked",
    [
        {
            "How much is a Volvo EX30 tyre change?": "",
            "What about a windscreen replacement?": "How much is a Volvo EX30 …",
            "And a service?": "How much is a Volvo EX30 …",
            "And for the Fiat 500e?": "How much is a … service",
            "Is it cheap?": "Fiat 500e",
            "Why?": "Is it cheap, Fiat 500e",
            "Why??": "Is it cheap, Fiat 500e",
        },
        {
            "How is cheese made?": "",
            "How is it stored?": "cheese made",
            "How long is it kept?": "cheese made",
            "And butter?": "How long is it kept …",
        },
        {
            "What did the people who formed the Astana Group want?": "",
            "And Iran?": "What did the people who formed the … want",
            "How long is the Rhine?": "",
        },
    ],
)
def test_a_subject_is_carried_on(asked: dict[str, str]) -> None:
    history: list[Turn] = []
    for question, behind in asked.items():
        searched = rewritten(question, history)
        assert searched == (f"{question} ({behind})" if behind else question)
        history.append(Turn(searched, ""))


def test_a_conversation_without_words_is_no_error() -> None:
    assert rewritten("And?", [Turn("?", "")]) == "And?"


def test_there_are_thirty_topic_changes() -> None:
    assert len(CHANGES) == len({change["question"] for change in CHANGES}) == 30


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change["question"])
def test_a_new_topic_does_not_drag_the_old_one_along(change: dict[str, object]) -> None:
    history = [Turn(question, answer) for question, answer in change["history"]]
    assert rewritten(str(change["question"]), history) == change["question"]
