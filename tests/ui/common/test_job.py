import logging
import threading

import pytest

from rag.errors import RunError
from ui.common.job import Job, OnProgress, Progress, seconds_left


def test_a_job_says_how_far_it_is_and_what_came_of_it() -> None:
    begun, goes_on = threading.Event(), threading.Event()

    def work(on_progress: OnProgress) -> str:
        on_progress(2, 4)
        begun.set()
        goes_on.wait()
        on_progress(4, 4)
        return "made"

    job = Job("run", work)
    begun.wait()
    assert (job.progress, job.is_over, job.result) == (Progress("running", 2, 4), False, None)
    goes_on.set()
    job.wait()
    assert (job.progress, job.is_over, job.result) == (Progress("done", 4, 4), True, "made")


def test_a_job_that_is_called_off_ends_at_its_next_step() -> None:
    begun, goes_on = threading.Event(), threading.Event()

    def work(on_progress: OnProgress) -> None:
        on_progress(1, 4)
        begun.set()
        goes_on.wait()
        on_progress(2, 4)

    job = Job("run", work)
    begun.wait()
    job.call_off()
    assert job.progress.state == "stopping"
    goes_on.set()
    job.wait()
    assert job.progress == Progress("stopped", 2, 4)


def test_what_a_person_can_put_right_is_told_and_what_nobody_foresaw_goes_to_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def wrong(on_progress: OnProgress) -> None:
        raise RunError("the folder is full. Give another.")

    def broken(on_progress: OnProgress) -> None:
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
