"""What is asked of collections, whoever asks: in turn, in threads, and no longer than somebody waits for it."""

import time
from collections.abc import AsyncGenerator, Callable, Sequence
from typing import Any, TypeVar

import anyio
from anyio import to_thread
from starlette.requests import Request

from rag.answer import Answer, Turn
from rag.engine import CitedQueryEngine
from rag.library.library import Library
from rag.library.rights import owner
from rag.library.turnstile import turnstile_of
from rag.server.errors import ApiError

_NO_COLLECTION = "There is no collection {name!r}. GET /v1/models lists what there is."
_TOO_LONG = "The answer took longer than {seconds} seconds."

Result = TypeVar("Result")


class Gone(Exception):
    """The client waits no more."""


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
        self, request: Request, name: str, question: str, history: Sequence[Turn]
    ) -> AsyncGenerator[Answer, None]:
        """Answers that hold what is written so far; the last one is whole.

        Where the client goes away, the work ends with the model's next word. Raises what `engine` does, QuestionError,
        LanguageModelError, BusyError, and Gone.
        """
        engine = await self.engine(name)
        async with self.library.turnstile.turn_of_loop(owner()):
            stream, until = engine.stream(question, history), time.monotonic() + self._seconds
            try:
                while (answer := await to_thread.run_sync(next, stream, None, limiter=self._threads)) is not None:
                    yield answer
                    if await request.is_disconnected():
                        raise Gone
                    if time.monotonic() > until:
                        raise ApiError(504, _TOO_LONG.format(seconds=self._seconds))
            finally:
                # Also where this itself is ended from without.
                with anyio.CancelScope(shield=True):
                    await to_thread.run_sync(stream.close, limiter=anyio.CapacityLimiter(1))

    async def answer(self, request: Request, name: str, question: str, history: Sequence[Turn] = ()) -> Answer:
        """The whole answer. Raises what `answers` does."""
        answers = [answer async for answer in self.answers(request, name, question, history)]
        return answers[-1]


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
