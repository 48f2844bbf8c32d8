"""Bringing a collection in step while a visitor looks on, and can stop it."""

from dataclasses import dataclass, field

from rag.ingest.update import IndexReport, Progress
from ui.common.job import Job, OnProgress
from ui.documents.library import Library


@dataclass(slots=True)
class Updating:
    """An update that is being made; `latest` holds how far it is, once that is known.

    Called off, the index is as it was.
    """

    job: Job[IndexReport]
    latest: list[Progress] = field(default_factory=list)


def begin_update(library: Library, name: str, rebuild: bool) -> Updating:
    """Begin to bring a collection in step with its folder."""
    latest: list[Progress] = []

    def work(said: OnProgress) -> IndexReport:
        def on_progress(now: Progress) -> None:
            latest[:] = [now]
            said(int(now.bytes_done), now.bytes)

        return library.update(name, on_progress, rebuild)

    return Updating(Job(name, work), latest)
