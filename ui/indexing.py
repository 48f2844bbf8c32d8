"""Bringing a collection in step while a visitor looks on, and can stop it."""

import time
from collections.abc import Iterator

from rag.errors import RagError
from rag.index import IndexReport, Progress
from ui.job import LOOKED_EVERY_SECONDS, Job, OnProgress
from ui.library import Library


def updating(library: Library, name: str, rebuild: bool) -> Iterator[Progress | IndexReport]:
    """How far it is, now and then, and at the end what was done. Raises RagError.

    Where the iterator is closed before, the work ends at its next step, and the index is as it was.
    """
    latest: list[Progress] = []

    def work(said: OnProgress) -> IndexReport:
        def on_progress(now: Progress) -> None:
            latest[:] = [now]
            said(int(now.bytes_done), now.bytes)

        return library.update(name, on_progress, rebuild)

    job = Job(name, work)
    try:
        while not job.is_over:
            yield from latest
            time.sleep(LOOKED_EVERY_SECONDS)
        if job.result is None:
            raise RagError(job.message)
        yield job.result
    finally:
        # Not waited for: Gradio closes what a visitor stops in the thread that serves all of them.
        job.call_off()
