"""Conversations of visitors: in turn with whatever else is asked, and in quotes while a language model rests."""

from pathlib import Path

from rag.answer import Answer
from rag.config import Config
from rag.library.asking import MODEL_RESTS
from rag.library.library import Library
from tests.llm_server import Reply, ScriptedServer
from ui.chat.conversations import Conversation, Conversations
from ui.chat.history import History

QUESTION = "Who led the Russian delegation?"


def answered(conversations: Conversations) -> Answer | str | None:
    """The reply to a question that begins a conversation."""
    *_, last = conversations.ask("me", Conversation(), "seeds", QUESTION)
    return last.turns[-1].reply


def test_a_language_model_that_hangs_is_waited_for_once(
    seeds_config: Config, llm_server: ScriptedServer, tmp_path: Path
) -> None:
    llm_server.says(Reply("abcdef", fault="hang", fault_after=3))
    settings = {"llm": "openai/m", "llm_timeout": 1.0, "data_dir": tmp_path}
    library = Library(seeds_config.model_copy(update=settings))
    conversations = Conversations(library, History(tmp_path / "history.sqlite"))
    for _ in range(2):
        reply = answered(conversations)
        assert isinstance(reply, Answer)
        assert "Lavrentiev" in reply.answer
    assert reply.notes == [MODEL_RESTS]
    assert len(llm_server.requests) == 1


def test_a_question_waits_for_its_turn_and_is_refused_where_too_many_do(seeds_config: Config, tmp_path: Path) -> None:
    settings = {"server_at_once": 1, "server_waiting": 0, "data_dir": tmp_path}
    library = Library(seeds_config.model_copy(update=settings))
    conversations = Conversations(library, History(tmp_path / "history.sqlite"))
    with library.turnstile.turn(""):
        assert answered(conversations) == (
            "Questions that are being answered or wait already: 1. Ask again in a second."
        )
    assert isinstance(answered(conversations), Answer)
