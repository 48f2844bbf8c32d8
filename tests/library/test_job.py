import logging
import threading
from queue import SimpleQueue

import pytest

from rag.errors import RunError
from rag.library.job import Job, JobProgress, newest, seconds_left


def test_a_job_says_how_far_it_is_and_what_came_of_it() -> None:
    begun, goes_on = threading.Event(), threading.Event()

    def work(job: Job[str]) -> str:
        job.step(2, 4)
        begun.set()
        goes_on.wait()
        job.step(4, 4)
        return "made"

    job = Job("run", work)
    begun.wait()
    assert (job.progress, job.is_over, job.result) == (JobProgress("running", 2, 4), False, None)
    goes_on.set()
    job.wait()
    assert (job.progress, job.is_over, job.result) == (JobProgress("done", 4, 4), True, "made")


def test_a_job_that_is_called_off_ends_at_its_next_step() -> None:
    begun, goes_on = threading.Event(), threading.Event()

    def work(job: Job[None]) -> None:
        job.step(1, 4)
        begun.set()
        goes_on.wait()
        job.step(2, 4)

    job = Job("run", work)
    begun.wait()
    job.call_off()
    assert job.progress.state == "stopping"
    goes_on.set()
    job.wait()
    assert job.progress == JobProgress("stopped", 2, 4)


def test_work_without_steps_looks_whether_it_is_called_off() -> None:
    goes_on = threading.Event()

    def work(job: Job[str]) -> str:
        job.raise_if_called_off()
        goes_on.wait()
        job.raise_if_called_off()
        return "made"

    job = Job("run", work)
    job.call_off()
    goes_on.set()
    job.wait()
    assert (job.progress, job.result) == (JobProgress("stopped"), None)


def test_what_a_person_can_put_right_is_told_and_what_nobody_foresaw_goes_to_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def wrong(job: Job[None]) -> None:
        raise RunError("the folder is full. Give another.")

    def broken(job: Job[None]) -> None:
        raise ZeroDivisionError("secret")

    with caplog.at_level(logging.ERROR):
        told, logged = Job("run", wrong), Job("other", broken)
        told.wait()
        logged.wait()
    assert (told.progress.state, told.message) == ("failed", "the folder is full. Give another.")
    assert logged.message == "Something went wrong. The terminal in which Footnote runs says what."
    assert "other failed" in caplog.text
    assert "ZeroDivisionError: secret" in caplog.text
    assert "the folder is full" not in caplog.text


def test_what_was_done_before_tells_nothing_of_the_speed() -> None:
    assert seconds_left(10, 30, done_first=0, at_first=100, now=120) == 40
    assert seconds_left(20, 30, done_first=10, at_first=100, now=120) == 20
    assert seconds_left(10, 30, done_first=10, at_first=100, now=120) is None
    assert seconds_left(30, 30, done_first=10, at_first=100, now=120) == 0


def test_of_what_was_said_meanwhile_the_newest_is_read_once() -> None:
    said: SimpleQueue[str] = SimpleQueue()
    assert newest(said) is None
    for word in ("one", "two", "three"):
        said.put(word)
    assert (newest(said), newest(said)) == ("three", None)
