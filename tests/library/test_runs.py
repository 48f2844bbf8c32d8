import os
import threading
from pathlib import Path

import pytest

from rag.errors import RagError
from rag.evaluate.folder import SUMMARY_FILE
from rag.library.job import Job
from rag.library.runs import ListedRun, Runs
from tests.evaluate.runs import all_kinds, write_run


def finished(folder: Path) -> None:
    write_run(folder, all_kinds())
    (folder / SUMMARY_FILE).write_text("{}")


def test_runs_are_listed_the_newest_first_and_those_that_are_not_finished_say_so(tmp_path: Path) -> None:
    assert Runs(lambda: tmp_path / "none").listed() == []
    finished(tmp_path / "old")
    write_run(tmp_path / "new", all_kinds())
    for name, seconds in (("old", 1000), ("new", 2000)):
        os.utime(tmp_path / name / "run.json", (seconds, seconds))
    (tmp_path / "of something else").mkdir()
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").touch()
    runs = Runs(lambda: tmp_path)
    assert runs.listed() == [ListedRun("new", 2000, False), ListedRun("old", 1000, True)]
    (tmp_path / "old" / SUMMARY_FILE).write_text('{"questions": 10, "accuracy": 0.5}')
    (tmp_path / "new" / SUMMARY_FILE).write_text("[")
    assert runs.listed() == [ListedRun("new", 2000, True), ListedRun("old", 1000, True, 10, 0.5)]
    assert runs.folder("old") == tmp_path / "old"
    for name in ("empty", "..", ".", "", "../runs/old", "/etc"):
        with pytest.raises(RagError, match="There is no run"):
            runs.folder(name)


def test_a_new_name_is_free_and_can_name_a_folder(tmp_path: Path) -> None:
    runs = Runs(lambda: tmp_path)
    assert runs.free_name("seeds dev/2026") == "seeds-dev-2026"
    assert runs.free_name("../..") == "run"
    for name in ("seeds", "seeds-2"):
        (tmp_path / name).mkdir()
    assert runs.free_name("seeds") == "seeds-3"
    assert len(runs.free_name("x" * 500)) <= 60


@pytest.mark.parametrize("name", ["", " ", "..", "a/b", "../a", "a\\b", ".hidden", "-flag", "a" * 61, "a\0"])
def test_a_name_that_could_leave_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(RagError, match="cannot name a run"):
        Runs(lambda: tmp_path).start(name, lambda out, job: None)
    assert list(tmp_path.iterdir()) == []


def test_one_run_is_made_at_a_time_and_a_finished_one_is_not_made_again(tmp_path: Path) -> None:
    runs, goes_on = Runs(lambda: tmp_path), threading.Event()
    finished(tmp_path / "finished")
    with pytest.raises(RagError, match="There is a run “finished” already"):
        runs.start("finished", lambda out, job: None)
    asked: list[Path] = []

    def work(out: Path, job: Job[None]) -> None:
        asked.append(out)
        goes_on.wait()

    runs.start(" first ", work)
    job = runs.running
    assert job
    assert job.name == "first"
    with pytest.raises(RagError, match="The run “first” is being made; only one is made at a time"):
        runs.start("second", work)
    goes_on.set()
    job.wait()
    assert runs.running is None
    write_run(tmp_path / "first", all_kinds())
    runs.start("first", work)
    if again := runs.running:
        again.wait()
    assert asked == [tmp_path / "first"] * 2


def test_a_version_changes_with_what_a_run_holds(tmp_path: Path) -> None:
    write_run(tmp_path / "run", all_kinds())
    before = Runs(lambda: tmp_path).version("run")
    assert Runs(lambda: tmp_path).version("run") == before
    os.utime(tmp_path / "run" / "answers.jsonl", (1000, 1000))
    assert Runs(lambda: tmp_path).version("run") != before
