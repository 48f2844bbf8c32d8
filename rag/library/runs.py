"""Runs: the evaluations that were made in the window or over the API, a folder each; an account makes one at a time."""

import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock

from rag.errors import RagError
from rag.evaluate.evaluation import evaluate
from rag.evaluate.folder import ANSWERS_FILE, INFO_FILE, JUDGEMENTS_FILE, SUMMARY_FILE
from rag.evaluate.run import OtherRunError, Run, load_run
from rag.library.job import Job
from rag.library.library import Library

_KEPT = 4
# Short enough for every file system in every script.
_NAME = re.compile(r"\w([\w. -]{0,58}[\w.-])?")
_NOT_OF_A_NAME = re.compile(r"[^\w.-]+")

NO_RUN = "There is no run “{name}” any more. Choose another."
UNFINISHED = (
    "The run “{name}” was interrupted. Choose its question set and split again, give its name, and ask: it goes on from"
    " there."
)
BAD_NAME = "“{name}” cannot name a run. Use up to 60 letters, digits, spaces, -, _ and dots."
RUN_BUSY = "The run “{name}” is being made; only one is made at a time. Wait for it, or cancel it."
RUN_TAKEN = "There is a run “{name}” already. Give another name."
OTHER_RUN = "The interrupted run “{name}” was begun with {difference}, so it cannot be gone on with. Give another name."
RUN_NAME = "run"


@dataclass(frozen=True, slots=True)
class ListedRun:
    """A run as it is listed; one that is not finished can be gone on with.

    `made` is when it was begun, `questions` how many it holds, and `accuracy` None where it does not apply.
    """

    name: str
    made: float
    is_finished: bool
    questions: int | None = None
    accuracy: float | None = None


class Runs:
    """The runs in the caller's folder. Safe to share between threads and visitors."""

    def __init__(self, folder: Callable[[], Path]) -> None:
        self._folder_of = folder
        self._lock = Lock()
        self._jobs: dict[Path, Job[None]] = {}

    @property
    def _folder(self) -> Path:
        return self._folder_of()

    @property
    def last(self) -> Job[None] | None:
        """The run that is being made, or was last."""
        return self._jobs.get(self._folder)

    @property
    def running(self) -> Job[None] | None:
        """The run that is being made."""
        last = self.last
        return last if last and not last.is_over else None

    def listed(self) -> list[ListedRun]:
        """The runs there are, the newest first."""
        found = []
        for folder in self._folders():
            try:
                made = os.stat(folder / INFO_FILE).st_mtime
            except OSError:
                continue
            try:
                summary = json.loads((folder / SUMMARY_FILE).read_text(encoding="utf-8"))
                listed = ListedRun(folder.name, made, True, summary.get("questions"), summary.get("accuracy"))
            except (OSError, ValueError, AttributeError):
                listed = ListedRun(folder.name, made, self._is_finished(folder.name))
            found.append(listed)
        return sorted(found, key=lambda run: (-run.made, run.name))

    def folder(self, name: str) -> Path:
        """The folder of a run. Raises RagError where there is none of that name."""
        if name not in (listed.name for listed in self.listed()):
            raise RagError(NO_RUN.format(name=name))
        return self._folder / name

    def load(self, name: str) -> Run:
        """A finished run. Raises RagError."""
        folder = self.folder(name)
        if not self._is_finished(name):
            raise RagError(UNFINISHED.format(name=name))
        return _load(folder, self.version(name))

    def version(self, name: str) -> tuple[int, ...]:
        """What changes with what a run holds."""
        files = (self._folder / name / file for file in (INFO_FILE, ANSWERS_FILE, JUDGEMENTS_FILE, SUMMARY_FILE))
        return tuple(os.stat(file).st_mtime_ns if file.exists() else 0 for file in files)

    def free_name(self, wanted: str) -> str:
        """A name for a new run, as near to `wanted` as can be."""
        stem = _NOT_OF_A_NAME.sub("-", wanted).strip("-.")[:50] or RUN_NAME
        taken = {folder.name for folder in self._folders()}
        return next(name for name in _numbered(stem) if name not in taken)

    def start(self, name: str, work: Callable[[Path, Job[None]], None]) -> Job[None]:
        """A run begun, or an interrupted one gone on with: `work` is given its folder and job.

        Raises RagError where the name is impossible or that of a finished run, and where another is being made.
        """
        name = self.checked_name(name)
        with self._lock:
            if running := self.running:
                raise RagError(RUN_BUSY.format(name=running.name))
            if self._is_finished(name):
                raise RagError(RUN_TAKEN.format(name=name))
            folder = self._folder
            self._jobs[folder] = Job(name, lambda job: work(folder / name, job))
            return self._jobs[folder]

    def checked_name(self, name: str) -> str:
        """A name for a run, trimmed. Raises RagError where none can be called so."""
        name = name.strip()
        if not _NAME.fullmatch(name):
            raise RagError(BAD_NAME.format(name=name))
        return name

    def evaluate(self, library: Library, index: str, file: Path, split: str | None, name: str) -> Job[None]:
        """A run of the questions in `file` put to a collection, begun or gone on with. Raises what `start` does."""

        def work(out: Path, job: Job[None]) -> None:
            def step(done: int, total: int) -> None:
                library.check_readable(index)
                job.step(done, total)

            try:
                with library.evaluations.turn("", job.raise_if_called_off):
                    # A collection may take long to open: it is the run's own time, not that of who begins it.
                    evaluate(file, lambda: library.engine(index), library.config, out, split=split, on_progress=step)
            except OtherRunError as error:
                raise RagError(OTHER_RUN.format(name=out.name, difference=error.difference)) from None

        return self.start(name, work)

    def _folders(self) -> list[Path]:
        try:
            return [folder for folder in self._folder.iterdir() if _NAME.fullmatch(folder.name)]
        except OSError:
            return []

    def _is_finished(self, name: str) -> bool:
        return (self._folder / name / SUMMARY_FILE).exists()


@lru_cache(_KEPT)
def _load(folder: Path, version: tuple[int, ...]) -> Run:
    return load_run(folder)


def _numbered(stem: str) -> Iterator[str]:
    yield stem
    number = 2
    while True:
        yield f"{stem}-{number}"
        number += 1
