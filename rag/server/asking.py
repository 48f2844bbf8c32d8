"""What is asked of collections, whoever asks: in turn, in threads, and no longer than somebody waits for it."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Sequence
from functools import partial
from threading import Lock, Thread
from typing import Any, TypeVar

import anyio
from anyio import to_thread

from rag.answer import Answer, Turn
from rag.engine import CitedQueryEngine
from rag.library.asking import answers
from rag.library.library import Library
from rag.library.rights import owner
from rag.library.turnstile import LOOKED_EVERY_SECONDS, turnstile_of
from rag.server.errors import ApiError

_NO_COLLECTION = "There is no collection {name!r}. GET /v1/models lists what there is."
_TOO_LONG = "The answer took longer than {seconds} seconds."

Result = TypeVar("Result")
IsGone = Callable[[], Awaitable[bool]]
"""Whether whoever asks waits no more."""


class Gone(Exception):
    """The client waits no more."""


class _Steps:
    """Answers that are made one after the other, each in whatever thread."""

    def __init__(self, made: Generator[Answer, None, None]) -> None:
        self._made = made
        self._is_over = False
        self._lock = Lock()

    def next(self) -> Answer | None:
        """The next one, None after the last."""
        with self._lock:
            answer = next(self._made, None)
            self._is_over = answer is None
            return answer

    def leave(self) -> None:
        """End the work, once what is being made is made: nobody waits for that."""
        if not self._is_over:
            Thread(target=self._close, name="leaving an answer", daemon=True).start()

    def _close(self) -> None:
        with self._lock:
            self._made.close()


async def _never() -> bool:
    return False


async def _raise_if(is_gone: IsGone) -> None:
    if await is_gone():
        raise Gone


class Desk:
    """The collections of a library, asked in turn; `default` is the one that is meant where none is named.

    Its threads are its own, so that the window's are never waited for. What is only searched does not wait for what is
    answered, which a language model may hold up.
    """

    def __init__(self, library: Library, default: str) -> None:
        config = library.config
        self._seconds = config.server_seconds
        self.library = library
        self.default = default
        self._threads = anyio.CapacityLimiter(config.server_at_once)
        self._searches = turnstile_of(config)
        self._search_threads = anyio.CapacityLimiter(config.server_at_once)

    def inside(self) -> int:
        """Questions and searches that are worked at or wait."""
        return self.library.turnstile.inside.total() + self._searches.inside.total()

    async def run(self, work: Callable[[], Result]) -> Result:
        """What `work` gives, in a thread, when it is its turn. Raises BusyError."""
        async with self._searches.turn_of_loop(owner()):
            return await to_thread.run_sync(work, limiter=self._search_threads)

    async def engine(self, name: str) -> CitedQueryEngine:
        """What answers from a collection. Raises ApiError where there is none, RagError where it cannot be opened."""
        return await to_thread.run_sync(self.library.engine, known(self.library, name))

    async def answers(
        self, name: str, question: str, history: Sequence[Turn] = (), is_gone: IsGone = _never
    ) -> AsyncGenerator[Answer, None]:
        """Answers that hold what is written so far; the last one is whole.

        Where the client `is_gone`, its place is free at once, and the work ends with the model's next word. Raises what
        `engine` does, QuestionError, LanguageModelError, BusyError, and Gone.
        """
        engine = await self.engine(name)
        async with self.library.turnstile.turn_of_loop(owner(), partial(_raise_if, is_gone)):
            steps, until = _Steps(answers(engine, question, history)), time.monotonic() + self._seconds
            try:
                while (answer := await self._next(steps, is_gone)) is not None:
                    yield answer
                    await _raise_if(is_gone)
                    if time.monotonic() > until:
                        raise ApiError(504, _TOO_LONG.format(seconds=self._seconds))
            finally:
                steps.leave()

    async def _next(self, steps: _Steps, is_gone: IsGone) -> Answer | None:
        """The next answer, None after the last. Raises Gone; then the thread that works at it is waited for no more."""
        work = to_thread.run_sync(steps.next, limiter=self._threads, abandon_on_cancel=True)
        task = asyncio.ensure_future(work)
        try:
            while not task.done():
                await asyncio.wait([task], timeout=LOOKED_EVERY_SECONDS)
                if not task.done():
                    await _raise_if(is_gone)
        finally:
            task.cancel()
        return task.result()

    async def answer(self, name: str, question: str, history: Sequence[Turn] = (), is_gone: IsGone = _never) -> Answer:
        """The whole answer. Raises what `answers` does."""
        return [answer async for answer in self.answers(name, question, history, is_gone)][-1]


def known(library: Library, name: str) -> str:
    """The name of a collection that may be read. Raises ApiError where there is none."""
    if name not in library.names():
        raise ApiError(404, _NO_COLLECTION.format(name=name), "model", "model_not_found")
    return name


def range_of(engine: CitedQueryEngine, document: str, start: int, end: int | None) -> dict[str, Any]:
    """The text of a document between two characters, as far as it goes. Raises DocumentError."""
    text = engine.document(document).text
    end = len(text) if end is None else min(end, len(text))
    return {"document": document, "start": start, "end": end, "characters": len(text), "text": text[start:end]}
