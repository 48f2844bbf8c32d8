import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import DocumentError
from rag.evaluate.dataset import CSV_COLUMNS, Evidence, Question, leave_out, load_questions, read_questions
from rag.store.calibration import Calibration, digest

QUOTED = '{"id": 1, "question": "A?", "evidence": [%s]}'


def written(file: Path, content: str) -> Path:
    file.write_text(content, encoding="utf-8")
    return file


def asked(file: Path) -> list[Question]:
    return [question for _, question in load_questions(file).questions]


def test_questions_are_read_with_their_defaults(tmp_path: Path) -> None:
    file = written(
        tmp_path / "q.jsonl",
        '\ufeff{"id": 1, "question": "A\u2028?", "answers": ["a"], "note": "kept out"}\n\n'
        '{"id": "2", "question": "B?", "split": "test", "history": ["C?", "c"], "tags": ["x"]}\r\n',
    )
    found = load_questions(file)
    assert [line for line, _ in found.questions] == [1, 3]
    first, second = asked(file)
    assert (first.id, first.question, first.answerable, first.evidence) == ("1", "A\u2028?", True, [])
    assert (second.answerable, second.split, second.history, second.tags) == (False, "test", ["C?", "c"], ["x"])
    for chosen in (load_questions(file, split="test"), load_questions(file, tag="x")):
        assert [question.id for _, question in chosen.questions] == ["2"]


def test_evidence_alone_makes_a_question_answerable(tmp_path: Path) -> None:
    file = written(tmp_path / "q.jsonl", QUOTED % '{"document": "d"}' + '\n{"id": 2, "question": "B?"}\n')
    assert [question.answerable for question in asked(file)] == [True, False]


def test_a_csv_file_holds_the_same_questions(tmp_path: Path) -> None:
    head = ",".join(CSV_COLUMNS)
    rows = (
        '1,"Where, and\nwhen?",Basel | 1998,,d.md,Basel,3,,,2,One? | Two.,dev,x | y\n'
        "1,,Bâle,,e.md,,10,20,,,,,\n"
        "2,How deep?,,FALSE,,,,,,,,test,\n"
        "3,Which page?,,true,f.md,,,,7,,,,\n"
    )
    file = written(tmp_path / "q.CSV", f"{head}\n{rows}")
    assert [line for line, _ in load_questions(file).questions] == [2, 5, 6]
    first, second, third = asked(file)
    assert first == Question(
        id="1",
        question="Where, and\nwhen?",
        answers=["Basel", "1998", "Bâle"],
        evidence=[
            Evidence(document="d.md", quote="Basel", start=3, relevance=2),
            Evidence(document="e.md", start=10, end=20),
        ],
        history=["One?", "Two."],
        split="dev",
        tags=["x", "y"],
    )
    assert (second.answerable, second.split) == (False, "test")
    assert third.evidence == [Evidence(document="f.md", page=7)]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"id": 1, "question": "A?"}\n{"id": 2', "line 2: not JSON"),
        ('{"id": 1}', "line 1: question: is missing"),
        ('{"id": "", "question": "A?"}', "line 1: id: String should have at least 1 character"),
        ('{"id": 1, "question": "A?", "answers": "Paris"}', "line 1: answers: Input should be a valid list"),
        ('{"id": 1, "question": "A?", "answerable": "false"}', "line 1: answerable: Input should be a valid boolean"),
        (QUOTED % '{"document": "d", "quote": ""}', r"line 1: evidence\.0\.quote"),
        (QUOTED % '{"document": "d", "qoute": "x"}', r"line 1: evidence\.0\.qoute: Extra inputs"),
        (QUOTED % '{"document": "d", "end": 3}', "an end needs a start"),
        (QUOTED % '{"document": "d", "start": 3}', "a start needs an end or a quote"),
        (QUOTED % '{"document": "d", "start": 3, "end": 3}', "the end must come after the start"),
        (QUOTED % '{"document": "d", "page": 0}', r"evidence\.0\.page"),
        (QUOTED % '"text"', r"line 1: evidence\.0: .*Write"),
        ('{"id": 1, "question": "A?"}\n{"id": 1, "question": "B?"}', "line 2: the id '1' is taken by line 1"),
        ("1", "line 1: the line: write one object"),
        ('\n[\n{"id": 1, "question": "A?"}\n]', "line 1: a JSON array. Write one object a line"),
        ('{"id": 1, "question": " "}', "line 1: the line: a question or an answer is blank"),
        ('{"id": 1, "question": "A?", "answers": [" "]}', "a question or an answer is blank"),
        ('{"id": 1, "question": "A?", "answers": ["b"], "answerable": false}', "answerable is false, yet there are"),
        ('{"id": 1, "question": "A?", "answerable": true}', "answerable is true, yet there is no answer"),
        ('{"id": 1, "question": "A?", "question": "B?"}', "line 1: 'question' is there twice"),
        ('{"id": 1, "question": "\\ud800"}', r"question: holds half a character"),
        ('{"id": 1' + "0" * 5000 + "}", "line 1: a number is too long"),
        (QUOTED % '{"document": "d", "relevance": 1001}', r"evidence\.0\.relevance: .* less than or equal to 1000"),
        ("", "no question in it"),
        ('{"id":' * 100_000, "line 1: nested too deeply"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, content: str, message: str) -> None:
    with pytest.raises(DocumentError, match=message):
        load_questions(written(tmp_path / "q.jsonl", content))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("id,id,question\n1,1,A?\n", "line 1: a column is there twice"),
        ("id,question,split\n1,A?,dev\n1,,test\n", "line 3: split is not that of line 2, which has the same id"),
        ("id,question,document,start\n1,A?,d," + "9" * 5000 + "\n", "line 2: start: '9+' is no whole number"),
        ("id,question,answer\n1,A?,b\n", "line 1: unknown column 'answer'. Known: id, question"),
        ("id,question\n1,A?,b\n", "line 2: more cells than columns"),
        ("id,question,answerable\n1,A?,maybe\n", "line 2: answerable: 'maybe' is neither"),
        ("id,question,document,page\n1,A?,d,two\n", "line 2: page: 'two' is no whole number"),
        ('id,question\n1,A?\n2,"B', "line 3: not CSV"),
        ('"id,question\n1,A?\n', "line 1: not CSV"),
        ("id,question,answers\n1,,a\n1,,b\n", "line 2: question: is missing"),
        ("id,question\n,A?\n", "line 2: id: is missing"),
        ("id,question\n1,A?\n2,B?\n1,C?\n", "line 4: the id '1' is taken by line 2"),
        ("id,question\n", "no question in it"),
    ],
)
def test_a_bad_row_is_named(tmp_path: Path, content: str, message: str) -> None:
    with pytest.raises(DocumentError, match=message):
        load_questions(written(tmp_path / "q.csv", content))


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "latin.jsonl").write_bytes(b"\xff")
    (tmp_path / "folder").mkdir()
    for name, message in (("none", "no such file"), ("latin", "UTF-8"), ("folder", "cannot be read")):
        with pytest.raises(DocumentError, match=message):
            load_questions(tmp_path / (f"{name}.jsonl" if name != "folder" else name))


def test_all_bad_lines_are_found_at_once(tmp_path: Path) -> None:
    file = written(tmp_path / "q.jsonl", '{"id": 1, "question": "A?"}\nno\n{"id": 2}\n{"id": 3, "question": "C?"}\n')
    found = read_questions(file)
    assert [problem.line for problem in found.problems] == [2, 3]
    assert [line for line, _ in found.questions] == [1, 4]


def test_a_split_or_tag_without_questions_is_named_with_what_there_is(tmp_path: Path) -> None:
    file = written(tmp_path / "q.jsonl", '{"id": 1, "question": "A?", "split": "dev", "tags": ["x"]}\n')
    with pytest.raises(
        DocumentError, match="no question of the split 'test' and the tag 'y'. Its splits: dev; its tags: x"
    ):
        load_questions(file, "test", "y")


def test_what_an_index_was_calibrated_on_is_left_out(tmp_path: Path) -> None:
    found = load_questions(
        written(tmp_path / "q.jsonl", '{"id": 1, "question": "A b?"}\n{"id": 2, "question": "C?"}\n')
    )
    fitted = Calibration(1.0, 0.0, 0.5, 0.75, 0.25, [digest(" a  B?")])
    assert leave_out(found, None) == (found, 0)
    kept, count = leave_out(found, fitted)
    assert ([question.id for _, question in kept.questions], count) == (["2"], 1)
    with pytest.raises(DocumentError, match="calibrated on all of these questions"):
        leave_out(kept, Calibration(1.0, 0.0, 0.5, 0.75, 0.25, [digest("C?")]))


WORDS = st.text(min_size=1).filter(str.strip)


@given(WORDS, st.lists(WORDS, max_size=3), st.text(min_size=1))
def test_a_question_reads_back_as_it_was_written(text: str, answers: list[str], quote: str) -> None:
    asked = Question(id="1", question=text, answers=answers, evidence=[Evidence(document="d", quote=quote)])
    assert Question.model_validate(json.loads(json.dumps(asked.model_dump()))) == asked
