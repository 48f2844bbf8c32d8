"""What the window shows while a question is answered, and what becomes of a conversation."""

import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from rag.answer import Answer, turn_of
from rag.errors import RagError
from ui.history import History, Kept, title_of
from ui.library import Library
from ui.texts import text

DRAWN_EVERY_SECONDS = 0.2

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Talk:
    """The conversation that a page shows: its id, none until something was asked; the turn that is being edited."""

    id: str | None = None
    turns: list[Kept] = field(default_factory=list)
    editing: int | None = None

    @property
    def answered(self) -> Answer | None:
        """The answer to the last question, where there is one."""
        reply = self.turns[-1].reply if self.turns else None
        return reply if isinstance(reply, Answer) and not reply.is_draft else None


class Conversations:
    """Questions of visitors put to the collections of a library; what was said is kept in a history."""

    def __init__(self, library: Library, history: History) -> None:
        self._library = library
        self._history = history

    def ask(
        self, visitor: str, talk: Talk, index: str, question: str, at: int, searched: str | None = None
    ) -> Iterator[Talk]:
        """The conversation, again and again, until `question` is answered as its turn `at`; later turns are dropped.

        The question is kept before it is answered, so that nothing that happens meanwhile loses it.
        """
        before = talk.turns[:at]
        asked = Kept(question, searched=searched)
        if not question.strip():
            return
        identity = talk.id or self._history.begin(visitor, index, title_of(question))
        turn = self._history.put_turn(visitor, identity, at, question, searched)
        yield Talk(identity, [*before, asked])
        reply: Answer | str = text("app.failed")
        drawn = 0.0
        try:
            history = [turn_of(kept.reply) for kept in before if isinstance(kept.reply, Answer)]
            for answer in self._library.engine(index).stream(question, history, searched):
                if not answer.is_draft:
                    reply = answer
                elif time.monotonic() - drawn > DRAWN_EVERY_SECONDS:
                    # A model writes faster than a page is drawn.
                    drawn = time.monotonic()
                    yield Talk(identity, [*before, replace(asked, reply=answer)])
        except RagError as error:
            reply = str(error)
        except Exception:
            # The visitor must hear something; the one who runs the window gets the details.
            _log.exception("a question failed")
        self._history.answer(visitor, identity, at, reply, turn)
        yield Talk(identity, [*before, replace(asked, reply=reply)])

    def stopped(self, visitor: str, talk: Talk) -> Talk:
        """The conversation with its last question, where that has no answer, marked as stopped."""
        if not talk.turns or talk.id is None or talk.answered:
            return talk
        last = len(talk.turns) - 1
        if not isinstance(talk.turns[last].reply, str):
            self._history.answer(visitor, talk.id, last, text("chat.stopped"))
        return self.opened(visitor, talk.id)

    def opened(self, visitor: str, identity: str) -> Talk:
        """A conversation of the visitor's, as it was kept; an empty one where there is none."""
        turns = self._history.turns(visitor, identity)
        return Talk(identity, [_finished(kept) for kept in turns]) if turns else Talk()

    def rated(
        self, visitor: str, talk: Talk, at: int, value: Literal["up", "down"], reason: str = "", comment: str = ""
    ) -> Talk:
        """The conversation with the visitor's opinion of an answer; the same opinion again takes it back."""
        if talk.id is None or not 0 <= at < len(talk.turns):
            return talk
        given = None if talk.turns[at].feedback == value and not reason else value
        self._history.feedback(visitor, talk.id, at, given, reason, comment)
        return self.opened(visitor, talk.id)


def earlier_questions(turns: Sequence[Kept]) -> list[str]:
    """Earlier turns as question sets hold them: alternately the person's words and the assistant's."""
    said = [(kept.question, kept.reply) for kept in turns]
    return [
        words for question, reply in said for words in (question, reply.answer if isinstance(reply, Answer) else "")
    ]


def _finished(kept: Kept) -> Kept:
    """A turn of the past: a question that nobody is answering any more says so."""
    return replace(kept, reply=text("chat.unfinished")) if kept.reply is None else kept
