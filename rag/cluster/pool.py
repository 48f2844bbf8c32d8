"""Workers on a cluster that do tasks, started as tasks come, replaced when they die."""

import pickle
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from queue import Empty, SimpleQueue
from threading import Thread
from types import TracebackType
from typing import Any, Self

import ray
from ray.exceptions import AuthenticationError, RayError, RayTaskError

from rag.cluster.version import version_here
from rag.cluster.worker import TASKS_OF_WORKER, TRIES, Job, Worker
from rag.errors import ConfigError, RagError, WorkerLostError

SECONDS_TO_START = 300.0
"""For the first worker: for a core that is free, and for its models."""

SECONDS_TO_END = 5.0


@dataclass(eq=False, slots=True)
class Pending:
    """A task that was given; its result comes as it was pickled."""

    task: bytes
    future: "Future[bytes]" = field(default_factory=Future)
    deaths: int = 0

    def result(self) -> Any:
        """What came of it, once it is done. Raises the RagError that came of it, or WorkerLostError."""
        outcome = pickle.loads(self.future.result())  # noqa: S301 - from a worker of this pool
        if isinstance(outcome, RagError):
            raise outcome
        return outcome


@dataclass(eq=False, slots=True)
class _Hand:
    """A worker and the tasks that it has, in the order in which it does them."""

    actor: Any
    is_open: bool = False
    tasks: deque[Pending] = field(default_factory=deque)


class Pool:
    """Workers from the beginning of a `with` to its end. Safe to call from several threads.

    What a worker had when it died goes to others; a task under which TRIES of them died fails alone. What no worker can
    do anything about, such as another version, fails all that was and is given. A thread of the pool's own does in turn
    what its events say: that there is a task, that a worker is ready, that a task is done.
    """

    def __init__(self, on: str, make_job: Callable[[], Job], most: int) -> None:
        try:
            self._make_job = pickle.dumps(make_job)
        except Exception as error:  # each class has its own for what it cannot
            raise ConfigError(f"--on {on}: what was given cannot be sent to other machines ({error}).") from error
        self._on = on
        self._most = most
        self._version = version_here()
        self._worker = ray.remote(Worker).options(num_cpus=1, max_restarts=0, max_task_retries=0)
        self._hands: list[_Hand] = []
        self._waiting: deque[Pending] = deque()
        self._failure: RagError | None = None
        self._failed_starts = 0
        self._is_over = False
        self._events: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._thread = Thread(target=self._run, name="cluster", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._events.put(self._end)
        self._thread.join(SECONDS_TO_END)

    @property
    def most(self) -> int:
        """Workers there may be."""
        return self._most

    def submit(self, task: Any) -> Pending:
        """Have a worker do `task`, after those given before."""
        pending = Pending(pickle.dumps(task))
        self._events.put(partial(self._take, pending))
        return pending

    def _run(self) -> None:
        while not self._is_over:
            waits_for_first = self._waiting and not any(hand.is_open for hand in self._hands)
            try:
                event = self._events.get(timeout=SECONDS_TO_START if waits_for_first else None)
            except Empty:
                self._fail(f"no worker was ready within {SECONDS_TO_START:g} seconds: its cores may all be taken.")
                continue
            try:
                event()
            except Exception as error:  # the connection's: Ray has many, and gRPC others
                self._fail(f"the cluster does not answer any more ({_what(error)}).")

    def _take(self, pending: Pending) -> None:
        if self._failure:
            pending.future.set_exception(self._failure)
        else:
            self._waiting.append(pending)
            self._fill()

    def _fill(self) -> None:
        """Give tasks to workers that have room, and start others for those that are left."""
        while self._waiting and (hand := self._free_for(self._waiting[0])):
            self._give(hand, self._waiting.popleft())
        starting = sum(not hand.is_open for hand in self._hands)
        for _ in range(min(self._most - len(self._hands), len(self._waiting) - starting)):
            hand = _Hand(self._worker.remote())
            self._hands.append(hand)
            self._when_done(hand.actor.open.remote(self._make_job, self._version), partial(self._opened, hand))

    def _free_for(self, pending: Pending) -> _Hand | None:
        """The worker with the most room; an empty one for what a worker died of, perhaps, which is tried alone."""
        room = 1 if pending.deaths else TASKS_OF_WORKER
        free = [
            hand
            for hand in self._hands
            if hand.is_open and len(hand.tasks) < room and not any(task.deaths for task in hand.tasks)
        ]
        return min(free, key=lambda hand: len(hand.tasks), default=None)

    def _give(self, hand: _Hand, pending: Pending) -> None:
        hand.tasks.append(pending)
        self._when_done(hand.actor.do.remote(pending.task), partial(self._done, hand, pending))

    def _when_done(self, ref: Any, then: "Callable[[Future[bytes]], None]") -> None:
        ref.future().add_done_callback(lambda future: self._events.put(partial(then, future)))

    def _opened(self, hand: _Hand, opened: "Future[bytes]") -> None:
        if hand not in self._hands:
            # Of a worker that was ended before it was ready.
            return
        error = opened.exception()
        if error is None:
            failure = pickle.loads(opened.result())  # noqa: S301
            if failure:
                self._fail_all(failure)
                return
            hand.is_open, self._failed_starts = True, 0
        elif isinstance(error, RayTaskError):
            self._fail(f"a worker cannot begin ({_what(error)}).")
            return
        elif not isinstance(error, RayError) or isinstance(error, AuthenticationError):
            raise error
        else:
            self._hands.remove(hand)
            self._failed_starts += 1
            if self._failed_starts >= TRIES:
                self._fail(f"{TRIES} workers died while they started ({_what(error)}).")
                return
        self._fill()

    def _done(self, hand: _Hand, pending: Pending, done: "Future[bytes]") -> None:
        if hand not in self._hands:
            # Of a worker that died: others have its tasks.
            return
        error = done.exception()
        if error is None:
            hand.tasks.remove(pending)
            pending.future.set_result(done.result())
        elif isinstance(error, RayTaskError):
            hand.tasks.remove(pending)
            pending.future.set_exception(error)
        elif not isinstance(error, RayError) or isinstance(error, AuthenticationError):
            raise error
        else:
            self._replace(hand)
        self._fill()

    def _replace(self, hand: _Hand) -> None:
        """Have others do what a dead worker had, of which any may be what it died of: its last results may be lost."""
        self._hands.remove(hand)
        with suppress(Exception):
            ray.kill(hand.actor)
        for pending in reversed(hand.tasks):
            pending.deaths += 1
            if pending.deaths < TRIES:
                self._waiting.appendleft(pending)
            else:
                what = f"{TRIES} workers died of one task in turn. They may need more memory."
                pending.future.set_exception(WorkerLostError(f"--on {self._on}: {what}"))

    def _fail(self, what: str) -> None:
        self._fail_all(ConfigError(f"--on {self._on}: {what} Nothing was changed: look at the cluster, and try again."))

    def _fail_all(self, failure: RagError) -> None:
        self._failure = failure
        for pending in [*self._waiting, *(pending for hand in self._hands for pending in hand.tasks)]:
            pending.future.set_exception(failure)
        self._waiting.clear()
        self._kill()

    def _end(self) -> None:
        self._is_over = True
        self._kill()

    def _kill(self) -> None:
        hands, self._hands = self._hands, []
        for hand in hands:
            with suppress(Exception):  # of a cluster that is not there any more
                ray.kill(hand.actor)


def _what(error: BaseException) -> str:
    """An error in a line: Ray's tell what happened in their last, after what it happened to."""
    return (str(error).strip().splitlines() or [type(error).__name__])[-1][:300]
