import json
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from rag.answer import Answer, Passage, Turn
from rag.answering.refusal import RefusalPolicy
from rag.config import Config
from rag.errors import QuestionError, RunError
from rag.evaluate.ask import answering, ask_all, proposing, searching
from rag.evaluate.dataset import Question, QuestionSet
from rag.evaluate.evidence import Place, with_places
from rag.evaluate.folder import ANSWERS_FILE, INFO_FILE, SUMMARY_FILE
from rag.evaluate.info import RunInfo, make_info
from rag.evaluate.record import Record
from rag.evaluate.run import load_run, run_questions, summarize
from tests.evaluate.runs import DANUBE, PORT, RHINE, answer, document_text, passage, question, source

INDEX = {"name": "rivers", "manifest_sha256": "0" * 64, "documents": 3, "passages": 9}
ASKED = [
    question("Where does the Rhine rise?", ["the Alps"], RHINE),
    question("Where does the Danube rise?", ["the Black Forest"], DANUBE),
    question("How deep is it?"),
    question("broken?"),
    *(question(f"Has Basel a port, {n}?", ["a port"], PORT) for n in range(8)),
]

QUOTES = {"Rhine": RHINE, "Danube": DANUBE, "port": PORT}


class RiverEngine:
    """Answers from the rivers: an Engine whose every answer can be foretold."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def propose(self, question: str, history: Sequence[Turn] = ()) -> Answer:
        self.asked.append(question)
        if question == "broken?":
            raise QuestionError("cannot be asked")
        quote = next(
            (q for name, q in (("Rhine", RHINE), ("Danube", DANUBE), ("port", PORT)) if name in question), RHINE
        )
        return answer(question, [quote], [PORT, quote], confidence=0.2 if "deep" in question else 0.9)

    def decide(self, answer: Answer) -> Answer:
        return RefusalPolicy(0.5).decide(answer)

    def search(self, question: str, history: Sequence[Turn] = ()) -> list[Passage]:
        if question == "broken?":
            raise QuestionError("cannot be asked")
        return [passage(RHINE)]

    def document_text(self, document_id: str) -> str | None:
        return document_text(document_id)


def located(asked: list[Question]) -> list[tuple[Question, list[Place]]]:
    return with_places(question_set(asked), source)


def question_set(asked: list[Question]) -> QuestionSet:
    return QuestionSet(Path("rivers.jsonl"), list(enumerate(asked, start=1)), [])


def info(asked: list[Question] = ASKED, index: dict[str, Any] = INDEX, **settings: Any) -> RunInfo:
    return make_info(question_set(asked), index, Config(**settings))


def files(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir() if not file.name.startswith(".")}


def test_a_run_scores_writes_and_sums_up(tmp_path: Path) -> None:
    steps: list[tuple[int, int]] = []
    records = run_questions(
        located(ASKED),
        answering(RiverEngine()),
        tmp_path / "new" / "run",
        info(),
        on_progress=lambda done, total: steps.append((done, total)),
    )
    assert steps == [(done, len(ASKED)) for done in range(len(ASKED) + 1)]
    assert [record.id for record in records] == [asked.id for asked in ASKED]
    assert [record.outcome for record in records[:4]] == ["correct", "correct", "refused", "refused"]
    assert records[3].answer.reason == "cannot be asked"
    run = load_run(tmp_path / "new" / "run")
    assert (run.records, run.info) == (records, info())
    summary = json.loads((tmp_path / "new" / "run" / SUMMARY_FILE).read_text())
    assert summary == run.summary == summarize(records)
    assert (summary["questions"], summary["answerable"], summary["correct"], summary["refused"]) == (12, 10, 10, 2)
    assert (summary["hit@1"], summary["refusal_balanced_accuracy"]) == (0.8, 1.0)
    lines = (tmp_path / "new" / "run" / ANSWERS_FILE).read_text(encoding="utf-8").splitlines()
    assert json.loads(lines[0])["citations"][0]["quote"] == RHINE


def test_what_a_run_was_made_of_is_written_down() -> None:
    made = info(passage_count=7)
    assert made.questions == {
        **{"file": "rivers.jsonl", "sha256": made.questions["sha256"], "count": 12},
        **{"split": None, "tag": None, "left_out": 0},
    }
    assert made.config["passage_count"] == 7
    assert not {"llm_timeout", "index_dir", "port"} & set(made.config)
    assert made.machine["cores"] >= 1
    assert {"python", "faiss-cpu", "llama-index-core"} < set(made.machine)
    assert len(made.code["sha256"]) == 64


@pytest.mark.parametrize("kept", range(0, 13, 3))
def test_an_interrupted_run_is_finished_and_gives_the_same_bytes(tmp_path: Path, kept: int) -> None:
    run_questions(located(ASKED), answering(RiverEngine()), tmp_path / "whole", info())
    lines = (tmp_path / "whole" / ANSWERS_FILE).read_bytes().splitlines(keepends=True)
    folder = tmp_path / "cut"
    folder.mkdir()
    (folder / INFO_FILE).write_bytes((tmp_path / "whole" / INFO_FILE).read_bytes())
    torn = lines[kept][:40] if kept < len(lines) else b""
    (folder / ANSWERS_FILE).write_bytes(b"".join(lines[:kept]) + torn)
    if kept < len(lines):
        with pytest.raises(RunError, match=f"an unfinished run, {kept} of 12 questions"):
            load_run(folder)
    engine = RiverEngine()
    run_questions(located(ASKED), answering(engine), folder, info())
    assert sorted(engine.asked) == sorted(asked.question for asked in ASKED[kept:])
    assert files(folder) == files(tmp_path / "whole")


def test_a_run_that_an_error_ends_keeps_what_was_answered(tmp_path: Path) -> None:
    class Failing(RiverEngine):
        def propose(self, question: str, history: Sequence[Turn] = ()) -> Answer:
            if question.endswith("5?"):
                raise RuntimeError("no power")
            return super().propose(question)

    with pytest.raises(RuntimeError, match="no power"):
        run_questions(located(ASKED), answering(Failing()), tmp_path / "run", info())
    run_questions(located(ASKED), answering(RiverEngine()), tmp_path / "run", info())
    assert len(load_run(tmp_path / "run").records) == len(ASKED)


@pytest.mark.parametrize(
    ("other", "difference"),
    [
        (lambda: info(ASKED[:3]), "another questions"),
        (lambda: info(index={**INDEX, "manifest_sha256": "1" * 64}), "another index"),
        (lambda: info(passage_count=7, rankings="dense"), "another settings"),
        (lambda: replace(info(), search=10), "another --search"),
        (lambda: replace(info(), code={"version": "0", "sha256": "0"}), "another version of footnote-rag"),
        (lambda: replace(info(ASKED[:3]), search=10), "another questions and another --search"),
    ],
)
def test_a_folder_with_another_run_is_left_alone_unless_asked(
    tmp_path: Path, other: Callable[[], RunInfo], difference: str
) -> None:
    run_questions(located(ASKED), answering(RiverEngine()), tmp_path, info())
    before = files(tmp_path)
    with pytest.raises(RunError, match=rf"holds a run with {difference}\. Give another folder.*--overwrite"):
        run_questions(located(ASKED), answering(RiverEngine()), tmp_path, other())
    assert files(tmp_path) == before
    short = ASKED[:3]
    records = run_questions(located(short), answering(RiverEngine()), tmp_path, info(short), overwrite=True)
    assert load_run(tmp_path).records == records


def test_a_run_on_another_machine_can_be_finished_here(tmp_path: Path) -> None:
    elsewhere = replace(info(), machine={"system": "other"})
    run_questions(located(ASKED), answering(RiverEngine()), tmp_path, elsewhere)
    assert len(run_questions(located(ASKED), answering(RiverEngine()), tmp_path, info())) == len(ASKED)


def test_files_of_no_run_are_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / ANSWERS_FILE).write_text("mine")
    for overwrite in (False, True):
        with pytest.raises(RunError, match=r"holds answers\.jsonl, which is of no run. Give an empty or a new folder"):
            run_questions(located(ASKED), answering(RiverEngine()), tmp_path, info(), overwrite)
    assert files(tmp_path) == {ANSWERS_FILE: b"mine"}


@pytest.mark.parametrize("name", ["notes.txt", "run.json"])
def test_a_folder_of_something_else_is_left_as_it_is(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text('{"mine": 1}')
    for overwrite in (False, True):
        with pytest.raises(RunError, match=f"holds {name}, which is of no run. Give an empty or a new folder"):
            run_questions(located(ASKED), answering(RiverEngine()), tmp_path, info(), overwrite)
    assert [file.read_text() for file in tmp_path.iterdir() if file.name != ".lock"] == ['{"mine": 1}']


def test_a_run_whose_answers_are_gone_is_asked_again(tmp_path: Path) -> None:
    records = run_questions(located(ASKED), answering(RiverEngine()), tmp_path, info())
    (tmp_path / ANSWERS_FILE).unlink()
    assert len(run_questions(located(ASKED), answering(RiverEngine()), tmp_path, info())) == len(records)
    assert len(load_run(tmp_path).records) == len(records)


def test_two_runs_at_once_into_one_folder_exclude_each_other(tmp_path: Path) -> None:
    with FileLock(tmp_path / ".lock"), pytest.raises(RunError, match="another rag eval is writing it"):
        run_questions(located(ASKED), answering(RiverEngine()), tmp_path, info())


def test_a_folder_that_cannot_be_a_run_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("a file in its place")
    with pytest.raises(RunError, match="file: cannot be written.*--out"):
        run_questions(located(ASKED), answering(RiverEngine()), tmp_path / "file", info())
    with pytest.raises(RunError, match="no run in it. Make one: rag eval"):
        load_run(tmp_path / "none")


@pytest.mark.parametrize(
    ("name", "damage", "message"),
    [
        (INFO_FILE, lambda text: text[:50], r"run\.json: damaged"),
        (
            INFO_FILE,
            lambda text: text.replace('"format_version": 1', '"format_version": 2'),
            "format 2, this one reads 1",
        ),
        (INFO_FILE, lambda text: text.replace('"search": null', '"search": "x"'), r"run\.json: damaged \(search"),
        (INFO_FILE, lambda text: "[]", "no run in it"),
        (INFO_FILE, lambda text: text.replace('"count": 12', '"count": "12"'), r"run\.json: damaged \(questions.count"),
        (INFO_FILE, lambda text: text.replace('"manifest_sha256"', '"sha256"'), r"run\.json: damaged \(index.man"),
        (ANSWERS_FILE, lambda text: text * 2, r"answers\.jsonl: damaged \(more answers than questions"),
        (
            ANSWERS_FILE,
            lambda text: "".join([*text.splitlines(keepends=True)[:-1], text.splitlines(keepends=True)[0]]),
            r"answers\.jsonl: damaged \(more answers than questions",
        ),
        (ANSWERS_FILE, lambda text: re.sub(r'"confidence": [\d.]+', '"confidence": NaN', text), "NaN is no number"),
        (ANSWERS_FILE, lambda text: re.sub(r'"total": [\d.]+', '"total": 1e999', text), "1e999 is no number"),
        (ANSWERS_FILE, lambda text: re.sub(r'"hit@1": [\d.]+', '"hit@1": 7.0', text), "hit@1: 7.0 is not from 0"),
        (ANSWERS_FILE, lambda text: re.sub(r'"gold_rank": \d+', '"gold_rank": 99', text), "no passage has the rank"),
        (ANSWERS_FILE, lambda text: re.sub('"answer": "', r'"answer": "\\ud800', text), "surrogates not allowed"),
        (INFO_FILE, lambda text: "[" * 100_000, r"run\.json: damaged"),
        (
            ANSWERS_FILE,
            lambda text: text.replace('"refused": false', '"refused": 7', 1),
            r"answers\.jsonl, line 1: damaged",
        ),
        (ANSWERS_FILE, lambda text: "\n" + text, r"answers\.jsonl, line 1: damaged"),
        (ANSWERS_FILE, lambda text: text + "{}\n", r"answers\.jsonl, line 13: damaged"),
    ],
)
def test_a_damaged_run_is_named_by_file_and_line(
    tmp_path: Path, name: str, damage: Callable[[str], str], message: str
) -> None:
    run_questions(located(ASKED), answering(RiverEngine()), tmp_path, info())
    (tmp_path / name).write_text(damage((tmp_path / name).read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(RunError, match=message):
        load_run(tmp_path)


def test_answers_of_other_questions_are_not_taken_for_these(tmp_path: Path) -> None:
    run_questions(located(ASKED), answering(RiverEngine()), tmp_path, info())
    lines = (tmp_path / ANSWERS_FILE).read_text(encoding="utf-8").splitlines(keepends=True)
    (tmp_path / ANSWERS_FILE).write_text("".join(lines[::-1]), encoding="utf-8")
    with pytest.raises(RunError, match="where the question set has 'Where does the Rhine rise"):
        run_questions(located(ASKED), answering(RiverEngine()), tmp_path, info())


def test_without_a_folder_nothing_is_written(tmp_path: Path) -> None:
    assert len(run_questions(located(ASKED), answering(RiverEngine()))) == len(ASKED)
    assert list(tmp_path.iterdir()) == []


def test_the_search_alone_is_scored_by_rank() -> None:
    records = run_questions(located(ASKED), searching(RiverEngine()))
    assert [record.gold_rank for record in records[:3]] == [1, None, None]
    assert {record.outcome for record in records} == {None}
    assert records[3].answer.passages == []
    assert summarize(records)["correct"] is None


def test_proposed_answers_are_not_refused() -> None:
    records = run_questions(located(ASKED), proposing(RiverEngine()))
    assert (records[2].answer.refused, records[2].outcome) == (False, "wrong")


def test_no_question_gives_no_figures() -> None:
    assert {**summarize([])} == {
        "questions": 0,
        "answerable": 0,
        **dict.fromkeys(["correct", "wrong", "unsupported", "refused"]),
    }


def test_questions_are_asked_ahead_and_answered_in_order() -> None:
    seen: list[Record] = []
    for record in ask_all(located(ASKED), answering(RiverEngine())):
        seen.append(record)
        if len(seen) == 2:
            break
    assert [record.id for record in seen] == [asked.id for asked in ASKED[:2]]


def test_info_reads_back(tmp_path: Path) -> None:
    run_questions(located(ASKED), answering(RiverEngine()), tmp_path, info())
    assert asdict(load_run(tmp_path).info) == json.loads((tmp_path / INFO_FILE).read_text(encoding="utf-8"))
