import json
import re
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from rag.answer import Answer, Source, Turn
from rag.config import Config
from rag.errors import DocumentError, IndexFolderError
from rag.evaluate.dataset import Question
from rag.evaluate.evaluation import evaluate
from rag.evaluate.run import OtherRunError, load_run
from rag.store.calibration import Calibration, digest
from tests.evaluate.runs import source
from tests.evaluate.test_run import ASKED, RiverEngine, files


class Stopped(Exception):
    """What the person who waits raises."""


class IndexedRivers(RiverEngine):
    """The rivers as an index."""

    def __init__(self, calibration: Calibration | None = None) -> None:
        super().__init__()
        manifest = SimpleNamespace(sha256="0" * 64, documents=3, passages=9, calibration=calibration)
        self.store = SimpleNamespace(name="rivers", manifest=manifest)

    def source(self, document_id: str) -> Source | None:
        return source(document_id)


def write_questions(file: Path, asked: Sequence[Question] = ASKED) -> Path:
    file.write_text("".join(question.model_dump_json() + "\n" for question in asked), encoding="utf-8")
    return file


def test_questions_are_asked_scored_kept_and_reported(tmp_path: Path) -> None:
    file = write_questions(tmp_path / "q.jsonl")
    steps: list[tuple[int, int]] = []
    done = evaluate(
        file, IndexedRivers, Config(), tmp_path / "run", on_progress=lambda done, total: steps.append((done, total))
    )
    run = load_run(tmp_path / "run")
    assert (done.summary, done.report) == (run.summary, tmp_path / "run" / "report.html")
    assert "Evaluation of q.jsonl" in done.report.read_text(encoding="utf-8")
    assert (run.info.questions["file"], run.info.index["name"]) == ("q.jsonl", "rivers")
    assert steps[0] == (0, len(ASKED))
    assert steps[-1] == (len(ASKED), len(ASKED))


def test_without_a_folder_the_summary_is_all_there_is(tmp_path: Path) -> None:
    done = evaluate(write_questions(tmp_path / "q.jsonl"), IndexedRivers, Config())
    assert (done.summary["questions"], done.report) == (len(ASKED), None)
    assert [file.name for file in tmp_path.iterdir()] == ["q.jsonl"]


def test_a_split_is_asked_and_the_search_scored_alone(tmp_path: Path) -> None:
    asked = [question.model_copy(update={"split": "ab"[n % 2]}) for n, question in enumerate(ASKED)]
    file = write_questions(tmp_path / "q.jsonl", asked)
    evaluate(file, IndexedRivers, Config(), tmp_path / "run", split="b", search=5)
    run = load_run(tmp_path / "run")
    assert [record.id for record in run.records] == [question.id for question in asked[1::2]]
    assert (run.info.search, run.info.questions["split"], run.records[0].outcome) == (5, "b", None)


def test_what_an_index_was_calibrated_on_is_left_out(tmp_path: Path) -> None:
    calibrated = Calibration(8.0, -4.0, 0.5, 0.9, 0.9, [digest(question.question) for question in ASKED[:4]])
    file = write_questions(tmp_path / "q.jsonl")
    notes: list[str] = []
    evaluate(file, lambda: IndexedRivers(calibrated), Config(), tmp_path / "run", notify=notes.append)
    assert notes == ["4 questions are left out: rag calibrate used them, so they would flatter the figures."]
    info = load_run(tmp_path / "run").info
    assert (info.questions["count"], info.questions["left_out"]) == (len(ASKED) - 4, 4)


def test_questions_are_read_before_an_index_is_opened(tmp_path: Path) -> None:
    def opens() -> IndexedRivers:
        raise IndexFolderError("no index")

    with pytest.raises(DocumentError, match="no such file"):
        evaluate(tmp_path / "none.jsonl", opens, Config(), tmp_path / "run")
    with pytest.raises(IndexFolderError):
        evaluate(write_questions(tmp_path / "q.jsonl"), opens, Config(), tmp_path / "run")
    assert not (tmp_path / "run").exists()


class Watched(IndexedRivers):
    """Counts the questions that are being asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asking = 0
        self._lock = threading.Lock()

    def propose(self, question: str, history: Sequence[Turn] = ()) -> Answer:
        with self._lock:
            self.asking += 1
        try:
            return super().propose(question)
        finally:
            with self._lock:
                self.asking -= 1


@pytest.mark.parametrize("answered", [0, 1, 5, 12])
def test_a_run_that_is_called_off_keeps_its_answers_and_is_gone_on_with(tmp_path: Path, answered: int) -> None:
    asked = [*ASKED, *(ASKED[4].model_copy(update={"id": f"more {n}"}) for n in range(40))]
    file = write_questions(tmp_path / "q.jsonl", asked)

    def call_off(done: int, total: int) -> None:
        if done == answered:
            raise Stopped

    engine = Watched()
    with pytest.raises(Stopped):
        evaluate(file, lambda: engine, Config(), tmp_path / "run", on_progress=call_off)
    assert engine.asking == 0
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("ask")]
    count = len(engine.asked)
    kept = (tmp_path / "run" / "answers.jsonl").read_bytes()
    assert [json.loads(line)["id"] for line in kept.splitlines()] == [question.id for question in asked[:answered]]
    assert not (tmp_path / "run" / "report.html").exists()

    again = Watched()
    evaluate(file, lambda: again, Config(), tmp_path / "run")
    assert sorted(again.asked) == sorted(question.question for question in asked[answered:])
    assert (len(engine.asked), (tmp_path / "run" / "answers.jsonl").read_bytes()[: len(kept)]) == (count, kept)
    evaluate(file, IndexedRivers, Config(), tmp_path / "whole")
    assert but_for_yardsticks(tmp_path / "run") == but_for_yardsticks(tmp_path / "whole")


def but_for_yardsticks(folder: Path) -> dict[str, bytes]:
    return {name: re.sub(rb'"yardstick": [\d.e-]+', b"", content) for name, content in files(folder).items()}


def test_a_yardstick_is_taken_beside_each_question(tmp_path: Path) -> None:
    evaluate(write_questions(tmp_path / "q.jsonl"), IndexedRivers, Config(), tmp_path / "run")
    assert all(record.yardstick and record.yardstick > 0 for record in load_run(tmp_path / "run").records)


def test_a_run_in_memory_is_called_off_too(tmp_path: Path) -> None:
    def call_off(done: int, total: int) -> None:
        raise Stopped

    with pytest.raises(Stopped):
        evaluate(write_questions(tmp_path / "q.jsonl"), IndexedRivers, Config(), on_progress=call_off)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("ask")]


def test_what_makes_another_run_is_said_in_words(tmp_path: Path) -> None:
    file = write_questions(tmp_path / "q.jsonl")
    evaluate(file, IndexedRivers, Config(), tmp_path / "run")
    with pytest.raises(OtherRunError) as raised:
        evaluate(file, IndexedRivers, Config(passage_count=3), tmp_path / "run")
    assert raised.value.difference == "another settings"
    before = load_run(tmp_path / "run").info
    evaluate(file, IndexedRivers, Config(passage_count=3), tmp_path / "run", overwrite=True)
    assert load_run(tmp_path / "run").info == replace(before, config=before.config | {"passage_count": 3})
