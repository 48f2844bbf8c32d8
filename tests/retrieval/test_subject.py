"""What a conversation is about."""

import pytest

from rag.answer import Turn
from rag.retrieval.subject import names, said_again, subject_of

RHINE = Turn("How long is the Rhine?", "The Rhine is 1,233 km long. [1]")


def test_the_subject_is_what_the_last_turns_turn_around() -> None:
    turns = [
        Turn("Who wrote Hamlet?", "William Shakespeare wrote Hamlet."),
        RHINE,
        Turn("Is it deep?", "The Rhine is."),
    ]
    assert subject_of(turns) == "Rhine"


def test_a_name_of_the_question_itself_is_no_subject() -> None:
    assert subject_of([Turn("Did Ada Brandt visit Turku?", "")], "What did Ada Brandt do there?") == "Turku"


def test_he_is_a_person() -> None:
    turns = [Turn("Who led the Russian delegation?", "Alexander Lavrentiev headed the Russian delegation.")]
    assert subject_of(turns, "When did he arrive?") == "Alexander Lavrentiev"
    assert subject_of(turns, "When did it arrive?") == "Russian delegation"


@pytest.mark.parametrize(
    ("question", "answer", "words"),
    [
        ("How long is annual leave?", "Annual leave is 28 days a year. [1]", "annual leave"),
        ("What is Alder cheese made from?", "Alder cheese is made from milk.", "Alder cheese"),
        ("Wie hoch ist die Miete?", "Die Miete beträgt 840 Euro.", "die Miete"),
        ("How long is it?", "It is long.", "long"),
        ("Why?", "Nobody knows.", ""),
        ("Why?", "", ""),
    ],
)
def test_what_a_question_and_its_answer_share_is_what_it_asks_about(question: str, answer: str, words: str) -> None:
    assert said_again(Turn(question, answer)) == words


def test_a_subject_without_a_name_is_what_the_answer_says_again() -> None:
    assert subject_of([Turn("How long is annual leave?", "Annual leave is 28 days a year.")]) == "annual leave"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Who led the Russian delegation?", ["Russian delegation"]),
        ("How much is a Fiat 500e tyre change?", ["Fiat 500e"]),
        ("The bridge was built in 1903.", []),
        ("Where did the University of Oxford's press begin?", ["University of Oxford"]),
    ],
)
def test_names_are_runs_of_capitals(text: str, found: list[str]) -> None:
    assert names(text) == found
