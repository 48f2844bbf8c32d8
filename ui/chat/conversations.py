"""What the window shows while a question is answered, and what becomes of a conversation."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from queue import SimpleQueue

from rag.answer import Answer, Turn, turn_of
from ui.chat.history import Feedback, History, Kept, title_of
from ui.common.job import Job, newest
from ui.common.texts import text
from ui.documents.library import Library

DRAWN_EVERY_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Talk:
    """The conversation that a page shows: its id, none until something was asked; the collection that it is about; the
    turn that is being edited.
    """

    id: str | None = None
    index: str = ""
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
        self._asked: dict[int, Job[Answer]] = {}

    def ask(
        self, visitor: str, talk: Talk, index: str, question: str, at: int, searched: str | None = None
    ) -> Iterator[Talk]:
        """The conversation, again and again, until `question` is answered as its turn `at`; later turns are dropped.

        The question is kept before it is answered, so that nothing that happens meanwhile loses it. One about another
        collection begins a conversation of its own.
        """
        if talk.index != index:
            talk, at = Talk(), 0
        identity = talk.id or self._history.begin(visitor, index, title_of(question))
        if dropped := [kept.number for kept in talk.turns[at:]]:
            number = self._history.replace(visitor, identity, dropped, question, searched)
        else:
            number = self._history.append(visitor, identity, question, searched)
        before, asked = self._before(visitor, identity, number), Kept(question, searched=searched, number=number)
        yield Talk(identity, index, [*before, asked])
        drafts: SimpleQueue[Answer] = SimpleQueue()
        # What the person had before the eyes, whatever was asked meanwhile in another window.
        history = [turn_of(kept.reply) for kept in talk.turns[:at] if isinstance(kept.reply, Answer)]
        job = Job(question, lambda job: self._answer(index, question, history, searched, drafts, job))
        self._asked[number] = job
        try:
            # A model writes faster than a page is drawn; and it may say nothing for long, when a stop must not wait.
            while not job.wait(DRAWN_EVERY_SECONDS) and job.progress.state == "running":
                if draft := newest(drafts):
                    yield Talk(identity, index, [*before, replace(asked, reply=draft)])
        finally:
            # Also where the page was closed meanwhile.
            job.call_off()
            self._asked.pop(number, None)
        reply = job.result or job.message or text("chat.stopped")
        self._history.answer(visitor, identity, number, reply)
        before = self._before(visitor, identity, number)
        yield Talk(identity, index, [*before, replace(asked, reply=reply)])

    def stop(self, talk: Talk) -> None:
        """Have the answering of a conversation's last question end."""
        if talk.turns and (job := self._asked.get(talk.turns[-1].number)):
            job.call_off()

    def _answer(
        self,
        index: str,
        question: str,
        history: Sequence[Turn],
        searched: str | None,
        drafts: SimpleQueue[Answer],
        job: Job[Answer],
    ) -> Answer:
        """The answer; what is written of it until then goes to `drafts`."""
        with closing(self._library.engine(index).stream(question, history, searched)) as answers:
            for answer in answers:
                drafts.put(answer)
                job.raise_if_called_off()
        return answer

    def opened(self, visitor: str, identity: str) -> Talk:
        """A conversation of the visitor's, as it was kept; an empty one where there is none."""
        listed = self._history.get(visitor, identity)
        return Talk(identity, listed.index, self._turns(visitor, identity)) if listed else Talk()

    def rated(self, visitor: str, talk: Talk, at: int, value: Feedback, reason: str = "", comment: str = "") -> Talk:
        """The conversation with the visitor's opinion of an answer; the same opinion again takes it back."""
        if talk.id is None or not 0 <= at < len(talk.turns):
            return talk
        given = None if talk.turns[at].feedback == value and not reason else value
        self._history.feedback(visitor, talk.id, talk.turns[at].number, given, reason, comment)
        rated = replace(talk.turns[at], feedback=given, reason=reason, comment=comment)
        return replace(talk, turns=[*talk.turns[:at], rated, *talk.turns[at + 1 :]])

    def _before(self, visitor: str, identity: str, number: int) -> list[Kept]:
        """The turns of a conversation before one, also those that were asked in another window."""
        return [kept for kept in self._turns(visitor, identity) if kept.number < number]

    def _turns(self, visitor: str, identity: str) -> list[Kept]:
        return [self._finished(kept) for kept in self._history.turns(visitor, identity)]

    def _finished(self, kept: Kept) -> Kept:
        """A turn that is not answered here: without a reply, it says so."""
        if kept.reply is not None:
            return kept
        return replace(kept, reply=text("chat.elsewhere" if kept.number in self._asked else "chat.unfinished"))


def earlier_questions(turns: Sequence[Kept]) -> list[str]:
    """Earlier turns as question sets hold them: alternately the person's words and the assistant's."""
    said = [(kept.question, kept.reply) for kept in turns]
    return [
        words for question, reply in said for words in (question, reply.answer if isinstance(reply, Answer) else "")
    ]
