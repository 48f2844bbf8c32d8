"""Turnstile: how many questions are worked at, how many wait, and which are told to come again."""

import asyncio
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import Future
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from threading import Lock

from rag.config import Config
from rag.errors import RagError

_MINUTE = 60.0

RETRY_SECONDS = 1
"""What a full queue says to wait."""

LOOKED_EVERY_SECONDS = 0.1
"""How often a thread that waits looks whether it is to go on waiting."""

QUEUE_FULL = "Questions that are being answered or wait already: {count}. Ask again in a second."
QUEUE_FULL_OF_YOURS = "Questions of yours that are being answered or wait already: {count}. Ask again in a second."
ASKED_TOO_OFTEN = "You have asked {count} times within a minute. Ask again later."


class BusyError(RagError):
    """More is asked than may be; `seconds` say when to come again."""

    def __init__(self, message: str, seconds: float = RETRY_SECONDS) -> None:
        super().__init__(message)
        self.seconds = seconds


@dataclass(frozen=True, slots=True, eq=False)
class _Place:
    """In the queue; `came` is done when it is its turn."""

    account: str
    came: Future[None] = field(default_factory=Future)


class Turnstile:
    """Lets so many through `at_once`, has `waiting` more wait, first come first served, and refuses all others.

    An account has no more than `each` of them inside, and begins no more than `per_minute`; without accounts, only all
    together are limited. `now` gives seconds. Safe to share between threads and event loops.
    """

    def __init__(self, at_once: int, waiting: int, each: int, per_minute: int, now: Callable[[], float]) -> None:
        self.inside: Counter[str] = Counter()
        """Questions that are worked at or wait, by account."""
        self._most = at_once + waiting
        self._each = each
        self._per_minute = per_minute
        self._now = now
        self._begun: dict[str, deque[float]] = {}
        self._free = at_once
        self._waiting: deque[_Place] = deque()
        self._lock = Lock()

    @contextmanager
    def turn(self, account: str, on_wait: Callable[[], None] = lambda: None) -> Iterator[None]:
        """Within it, it is its turn; `on_wait` is called while it is not, and may raise. Raises BusyError."""
        place = self._take(account)
        try:
            while not place.came.done():
                on_wait()
                try:
                    place.came.result(LOOKED_EVERY_SECONDS)
                except TimeoutError:
                    continue
            yield
        finally:
            self._leave(place)

    @asynccontextmanager
    async def turn_of_loop(
        self, account: str, on_wait: Callable[[], Awaitable[None]] | None = None
    ) -> AsyncIterator[None]:
        """The same, which lets an event loop do other things meanwhile."""
        place = self._take(account)
        came = asyncio.wrap_future(place.came)
        try:
            while not place.came.done():
                # What is cancelled leaves, and does not cancel what lets it in.
                await asyncio.wait([came], timeout=LOOKED_EVERY_SECONDS)
                if on_wait and not place.came.done():
                    await on_wait()
            yield
        finally:
            self._leave(place)

    def _take(self, account: str) -> _Place:
        with self._lock:
            if (inside := self.inside.total()) >= self._most:
                raise BusyError(QUEUE_FULL.format(count=inside))
            if account:
                if self.inside[account] >= self._each:
                    raise BusyError(QUEUE_FULL_OF_YOURS.format(count=self.inside[account]))
                self._count(account)
            self.inside[account] += 1
            place = _Place(account)
            if self._free:
                self._free -= 1
                place.came.set_result(None)
            else:
                self._waiting.append(place)
            return place

    def _leave(self, place: _Place) -> None:
        with self._lock:
            self.inside[place.account] -= 1
            if not self.inside[place.account]:
                del self.inside[place.account]
            if not place.came.done():
                self._waiting.remove(place)
            elif self._waiting:
                self._waiting.popleft().came.set_result(None)
            else:
                self._free += 1

    def _count(self, account: str) -> None:
        """Take note of a question of an account. Raises BusyError where a minute has had as many as it may."""
        now = self._now()
        for name in [name for name, begun in self._begun.items() if begun[-1] <= now - _MINUTE]:
            del self._begun[name]
        begun = self._begun.setdefault(account, deque())
        while begun and begun[0] <= now - _MINUTE:
            begun.popleft()
        if len(begun) >= self._per_minute:
            raise BusyError(ASKED_TOO_OFTEN.format(count=len(begun)), begun[0] + _MINUTE - now)
        begun.append(now)


def turnstile_of(config: Config) -> Turnstile:
    """With the limits of a Config."""
    at_once, waiting = config.server_at_once, config.server_waiting
    return Turnstile(at_once, waiting, config.server_each, config.server_per_minute, time.monotonic)
