"""Updates that wait: for the one before, and for another program that writes the same index."""

from threading import Event

from rag.errors import IndexBusyError
from rag.ingest.report import IndexReport, OnProgress
from rag.library.updates import Updates


def test_an_update_waits_for_another_program_and_is_made_then() -> None:
    busy, tried, report = Event(), Event(), IndexReport(index="papers", folder="papers")
    busy.set()

    def update(on_progress: OnProgress) -> IndexReport:
        tried.set()
        if busy.is_set():
            raise IndexBusyError
        return report

    updating = Updates().begin("papers", update, ["a.md"])
    assert tried.wait(30)
    while not updating.is_waiting:
        assert not updating.job.is_over
    busy.clear()
    assert updating.job.wait(30)
    assert updating.job.result is report


def test_an_update_that_waits_for_another_program_is_called_off() -> None:
    tried = Event()

    def update(on_progress: OnProgress) -> IndexReport:
        tried.set()
        raise IndexBusyError

    updating = Updates().begin("papers", update)
    assert tried.wait(30)
    updating.call_off()
    assert updating.job.wait(30)
    assert updating.job.progress.state == "stopped"
