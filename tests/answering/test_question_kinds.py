import pytest

from rag.answering.question_kinds import is_yes_or_no, misses_kind, wants_more


@pytest.mark.parametrize("question", ["Is it long?", "did he go", "Has Iran agreed?", "And was it late?"])
def test_these_ask_for_yes_or_no(question: str) -> None:
    assert is_yes_or_no(question)


@pytest.mark.parametrize("question", ["Who is it?", "Was it Bern or Basel?", "Isolde's brother?", "What did it do?"])
def test_these_do_not(question: str) -> None:
    assert not is_yes_or_no(question)


@pytest.mark.parametrize(
    "question",
    [
        "Why did the talks fail?",
        "How does a heat pump work?",
        "Explain the budget",
        "Which countries took part?",
        "What did Russia and Iran say?",
        "What are the causes of the delay?",
    ],
)
def test_one_sentence_may_not_be_enough_for_these(question: str) -> None:
    assert wants_more(question)


@pytest.mark.parametrize("question", ["How many people came?", "How long is it?", "Who chairs it?", "When was it?"])
def test_it_is_for_these(question: str) -> None:
    assert not wants_more(question)


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("In what year was it formed?", "the UN"),
        ("When did it begin?", "Astana, Kazakhstan"),
        ("How many people fled?", "a large population"),
        ("Which day is it held?", "in the House"),
    ],
)
def test_what_has_no_figure_or_time_cannot_answer_these(question: str, said: str) -> None:
    assert misses_kind(question, said)


def test_a_number_that_ends_a_name_counts_nothing() -> None:
    assert misses_kind("How many projects are there?", "6", "Manager: Person ", ". Budget: 1185 euros.")
    assert not misses_kind("How many projects are there?", "6", "Norway has ", " projects.")
    assert not misses_kind("How many votes did she get?", "6", "Norway gave ", " votes.")
    assert not misses_kind("Which year was it?", "2018", "in May ", ".")


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("In what year was it formed?", "2018"),
        ("When did it begin?", "last Monday"),
        ("How many people fled?", "Millions of people"),
        ("How much was spent?", "twenty francs"),
        ("Who spoke?", "the president"),
        ("Who spoke?", "Lavrentiev"),
        ("Where is it?", "in the north"),
        ("Why does it matter when it rains?", "roads are closed during storms"),
    ],
)
def test_these_may(question: str, said: str) -> None:
    assert not misses_kind(question, said)
