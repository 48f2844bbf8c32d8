"""Bringing a collection in step while a visitor looks on, and can stop it."""

from dataclasses import dataclass
from queue import SimpleQueue

from rag.ingest.update import IndexReport, Progress
from ui.common.job import Job
from ui.documents.library import Library


@dataclass(frozen=True, slots=True)
class Updating:
    """An update that is being made; called off, the index is as it was."""

    job: Job[IndexReport]
    progress: SimpleQueue[Progress]
    """How far it is, for one reader."""


def begin_update(library: Library, name: str, rebuild: bool) -> Updating:
    """Begin to bring a collection in step with its folder."""
    progress: SimpleQueue[Progress] = SimpleQueue()

    def work(job: Job[IndexReport]) -> IndexReport:
        def on_progress(now: Progress) -> None:
            progress.put(now)
            job.step(int(now.bytes_done), now.bytes)

        return library.update(name, on_progress, rebuild)

    return Updating(Job(name, work), progress)
