import json
import os
from pathlib import Path

import pytest

from rag.errors import RagError
from ui.evaluation.question_sets import QuestionProblems, QuestionSets

GOOD = '{"id": "1", "question": "Who?", "answers": ["Ann"], "split": "dev"}\n'


def uploaded(folder: Path, name: str, content: str = GOOD) -> Path:
    """A file as an upload leaves it."""
    (folder / "uploads").mkdir(exist_ok=True)
    file = folder / "uploads" / name
    file.write_text(content, encoding="utf-8")
    return file


def test_the_set_of_the_seeds_is_for_their_collection_alone(tmp_path: Path) -> None:
    sets = QuestionSets(lambda: tmp_path)
    ((label, key),) = sets.choices("seeds")
    assert label == "Questions about the seeds"
    assert len(sets.read(key).questions) == 72
    assert sets.choices("papers") == []


def test_sets_of_the_folder_are_offered_and_nothing_else(tmp_path: Path) -> None:
    for name in ("b.jsonl", "a.CSV", "notes.txt", ".hidden.jsonl"):
        (tmp_path / name).write_text(GOOD)
    (tmp_path / "folder.jsonl").mkdir()
    sets = QuestionSets(lambda: tmp_path)
    assert sets.choices("papers") == [("a.CSV", "a.CSV"), ("b.jsonl", "b.jsonl")]
    assert [key for _, key in sets.choices("b")] == ["b.jsonl", "a.CSV"]
    assert sets.file("b.jsonl") == tmp_path / "b.jsonl"
    for key in ("../b.jsonl", "notes.txt", str(tmp_path / "b.jsonl"), "gone.jsonl"):
        with pytest.raises(RagError, match="There is no question set"):
            sets.file(key)
    with pytest.raises(RagError, match="Choose a question set"):
        sets.file(None)


def test_an_upload_is_kept_under_a_name_of_its_own(tmp_path: Path) -> None:
    sets = QuestionSets(lambda: tmp_path / "questions")
    file = uploaded(tmp_path, "mine.jsonl")
    assert [sets.take(file, 1) for _ in range(3)] == ["mine.jsonl", "mine-2.jsonl", "mine-3.jsonl"]
    other = uploaded(tmp_path, "mine.jsonl", GOOD.replace("Ann", "Bo"))
    assert sets.take(other, 1) == "mine-4.jsonl"
    assert "Ann" in (tmp_path / "questions" / "mine.jsonl").read_text()
    assert [key for _, key in sets.choices("papers")] == ["mine-2.jsonl", "mine-3.jsonl", "mine-4.jsonl", "mine.jsonl"]
    assert file.exists()


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("..\\..\\evil.jsonl", "evil.jsonl"),
        ("..jsonl.csv", "jsonl.csv"),
        (" .hidden.jsonl", "hidden.jsonl"),
        ("<img src=x>.jsonl", "_img src=x_.jsonl"),
        ("ночь.csv", "ночь.csv"),
    ],
)
def test_a_name_cannot_leave_the_folder(tmp_path: Path, name: str, kept: str) -> None:
    content = "id,question,answers\n1,Who?,Ann\n" if kept.endswith(".csv") else GOOD
    assert QuestionSets(lambda: tmp_path / "questions").take(uploaded(tmp_path, name, content), 1) == kept
    assert [file.name for file in (tmp_path / "questions").iterdir()] == [kept]


def test_a_link_in_the_place_of_a_set_is_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "questions").mkdir()
    (tmp_path / "questions" / "mine.jsonl").symlink_to(tmp_path / "target")
    assert QuestionSets(lambda: tmp_path / "questions").take(uploaded(tmp_path, "mine.jsonl"), 1) == "mine-2.jsonl"
    assert not (tmp_path / "target").exists()


def test_lines_at_fault_are_named_and_the_set_is_not_kept(tmp_path: Path) -> None:
    sets = QuestionSets(lambda: tmp_path / "questions")
    with pytest.raises(QuestionProblems, match="bad.jsonl: 2 of its lines are wrong") as raised:
        sets.take(uploaded(tmp_path, "bad.jsonl", GOOD + "{\n" + json.dumps({"id": "1", "question": "Whose?"})), 1)
    assert [problem.line for problem in raised.value.problems] == [2, 3]
    for name, content, message in (
        ("notes.txt", GOOD, "notes.txt is no question set"),
        ("empty.jsonl", "\n", "empty.jsonl holds no question"),
        ("large.jsonl", GOOD + " " * 1_000_001, "large.jsonl is larger than the 1 MB allowed"),
    ):
        with pytest.raises(RagError, match=message):
            sets.take(uploaded(tmp_path, name, content), 1)
    (tmp_path / "uploads" / "bytes.jsonl").write_bytes(b"\xff\xfe")
    with pytest.raises(RagError, match=r"^bytes\.jsonl: cannot be read"):
        sets.take(tmp_path / "uploads" / "bytes.jsonl", 1)
    assert not (tmp_path / "questions").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "questions").mkdir(mode=0o500)
    with pytest.raises(RagError, match="cannot be kept"):
        QuestionSets(lambda: tmp_path / "questions").take(uploaded(tmp_path, "mine.jsonl"), 1)
