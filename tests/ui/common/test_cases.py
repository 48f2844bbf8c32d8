import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from rag.errors import DocumentError, QuestionError, RunError
from rag.evaluate.dataset import Evidence, Question, load_questions
from tests.conftest import REPOSITORY
from ui.common.cases import add_case, question_sets

QUOTE = Evidence(document="rivers.md", quote="The Rhine is 1,233 km long.")


def add(folder: Path, question: str = "How long is the Rhine?", reason: str = "wrong", **gold: object) -> Path:
    given = {"history": [], "answers": ["1,233 km"], "evidence": [QUOTE], "answerable": True} | gold
    return add_case(folder, "rivers", question, reason=reason, **given)


def questions(file: Path) -> list[Question]:
    return [question for _, question in load_questions(file).questions]


def test_a_case_is_a_question_of_the_set_of_its_index(tmp_path: Path) -> None:
    file = add(tmp_path / "data" / "questions", history=["What is the Rhine?", "A river."])
    assert file == tmp_path / "data" / "questions" / "rivers.jsonl"
    assert questions(file) == [
        Question(
            id="feedback-0001",
            question="How long is the Rhine?",
            answers=["1,233 km"],
            evidence=[QUOTE],
            history=["What is the Rhine?", "A river."],
            tags=["feedback", "wrong"],
        )
    ]
    assert json.loads(file.read_text(encoding="utf-8")) == {
        "id": "feedback-0001",
        "question": "How long is the Rhine?",
        "answers": ["1,233 km"],
        "evidence": [{"document": "rivers.md", "quote": "The Rhine is 1,233 km long."}],
        "answerable": True,
        "history": ["What is the Rhine?", "A river."],
        "tags": ["feedback", "wrong"],
    }


def test_a_question_that_should_be_refused_has_no_gold(tmp_path: Path) -> None:
    file = add(tmp_path, answers=[], evidence=[], answerable=False, reason="Should have been refused!")
    (case,) = questions(file)
    assert not case.answerable
    assert case.tags == ["feedback", "should-have-been-refused"]


def test_a_reason_in_another_script_is_a_tag_and_a_blank_one_is_none(tmp_path: Path) -> None:
    add(tmp_path, "Сколько?", "Неверный ответ")
    first, second = questions(add(tmp_path, "Wieviel?", " … "))
    assert first.question == "Сколько?"
    assert first.tags == ["feedback", "неверный-ответ"]
    assert second.tags == ["feedback"]


def test_ids_count_on_and_what_a_person_wrote_stays_as_it_is(tmp_path: Path) -> None:
    written = (
        b'{"id":"feedback-0041", "question": "A?", "answers": ["a"], "mine": [1]}\r\n'
        b"\n"
        b'{"id": 7, "question": "B?", "answers": ["b"], "split": "dev"}'
    )
    file = tmp_path / "rivers.jsonl"
    file.write_bytes(written)
    add(tmp_path)
    assert [case.id for case in questions(file)] == ["feedback-0041", "7", "feedback-0042"]
    assert file.read_bytes().startswith(written + b"\n")


def test_the_same_question_with_the_same_gold_only_gets_the_reason(tmp_path: Path) -> None:
    file = tmp_path / "rivers.jsonl"
    line = {"id": "mine", "question": "A?", "answers": ["a"], "split": "dev", "tags": ["checked"], "mine": [1]}
    file.write_text(json.dumps(line) + "\n", encoding="utf-8")
    add(tmp_path)
    add(tmp_path, "A?", answers=["a"], evidence=[])
    add(tmp_path, "A?", answers=["a"], evidence=[], reason="wrong citation")
    before = file.read_bytes()
    add(tmp_path, " A? ", answers=["a"], evidence=[])
    assert file.read_bytes() == before
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert lines[0] == line | {"tags": ["checked", "feedback", "wrong", "wrong-citation"]}
    assert [line["id"] for line in lines] == ["mine", "feedback-0001"]


@pytest.mark.parametrize(
    "other",
    [
        {"answers": ["1,230 km"]},
        {"evidence": [QUOTE, Evidence(document="other.md")]},
        {"history": ["And", "then"]},
        {"answers": [], "evidence": [], "answerable": False},
    ],
)
def test_other_gold_is_another_case(tmp_path: Path, other: dict[str, object]) -> None:
    add(tmp_path)
    assert [case.id for case in questions(add(tmp_path, **other))] == ["feedback-0001", "feedback-0002"]


@pytest.mark.parametrize(
    "broken", ["not JSON\n", '{"id": "b", "ques', '{"id": "b"}\n', '{"id": "a", "question": "A?"}\n']
)
def test_a_set_with_a_wrong_line_is_left_as_it_is(tmp_path: Path, broken: str) -> None:
    file = tmp_path / "rivers.jsonl"
    written = '{"id": "a", "question": "A?", "answers": ["a"]}\n' + broken
    file.write_text(written, encoding="utf-8")
    with pytest.raises(DocumentError, match=r"rivers\.jsonl, line 2: .+ Nothing was added\."):
        add(tmp_path)
    assert file.read_text(encoding="utf-8") == written


def test_bytes_that_are_no_text_are_left_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "rivers.jsonl").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DocumentError, match=r"rivers\.jsonl"):
        add(tmp_path)
    assert (tmp_path / "rivers.jsonl").read_bytes() == b"\xff\xfe\x00"


@pytest.mark.parametrize(
    "gold",
    [
        {"question": " "},
        {"question": "half \ud800"},
        {"answers": [" "]},
        {"answers": [], "evidence": []},
        {"answerable": False},
    ],
)
def test_what_is_no_question_is_refused(tmp_path: Path, gold: dict[str, object]) -> None:
    with pytest.raises(QuestionError, match="This cannot be a question of a set: "):
        add(tmp_path, **gold)
    assert not list(tmp_path.iterdir())


def test_a_name_with_slashes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(QuestionError, match="cannot name a question set"):
        add_case(tmp_path / "questions", "../other", "A?", [], ["a"], [], True, "wrong")
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file", encoding="utf-8")
    with pytest.raises(RunError, match=r"rivers\.jsonl: cannot be written"):
        add(tmp_path / "taken")


def test_threads_and_processes_lose_no_case(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from ui.common.cases import add_case\n"
        "for number in range(10):\n"
        "    add_case(Path(sys.argv[1]), 'rivers', f'{sys.argv[2]} {number}?', [], ['a'], [], True, 'wrong')"
    )
    processes = [
        subprocess.Popen([sys.executable, "-c", program, str(tmp_path), name], cwd=REPOSITORY)
        for name in ("one", "two")
    ]
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda number: add(tmp_path, f"here {number}?"), range(20)))
    assert [process.wait(120) for process in processes] == [0, 0]
    cases = questions(tmp_path / "rivers.jsonl")
    assert sorted(case.id for case in cases) == [f"feedback-{number:04}" for number in range(1, 41)]
    assert len({case.question for case in cases}) == 40


def test_question_sets_are_listed_by_name(tmp_path: Path) -> None:
    assert question_sets(tmp_path / "missing") == []
    add(tmp_path)
    for name in ("b.csv", "A.JSONL", "notes.txt", ".hidden.jsonl"):
        (tmp_path / name).touch()
    (tmp_path / "folder.jsonl").mkdir()
    assert [file.name for file in question_sets(tmp_path)] == ["A.JSONL", "b.csv", "rivers.jsonl"]
