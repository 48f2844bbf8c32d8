"""What a follow-up question is searched as. The topic changes in topic_changes.jsonl were made for this test."""

import json
from pathlib import Path

import pytest

from rag.answer import Turn
from rag.retrieval.follow_up import rewritten, subject_of
from rag.text.words import stems

DELEGATION = [Turn("Who led the Russian delegation?", "Alexander Lavrentiev headed the Russian delegation. [1]")]
RHINE = [Turn("How long is the Rhine?", "The Rhine is 1,233 km long. [1]")]
CHANGES = [
    json.loads(line)
    for line in (Path(__file__).parent / "topic_changes.jsonl").read_text(encoding="utf-8").splitlines()
]


@pytest.mark.parametrize(
    ("history", "question", "searched"),
    [
        (DELEGATION, "And Türkiye?", "Who led the Türkiye delegation?"),
        (DELEGATION, "What about Iran?", "Who led the Iran delegation?"),
        (DELEGATION, "Why did he say so?", "Why did Alexander Lavrentiev say so?"),
        (DELEGATION, "Where was he born?", "Where was Alexander Lavrentiev born?"),
        (DELEGATION, "Why?", "Why? (Who led the Russian delegation)"),
        (RHINE, "Where does it rise?", "Where does Rhine rise?"),
        (RHINE, "What towns lie on its banks?", "What towns lie on Rhine's banks?"),
        (RHINE, "And the Danube?", "How long is the Danube?"),
        (RHINE, "How long is the Danube?", "How long is the Danube?"),
        (RHINE, "Is it possible to swim in the Rhine?", "Is it possible to swim in the Rhine?"),
        ([], "And Türkiye?", "And Türkiye?"),
        ([Turn("What is cheese made from?", "From milk.")], "How is it stored?", "How is cheese made stored?"),
    ],
)
def test_what_is_left_to_the_conversation_is_named(history: list[Turn], question: str, searched: str) -> None:
    assert rewritten(question, history) == searched


def test_the_subject_is_what_the_last_turns_turn_around() -> None:
    turns = [
        Turn("Who wrote Hamlet?", "William Shakespeare wrote Hamlet."),
        *RHINE,
        Turn("Is it deep?", "The Rhine is."),
    ]
    assert subject_of(turns) == "Rhine"


def test_there_are_thirty_topic_changes() -> None:
    assert len(CHANGES) == len({change["question"] for change in CHANGES}) == 30


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change["question"])
def test_a_new_topic_does_not_drag_the_old_one_along(change: dict[str, object]) -> None:
    history = [Turn(question, answer) for question, answer in change["history"]]
    searched = rewritten(str(change["question"]), history)
    assert stems(searched) == stems(str(change["question"]))
