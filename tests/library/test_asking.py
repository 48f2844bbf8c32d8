"""A language model that hangs is waited for once in a while, and quotes answer until then."""

from collections.abc import Callable

from rag.answer import Turn
from rag.engine import CitedQueryEngine
from rag.library.asking import MODEL_RESTS, REST_SECONDS, answers
from tests.llm_server import Reply, ScriptedServer

QUESTION = "Who led the Russian delegation?"


def asked(engine: CitedQueryEngine, question: str = QUESTION, after: float = 0.0) -> tuple[str, list[str]]:
    """Text and notes of an answer, so many seconds after the model hung."""
    *_, answer = answers(engine, question, now=lambda: (engine.model_hung_at or 0) + after)
    return answer.answer, answer.notes


def test_a_model_that_hung_rests_and_is_asked_again(
    llm_engine: Callable[..., CitedQueryEngine], llm_server: ScriptedServer
) -> None:
    engine = llm_engine(llm_timeout=1)
    llm_server.says(Reply("abcdef", fault="hang", fault_after=3), "It was led by Alexander Lavrentiev [1].")
    answer, notes = asked(engine)
    assert "Lavrentiev" in answer
    assert "Quotes from the documents answer instead" in " ".join(notes)
    answer, notes = asked(engine, after=REST_SECONDS)
    assert "Lavrentiev" in answer
    assert notes[-1] == MODEL_RESTS
    assert asked(engine, "thanks", after=1) == (next(answers(engine, "thanks")).answer, [])
    assert len(llm_server.requests) == 1
    answer, notes = asked(engine, after=REST_SECONDS + 1)
    assert (answer, notes) == ("It was led by Alexander Lavrentiev. [1]", [])
    assert engine.model_hung_at is None
    assert engine.model_problem is None


def test_while_a_model_rests_rules_make_a_follow_up_question_whole(
    llm_engine: Callable[..., CitedQueryEngine], llm_server: ScriptedServer
) -> None:
    engine = llm_engine(llm_timeout=1.5)
    llm_server.says(Reply("abcdef", fault="hang", fault_after=3))
    history = [Turn(QUESTION, "Alexander Lavrentiev led it.")]
    # What makes it whole is the first to wait, and tells those that come after.
    *_, answer = answers(engine, "And the Turkish one?", history)
    assert engine.model_hung_at is not None
    asked_until_then = len(llm_server.requests)
    *_, again = answers(engine, "And the Turkish one?", history)
    assert again.notes[-1] == MODEL_RESTS
    assert again.searched == answer.searched
    assert len(llm_server.requests) == asked_until_then


def test_a_model_that_refuses_does_not_rest(
    llm_engine: Callable[..., CitedQueryEngine], llm_server: ScriptedServer
) -> None:
    engine = llm_engine(llm_timeout=6)
    llm_server.says(Reply(status=500), "It was led by Alexander Lavrentiev [1].")
    asked(engine)
    assert engine.model_problem
    assert engine.model_hung_at is None
    assert asked(engine)[1] == []
