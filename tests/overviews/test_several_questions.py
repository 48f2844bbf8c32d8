import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rag.answer import Answer, Citation, Sentence
from rag.overviews.several_questions import in_parts, parts_of


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        ("Who chairs the board and when does it meet?", ["Who chairs the board", "when does it meet?"]),
        ("When is the exam, and how many points are there?", ["When is the exam", "how many points are there?"]),
        ("How often is it descaled? What does that cost?", ["How often is it descaled?", "What does that cost?"]),
        ("Who led it, and by when was it done?", ["Who led it", "by when was it done?"]),
        ("When's the fair and what's for sale?", ["When's the fair", "what's for sale?"]),
        ("Wer leitet den Verein und wann tagt er?", ["Wer leitet den Verein", "wann tagt er?"]),
    ],
)
def test_two_questions_in_one_are_told_apart(question: str, parts: list[str]) -> None:
    assert parts_of(question) == parts


@pytest.mark.parametrize(
    "question",
    [
        "Who led the delegation?",
        "What do Ann and Ben say?",
        "The man who founded it and who led it, when did he die?",
        "Compare what the lease and the policy say about when they end.",
        "and what about Iran?",
        "",
    ],
)
def test_one_question_stays_one(question: str) -> None:
    assert parts_of(question) == []


@given(st.text(alphabet="who when and what?,;. x", max_size=60) | st.text(max_size=60))
@example("Who did it? ,")
@example("Who did it and who, ;")
def test_any_text_is_told_apart(text: str) -> None:
    assert all(part.strip() for part in parts_of(text))


def answer(question: str, text: str, start: int, confidence: float = 0.9) -> Answer:
    citation = Citation(1, "a.md", "A", None, start, start + len(text), text)
    return Answer(
        question, f"{text} [1]", None, confidence, False, None, [Sentence(text, [1], "quoted")], [citation], []
    )


def refused(question: str) -> Answer:
    return Answer(question, "The documents do not answer this question.", None, 0.1, True, "Nothing.", [], [], [])


def test_parts_are_one_answer_with_citations_numbered_through() -> None:
    joint = in_parts(
        "Who and when?", ["Who?", "When?"], [answer("Who?", "Ann did.", 0), answer("When?", "In May.", 9, 0.6)]
    )
    assert joint
    assert joint.answer == "Ann did. [1] In May. [2]"
    assert [citation.number for citation in joint.citations] == [1, 2]
    assert joint.confidence == 0.6
    assert joint.kind == "parts"


def test_what_answers_both_is_said_once() -> None:
    both = answer("", "Ann did it in May.", 0)
    joint = in_parts("Who and when?", ["Who?", "When?"], [both, both])
    assert joint
    assert joint.answer == "Ann did it in May. [1]"


def test_a_part_without_an_answer_is_named() -> None:
    joint = in_parts(
        "Who and when?", ["Who?", "when was it?"], [answer("Who?", "Ann did.", 0), refused("when was it?")]
    )
    assert joint
    assert "when was it?" in joint.notes[0]
    assert joint.notes[0] in joint.answer


def test_nothing_is_said_where_no_part_has_an_answer() -> None:
    assert in_parts("Who and when?", ["Who?", "When?"], [refused("Who?"), refused("When?")]) is None
