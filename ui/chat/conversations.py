"""What the window shows while questions are answered, and what becomes of a conversation."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace

from rag.answer import Answer, turn_of
from rag.library.asking import answers
from rag.library.job import CalledOffError, Job, message_of
from rag.library.library import Library
from rag.library.rights import owner
from ui.chat.history import History
from ui.chat.kept import Feedback, KeptTurn
from ui.chat.titles import title_of
from ui.common.texts import text

DRAWN_EVERY_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Conversation:
    """What a page shows of one: its id, none until something was asked; the collection that it is about; its turns."""

    id: str | None = None
    index: str = ""
    turns: list[KeptTurn] = field(default_factory=list)

    @property
    def answered(self) -> Answer | None:
        """The answer to the last question, where there is one."""
        return self.turns[-1].answer if self.turns else None

    def position(self, number: int) -> int | None:
        """Where the turn of a number stands, None where it is not shown."""
        return next((at for at, kept in enumerate(self.turns) if kept.number == number), None)


@dataclass(slots=True)
class _Asked:
    """A question that is being answered, and what is written of its answer."""

    conversation: str
    job: Job[None]
    draft: Answer | None = None


class Conversations:
    """Questions of visitors put to the collections of a library; what was said is kept in a history.

    A question is answered whether or not a page looks on, after those that were asked before it in its conversation.
    """

    def __init__(self, library: Library, history: History) -> None:
        self._library = library
        self._history = history
        self._asked: dict[int, _Asked] = {}

    def ask(
        self,
        visitor: str,
        conversation: Conversation,
        index: str,
        question: str,
        replaced: int | None = None,
        searched: str | None = None,
    ) -> Iterator[Conversation]:
        """The conversation with `question`, again and again until all of it is answered.

        It follows what the page showed. Asked in place of the turn of the number `replaced`, that one and the later
        ones are dropped. The question is kept before it is answered, so that nothing that happens meanwhile loses it.
        One about another collection begins a conversation of its own. Raises HistoryError where it cannot be kept.
        """
        if conversation.index != index:
            conversation, replaced = Conversation(), None
        seen = [kept.number for kept in conversation.turns]
        identity = conversation.id or self._history.begin(visitor, index, title_of(question))
        if replaced is None:
            number = self._history.append(visitor, identity, question, searched)
        else:
            dropped = [number for number in seen if number >= replaced]
            number = self._history.replace(visitor, identity, dropped, question, searched)
        self._begin(visitor, identity, index, question, searched, number, seen)
        yield from self.watched(visitor, identity)

    def watched(self, visitor: str, identity: str) -> Iterator[Conversation]:
        """A conversation of the visitor's, again and again while one of its questions is answered; at least once."""
        shown, now = None, Conversation()
        while True:
            running = self._running(identity)
            if shown != set(running):
                shown, now = set(running), self.opened(visitor, identity)
                yield now
            elif any(asked.draft for asked in running.values()):
                drafted = self._drafted(now)
                if drafted != now.turns:
                    now = replace(now, turns=drafted)
                    yield now
            if not running:
                return
            # A model writes faster than a page is drawn; and it may say nothing for long.
            running[min(running)].job.wait(DRAWN_EVERY_SECONDS)

    def opened(self, visitor: str, identity: str) -> Conversation:
        """A conversation of the visitor's, as it is now; an empty one where there is none."""
        listed = self._history.get(visitor, identity)
        if not listed:
            return Conversation()
        now = Conversation(identity, listed.index, self._history.turns(visitor, identity))
        return replace(now, turns=self._drafted(now))

    def stop(self, identity: str | None) -> None:
        """Have the answering of a conversation's questions end; what was written of an answer is kept."""
        for asked in self._running(identity).values():
            asked.job.call_off()

    def delete(self, visitor: str, identity: str) -> None:
        """Delete a conversation of the visitor's, and answer none of its questions any more."""
        if self._history.get(visitor, identity):
            self.stop(identity)
            self._history.delete(visitor, identity)

    def rated(
        self, visitor: str, conversation: Conversation, at: int, value: Feedback, reason: str = "", comment: str = ""
    ) -> Conversation:
        """The conversation with the visitor's opinion of an answer; the same opinion again takes it back."""
        turns = conversation.turns
        if conversation.id is None or not 0 <= at < len(turns):
            return conversation
        given = None if turns[at].feedback == value and not reason else value
        self._history.feedback(visitor, conversation.id, turns[at].number, given, reason, comment)
        rated = replace(turns[at], feedback=given, reason=reason, comment=comment)
        return replace(conversation, turns=[*turns[:at], rated, *turns[at + 1 :]])

    def _begin(
        self,
        visitor: str,
        identity: str,
        index: str,
        question: str,
        searched: str | None,
        number: int,
        seen: Collection[int],
    ) -> None:
        def work(job: Job[None]) -> None:
            asked = self._asked[number]
            try:
                before = self._before(visitor, asked, number, seen, job)
                reply: Answer | str = self._answer(index, question, before, searched, asked, job)
            except CalledOffError:
                reply = asked.draft or text("chat.stopped")
            except Exception as error:
                reply = message_of(error, question)
            try:
                self._history.answer(visitor, identity, number, reply)
            finally:
                del self._asked[number]

        # Answering begins with the job, which must find the entry.
        waiting: Job[None] = Job(question, work, is_begun=False)
        self._asked[number] = _Asked(identity, waiting)
        waiting.begin()

    def _before(
        self, visitor: str, asked: _Asked, number: int, seen: Collection[int], job: Job[None]
    ) -> Sequence[KeptTurn]:
        """The turns that a question follows, once they are answered: those that its page showed when it was asked."""
        while earlier := [n for n in self._running(asked.conversation) if n < number]:
            if before := self._asked.get(min(earlier)):
                before.job.wait(DRAWN_EVERY_SECONDS)
            job.raise_if_called_off()
        return [kept for kept in self._history.turns(visitor, asked.conversation) if kept.number in seen]

    def _answer(
        self,
        index: str,
        question: str,
        before: Sequence[KeptTurn],
        searched: str | None,
        asked: _Asked,
        job: Job[None],
    ) -> Answer:
        """The answer; what is written of it until then is the draft of `asked`."""
        turns = [turn_of(kept.answer) for kept in before if kept.answer]
        with (
            self._library.turnstile.turn(owner(), job.raise_if_called_off),
            closing(answers(self._library.engine(index), question, turns, searched)) as written,
        ):
            for answer in written:
                asked.draft = answer
                job.raise_if_called_off()
        return answer

    def _running(self, identity: str | None) -> dict[int, _Asked]:
        """The questions of a conversation that are being answered, by the numbers of their turns."""
        # Listed in one step, since other threads begin and end some meanwhile.
        return {number: asked for number, asked in list(self._asked.items()) if asked.conversation == identity}

    def _drafted(self, conversation: Conversation) -> list[KeptTurn]:
        """The turns, with what is written so far of those that are being answered here."""
        return [self._with_draft(kept) for kept in conversation.turns]

    def _with_draft(self, kept: KeptTurn) -> KeptTurn:
        """A turn that is not answered here: without a reply, it says so."""
        if asked := self._asked.get(kept.number):
            return replace(kept, reply=asked.draft, is_running=True)
        return replace(kept, reply=text("chat.unfinished")) if kept.reply is None else kept


def earlier_questions(turns: Sequence[KeptTurn]) -> list[str]:
    """Earlier turns as question sets hold them: alternately the person's words and the assistant's."""
    return [
        words
        for kept in turns
        for words in (kept.question, kept.reply.answer if isinstance(kept.reply, Answer) else "")
    ]
