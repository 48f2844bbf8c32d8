"""Job: work in a thread of its own, which says how far it is and can be called off."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from rag.errors import RagError
from ui.common.texts import text

State = Literal["running", "stopping", "done", "stopped", "failed"]
OnProgress = Callable[[int, int], None]
Result = TypeVar("Result")

LOOKED_EVERY_SECONDS = 0.4
"""How often who shows a job's progress looks at it."""

_log = logging.getLogger(__name__)


class CalledOffError(Exception):
    """What `on_progress` raises in work that is called off."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is: steps done of all, both 0 until that is known; seconds left, None where none can be told."""

    state: State
    done: int = 0
    total: int = 0
    seconds_left: float | None = None


class Job(Generic[Result]):
    """`work`, begun at once; it calls what it is given with (steps done, all steps). Safe to share between threads."""

    def __init__(self, name: str, work: Callable[[OnProgress], Result]) -> None:
        self.name = name
        self.result: Result | None = None
        self.message = ""
        """Why it failed, for a person."""
        self._state: State = "running"
        self._called_off = threading.Event()
        self._steps = (0, 0)
        self._first: tuple[int, float] | None = None
        self._thread = threading.Thread(target=self._run, args=[work], name=f"job {name}", daemon=True)
        self._thread.start()

    def call_off(self) -> None:
        """Have it end at its next step."""
        self._called_off.set()

    @property
    def is_over(self) -> bool:
        """Whether nothing of it is working any more."""
        return not self._thread.is_alive()

    def wait(self, seconds: float | None = None) -> bool:
        """Return when it is over, or after that time: whether it is."""
        self._thread.join(seconds)
        return self.is_over

    @property
    def progress(self) -> Progress:
        """How far it is now."""
        (done, total), first = self._steps, self._first
        if self.is_over:
            return Progress(self._state, done, total)
        state: State = "stopping" if self._called_off.is_set() else "running"
        return Progress(state, done, total, seconds_left(done, total, *first, time.monotonic()) if first else None)

    def _run(self, work: Callable[[OnProgress], Result]) -> None:
        try:
            self.result = work(self._said)
            self._state = "done"
        except CalledOffError:
            self._state = "stopped"
        except Exception as error:
            self._state, self.message = "failed", message_of(error, self.name)

    def _said(self, done: int, total: int) -> None:
        # What was done before, in a run that is resumed, tells nothing of the speed.
        self._first = self._first or (done, time.monotonic())
        self._steps = (done, total)
        if self._called_off.is_set():
            raise CalledOffError


def message_of(error: Exception, doing: str) -> str:
    """What to tell a visitor of an error; the details of one that nobody foresaw go to who runs the window."""
    if isinstance(error, RagError):
        return str(error)
    _log.error("%s failed", doing, exc_info=error)
    return text("app.failed")


def seconds_left(done: int, total: int, done_first: int, at_first: float, now: float) -> float | None:
    """Seconds until all is done at the speed since `at_first`, when `done_first` was; None before the first step."""
    return (now - at_first) / (done - done_first) * (total - done) if done > done_first else None
