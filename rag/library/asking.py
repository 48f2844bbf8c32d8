"""Asking a collection, by whatever way: who waits for a language model that hangs, does so once."""

import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import replace

from rag.answer import Answer, Turn
from rag.engine import CitedQueryEngine

REST_SECONDS = 60.0
"""For which a language model that hung is not asked again, since others wait behind."""

MODEL_RESTS = (
    "The language model gave no words a moment ago, and is not asked now. Quotes from the documents answer instead."
)


def answers(
    engine: CitedQueryEngine,
    question: str,
    history: Sequence[Turn] = (),
    searched: str | None = None,
    now: Callable[[], float] = time.monotonic,
) -> Generator[Answer, None, None]:
    """What `engine.stream` gives; in quotes, and saying so, where its language model hung less than REST_SECONDS ago.

    `now` gives seconds as `engine.model_hung_at` does. Raises what `engine.stream` does.
    """
    hung = engine.model_hung_at
    if hung is None or now() - hung > REST_SECONDS:
        yield from engine.stream(question, history, searched)
        return
    answer = engine.in_quotes().ask(question, history, searched)
    is_whole = answer.is_courtesy or answer.refused
    yield answer if is_whole else replace(answer, notes=[*answer.notes, MODEL_RESTS])
