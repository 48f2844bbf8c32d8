"""Job: work in a thread of its own, which says how far it is and can be called off."""

import contextvars
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Generic, Literal, TypeVar

from rag.errors import RagError

State = Literal["running", "stopping", "done", "stopped", "failed"]
Result = TypeVar("Result")
Said = TypeVar("Said")

LOOKED_EVERY_SECONDS = 0.4
"""How often who shows a job's progress looks at it."""

FAILED = "Something went wrong. The terminal in which Footnote runs says what."

_log = logging.getLogger(__name__)


class CalledOffError(Exception):
    """What ends work that is called off."""


@dataclass(frozen=True, slots=True)
class JobProgress:
    """How far a job is: steps done of all, both 0 until that is known; seconds left, None where none can be told."""

    state: State
    done: int = 0
    total: int = 0
    seconds_left: float | None = None


class Job(Generic[Result]):
    """`work`, begun at once unless `is_begun` is false, with the job, by which it says how far it is and hears that it
    is called off.

    Safe to share between threads.
    """

    def __init__(self, name: str, work: "Callable[[Job[Result]], Result]", is_begun: bool = True) -> None:
        self.name = name
        self.result: Result | None = None
        self.message = ""
        """Why it failed, for a person."""
        self._state: State = "running"
        self._called_off = threading.Event()
        self._steps = (0, 0)
        self._first: tuple[int, float] | None = None
        # In the context of whoever begins it, so that what it says is in their language.
        run = contextvars.copy_context().run
        self._thread = threading.Thread(target=run, args=[self._run, work], name=f"job {name}", daemon=True)
        if is_begun:
            self.begin()

    def begin(self) -> None:
        """Begin the work, once."""
        self._thread.start()

    def call_off(self) -> None:
        """Have it end where its work next looks."""
        self._called_off.set()

    def raise_if_called_off(self) -> None:
        """Raise CalledOffError in work that is called off."""
        if self._called_off.is_set():
            raise CalledOffError

    def step(self, done: int, total: int) -> None:
        """Say in work that so many of all steps are done. Raises CalledOffError as `raise_if_called_off` does."""
        # What was done before, in a run that is resumed, tells nothing of the speed.
        self._first = self._first or (done, time.monotonic())
        self._steps = (done, total)
        self.raise_if_called_off()

    @property
    def is_over(self) -> bool:
        """Whether nothing of it is working any more."""
        return not self._thread.is_alive()

    def wait(self, seconds: float | None = None) -> bool:
        """Return when it is over, or after that time: whether it is."""
        self._thread.join(seconds)
        return self.is_over

    @property
    def progress(self) -> JobProgress:
        """How far it is now."""
        (done, total), first = self._steps, self._first
        if self.is_over:
            return JobProgress(self._state, done, total)
        state: State = "stopping" if self._called_off.is_set() else "running"
        return JobProgress(state, done, total, seconds_left(done, total, *first, time.monotonic()) if first else None)

    def _run(self, work: "Callable[[Job[Result]], Result]") -> None:
        try:
            self.result = work(self)
            self._state = "done"
        except CalledOffError:
            self._state = "stopped"
        except Exception as error:
            self._state, self.message = "failed", message_of(error, self.name)


def newest(said: SimpleQueue[Said]) -> Said | None:
    """What was put in last; all of it is taken out. None where nothing is new. For the one reader of a queue."""
    found = None
    while not said.empty():
        found = said.get()
    return found


def message_of(error: Exception, doing: str) -> str:
    """What to tell a person of an error; the details of one that nobody foresaw go to who runs the program."""
    if isinstance(error, RagError):
        return str(error)
    _log.error("%s failed", doing, exc_info=error)
    return FAILED


def seconds_left(done: int, total: int, done_first: int, at_first: float, now: float) -> float | None:
    """Seconds until all is done at the speed since `at_first`, when `done_first` was; None before the first step."""
    return (now - at_first) / (done - done_first) * (total - done) if done > done_first else None
