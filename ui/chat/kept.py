"""What is kept of conversations: their turns, and how they are listed."""

from dataclasses import dataclass, field
from typing import Literal

from rag.answer import Answer

Feedback = Literal["up", "down"]


@dataclass(frozen=True, slots=True)
class KeptTurn:
    """A turn. `reply` is a message where there is no Answer, None where answering never ended; `searched` an edit.

    `number` tells a turn from all others; it is greater than those of the turns before it. `is_running` says that it is
    being answered now, so that an Answer is what is written until then; else one that is a draft was stopped.
    """

    question: str
    reply: Answer | str | None = None
    searched: str | None = None
    feedback: Feedback | None = None
    reason: str = ""
    comment: str = ""
    number: int = field(default=0, compare=False)
    is_running: bool = False

    @property
    def answer(self) -> Answer | None:
        """The whole answer, where there is one."""
        if isinstance(self.reply, Answer) and not (self.is_running or self.reply.is_draft):
            return self.reply
        return None


@dataclass(frozen=True, slots=True)
class ListedConversation:
    """A conversation about an index, last asked in at `changed`: UTC, ISO 8601 to the second.

    `hit` is the question or the reply in which a search found its first word, empty where only the title has it.
    """

    id: str
    title: str
    index: str
    changed: str
    turns: int
    hit: str = ""
