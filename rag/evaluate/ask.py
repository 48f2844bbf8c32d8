"""Questions put to a query engine, over the cores and in order."""

import time
from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from functools import lru_cache
from typing import Protocol

from rag.answer import NOT_IN_DOCUMENTS, Answer, Passage, Seconds, Turn
from rag.cores import core_count
from rag.errors import QuestionError
from rag.evaluate.dataset import Question
from rag.evaluate.evidence import DOCUMENTS_KEPT, Place
from rag.evaluate.grounding import Supports, verbatim
from rag.evaluate.record import Record, score_answer, score_search
from rag.evaluate.yardstick import yardstick_seconds

AskOne = Callable[[Question, Sequence[Place]], Record]
"""A question and the places of its evidence to its Record. Safe to call from several threads."""

AHEAD_PER_THREAD = 4


class Engine(Protocol):
    """What evaluation sees of a query engine."""

    def propose(self, question: str, history: Sequence[Turn]) -> Answer:
        """The answer before it is decided whether to refuse; `history` is what it follows up. Raises QuestionError."""

    def decide(self, answer: Answer) -> Answer:
        """The answer as it is given, or the refusal."""

    def search(self, question: str, history: Sequence[Turn]) -> list[Passage]:
        """The best passages, best first. Raises QuestionError."""

    def document_text(self, document_id: str) -> str | None:
        """The text that citations count in, or None."""


def answering(engine: Engine, supports: Supports = verbatim) -> AskOne:
    """Asks for answers; a question that cannot be asked counts as refused. `supports` is for metrics of citations."""
    document_text = lru_cache(DOCUMENTS_KEPT)(engine.document_text)

    def ask_one(question: Question, evidence: Sequence[Place]) -> Record:
        proposed = _propose(engine, question)
        return score_answer(question, evidence, proposed, engine.decide(proposed), document_text, supports)

    return ask_one


def proposing(engine: Engine) -> AskOne:
    """Asks for answers as they are before any is refused for its confidence, which is left uncalibrated."""
    document_text = lru_cache(DOCUMENTS_KEPT)(engine.document_text)

    def ask_one(question: Question, evidence: Sequence[Place]) -> Record:
        proposed = _propose(engine, question)
        return score_answer(question, evidence, proposed, proposed, document_text)

    return ask_one


def searching(engine: Engine) -> AskOne:
    """Asks for passages only; a question that cannot be asked finds none."""

    def ask_one(question: Question, evidence: Sequence[Place]) -> Record:
        started = time.perf_counter()
        try:
            passages = engine.search(question.question, turns_of(question.history))
        except QuestionError:
            passages = []
        taken = time.perf_counter() - started
        answer = Answer(
            question.question, "", None, 0.0, False, None, [], [], passages, Seconds(retrieve=taken, total=taken)
        )
        return score_search(question, evidence, answer)

    return ask_one


def beside_yardstick(ask_one: AskOne) -> AskOne:
    """Asks the same, and times a fixed piece of work before and after, so that times of two runs can be compared."""

    def timed(question: Question, evidence: Sequence[Place]) -> Record:
        before = yardstick_seconds()
        record = ask_one(question, evidence)
        return replace(record, yardstick=before + yardstick_seconds())

    return timed


def ask_all(
    questions: Sequence[tuple[Question, Sequence[Place]]], ask_one: AskOne, at_once: int | None = None
) -> Generator[Record, None, None]:
    """Records in the order of the questions, `at_once` of them asked together: as many as there are cores if not set.

    Closing it waits for the questions that are being asked; no other is asked any more.
    """
    threads = at_once or core_count()
    pool = ThreadPoolExecutor(threads, thread_name_prefix="ask")
    waiting: deque[Future[Record]] = deque()
    try:
        for question, evidence in questions:
            waiting.append(pool.submit(ask_one, question, evidence))
            if len(waiting) >= threads * AHEAD_PER_THREAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def turns_of(history: Sequence[str]) -> list[Turn]:
    """Earlier turns of a conversation from texts that are alternately the person's and the assistant's."""
    asked, given = history[::2], history[1::2]
    return [Turn(question, given[i] if i < len(given) else "") for i, question in enumerate(asked)]


def _propose(engine: Engine, question: Question) -> Answer:
    try:
        return engine.propose(question.question, turns_of(question.history))
    except QuestionError as error:
        return Answer(question.question, NOT_IN_DOCUMENTS, None, 0.0, True, str(error), [], [], [])
