"""Updates: collections that are being brought in step, whoever looks on, one update of each at a time."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Literal

from rag.errors import IndexBusyError
from rag.formats.folder import SkippedFile
from rag.ingest.report import IndexReport, OnProgress, Progress
from rag.library.job import LOOKED_EVERY_SECONDS, Job

State = Literal["waiting", "reading", "done", "refused"]


@dataclass(frozen=True, slots=True)
class FileState:
    """How far an update is with a file that was given to it, and why the file is not taken."""

    path: str
    state: State = "waiting"
    reason: str = ""


class Updating:
    """An update that is being made, or was; called off, the index is as it was.

    `now` is how far it is, None before it begins. What was given to the update `before` it counts as given to it too,
    so that who looks at the last one misses nothing.
    """

    def __init__(
        self,
        name: str,
        update: Callable[[OnProgress], IndexReport],
        files: Sequence[str],
        refused: Sequence[SkippedFile],
        before: "Updating | None",
    ) -> None:
        self.refused: list[SkippedFile] = [*(before.refused if before else ()), *refused]
        self.now: Progress | None = None
        self._files = {file.path: file for file in before.files} if before else {}
        self._files |= {path: FileState(path) for path in files}
        self._update = update
        self._before = before
        self._is_kept_waiting = False
        self.job = Job(name, self._work)

    @property
    def files(self) -> list[FileState]:
        """The files that were given to it."""
        return list(self._files.values())

    @property
    def is_waiting(self) -> bool:
        """Whether the one before it, or another program's, is still being made."""
        return self._before is not None or self._is_kept_waiting

    def call_off(self) -> None:
        """End it, and the one that it waits for."""
        self.job.call_off()
        if before := self._before:
            before.call_off()

    def _work(self, job: Job[IndexReport]) -> IndexReport:
        while self._before and not self._before.job.wait(LOOKED_EVERY_SECONDS):
            job.raise_if_called_off()
        self._before = None

        def on_progress(now: Progress) -> None:
            self.now, self._is_kept_waiting = now, False
            if now.path in self._files:
                state: State = "refused" if now.failure else "done" if now.share >= 1 else "reading"
                self._files[now.path] = FileState(now.path, state, now.failure)
            job.step(int(now.bytes_done), now.bytes)

        while True:
            try:
                return self._update(on_progress)
            except IndexBusyError:
                # Another server or a command writes it, which may not have seen what is to be read here.
                self._is_kept_waiting = True
                job.raise_if_called_off()
                time.sleep(LOOKED_EVERY_SECONDS)


class Updates:
    """The last update of each collection. Safe to share between threads and visitors."""

    def __init__(self) -> None:
        self._last: dict[str, Updating] = {}
        self._lock = Lock()

    def begin(
        self,
        name: str,
        update: Callable[[OnProgress], IndexReport],
        files: Sequence[str] = (),
        refused: Sequence[SkippedFile] = (),
    ) -> Updating:
        """Have a collection brought in step once nothing else is: `files` were given to it, `refused` not taken."""
        with self._lock:
            self._last[name] = Updating(name, update, files, refused, self.running(name))
            return self._last[name]

    def last(self, name: str) -> Updating | None:
        """The update of a collection that was begun last, while its outcome is worth telling."""
        return self._last.get(name)

    def running(self, name: str) -> Updating | None:
        """The update of a collection that is not over."""
        last = self.last(name)
        return last if last and not last.job.is_over else None

    def stop(self, name: str) -> None:
        """End what is going on in a collection."""
        if running := self.running(name):
            running.call_off()

    def forget(self, name: str) -> None:
        """Tell no more of an update that is over, for something else was done since."""
        if not self.running(name):
            self._last.pop(name, None)
