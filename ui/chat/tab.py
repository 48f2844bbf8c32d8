"""The tab of the chat: the conversations, the one that is open, the sources of an answer, and a document of them."""

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import parse_qs

import gradio as gr
from gradio.events import Dependency

from rag.errors import RagError
from rag.library.library import Library
from ui.chat.answer_html import turns_html, welcome_html
from ui.chat.conversation_list import ConversationList
from ui.chat.conversations import Conversation, Conversations
from ui.chat.export_markdown import conversation_markdown
from ui.chat.feedback import FeedbackForm
from ui.chat.history import History
from ui.chat.kept import Feedback
from ui.chat.source_pane import SourcePane
from ui.chat.starters import Starters
from ui.common.errors import told
from ui.common.events import QUIET, Queued, Shown, unchanged
from ui.common.notices import alert_html
from ui.common.templates import rendered
from ui.common.texts import text
from ui.common.visitor import visitor_of
from ui.viewer.places import LinkedPlace

LOOKED_AT_ONCE = 64
"""Pages that look on while a question is answered; a language model on a server is mostly waited for."""


class Chat:
    """The parts of the tab and what happens to them; `collection` is the part that holds the name of the one chosen."""

    def __init__(self, library: Library, history: History, collection: gr.State) -> None:
        self._library = library
        self._history = history
        self._conversations = Conversations(library, history)
        self._starters = Starters(library)
        self._looking: dict[str | None, object] = {}
        self.collection = collection
        self.open = gr.State(Conversation(index=collection.value))
        with gr.Row(elem_id="chat-tab"):
            self.list = ConversationList(history)
            with gr.Column(elem_id="talking"):
                with gr.Column(elem_id="chat"):
                    self.past = gr.HTML(elem_id="past")
                    empty = turns_html(Conversation(index=collection.value), 0, 0)
                    self.now = gr.HTML(empty, elem_id="now")
                    self.welcome = gr.HTML(elem_id="welcome")
                self.feedback = FeedbackForm(library, self._conversations)
                self.notice = gr.HTML(elem_id="notice")
                self.attached = gr.File(file_count="multiple", elem_id="attached")
                gr.HTML(
                    rendered("chat/composer.html.j2", most=library.config.max_question_characters),
                    elem_id="composer",
                    js_on_load="window.footnote.compose()",
                )
            self.sources = SourcePane(library)
        self.page = gr.HTML(visible="hidden", js_on_load="window.footnote.listen('chat', trigger)")
        self.exported = gr.JSON(visible="hidden")
        self.parts = [
            *(self.open, self.past, self.now, self.notice, self.list.listing, self.collection),
            *(*self.sources.parts, *self.feedback.parts),
        ]

    def listen(self, picked: Dependency, question: gr.State, index: gr.State) -> None:
        """Do what the tab offers; after `picked`, ask what `question` holds, as a conversation of its own."""
        page, parts = self.page, self.parts
        here = [self.open, self.collection]
        looking: Queued = {"concurrency_limit": LOOKED_AT_ONCE, "concurrency_id": "look"}
        # Several at once: what is asked while an answer is written must not be lost.
        page.submit(self._ask, here, parts, trigger_mode="multiple", **looking, **QUIET)
        page.retry(self._retry, here, parts, trigger_mode="multiple", **looking, **QUIET)
        page.change(self._search_again, here, parts, trigger_mode="multiple", **looking, **QUIET)
        picked.then(self._ask_anew, [question, index], parts, **looking, **QUIET)
        page.select(self._select, self.collection, parts, trigger_mode="multiple", **looking, **QUIET)
        come = page.input(self._arrive, self.collection, parts, trigger_mode="multiple", **looking, **QUIET)
        come.then(None, js="() => window.footnote.came()")
        page.stop(lambda now: self._conversations.stop(now.id), self.open, None, **QUIET)
        opened = page.click(self._open_place, self.open, self.sources.parts, **QUIET)
        opened.then(None, js="() => window.footnote.opened()")
        page.like(self._like, self.open, parts, trigger_mode="multiple", **QUIET)
        page.delete(self._delete, here, parts, **QUIET)
        self.list.new.click(self.new, self.collection, parts, **QUIET)
        self.list.listen(page, self.open)
        self.feedback.listen(self.open, self.collection, parts, self._rated)
        # What is dropped on a collection that mirrors a folder goes into another one.
        self.collection.change(self._moved, here, parts, **QUIET).then(
            self.welcomed, self.collection, self.welcome, **QUIET
        )
        export = page.download(self._export, None, self.exported, **QUIET)
        export.then(None, self.exported, js="(it) => window.footnote.save(it.name, it.text)")

    def _ask(self, now: Conversation, index: str, event: gr.EventData, request: gr.Request) -> Iterator[Shown]:
        replaced = getattr(event, "edited", None)
        yield from self._answers(now, index, str(event.question), request, int(replaced) if replaced else None)

    def _ask_anew(self, question: str, index: str, request: gr.Request) -> Iterator[Shown]:
        yield from self._answers(Conversation(), index, question, request)

    def _retry(self, now: Conversation, index: str, event: gr.EventData, request: gr.Request) -> Iterator[Shown]:
        at = now.position(int(event.turn))
        if at is not None:
            kept = now.turns[at]
            yield from self._answers(now, now.index, kept.question, request, kept.number, kept.searched)

    def _search_again(self, now: Conversation, index: str, event: gr.EventData, request: gr.Request) -> Iterator[Shown]:
        at = now.position(int(event.turn))
        if at is not None:
            yield from self._answers(now, now.index, now.turns[at].question, request, searched=str(event.answer))

    def _answers(
        self,
        now: Conversation,
        index: str,
        question: str,
        request: gr.Request,
        replaced: int | None = None,
        searched: str | None = None,
    ) -> Iterator[Shown]:
        if not question.strip():
            yield unchanged()
            return
        try:
            asked = self._conversations.ask(visitor_of(request), now, index, question, replaced, searched)
            yield from self._shown_while(asked, now, request)
        except RagError as error:
            yield {self.notice: alert_html(str(error))}

    def _shown_while(
        self, conversations: Iterator[Conversation], before: Conversation | None, request: gr.Request
    ) -> Iterator[Shown]:
        """What a page shows of a conversation that goes on, until it is answered or another is looked at."""
        looking = self._looking[request.session_hash] = object()
        for now in conversations:
            if self._looking.get(request.session_hash) is not looking:
                return
            yield self._drawn(now, before, request)
            before = now
        if before and (place := self.sources.first_place(before)):
            yield place

    def _drawn(self, now: Conversation, before: Conversation | None, request: gr.Request) -> Shown:
        """What changes on a page that showed `before`: the last turn by itself, while an answer to it is written."""
        last = max(0, len(now.turns) - 1)
        shown: Shown = {self.open: now, self.now: turns_html(now, last, len(now.turns))}
        if before is None or len(before.turns) != len(now.turns) or before.turns[:last] != now.turns[:last]:
            shown |= {self.past: turns_html(now, 0, last), self.notice: ""} | self.feedback.closed()
            shown[self.list.listing] = self.list.html(visitor_of(request), now.id)
        if before is None:
            shown |= {self.collection: now.index} | self.sources.none()
        return shown | self.sources.of_last(now) if before is None or now.answered else shown

    def _open_place(self, now: Conversation, event: gr.EventData) -> Shown:
        return self.sources.at_place(now, str(event.open))

    def _arrive(self, index: str, event: gr.EventData, request: gr.Request) -> Iterator[Shown]:
        """What the page's address names: a conversation, or a collection and a place in it."""
        named = {name: values[-1] for name, values in parse_qs(str(event.search).removeprefix("?")).items()}
        collection = named.get("collection", index)
        collection = collection if collection in self._library.names() else index
        if identity := named.get("conversation"):
            yield from self._opened(identity, collection, request)
        elif named:
            place = LinkedPlace.parse(named)
            yield self.new(collection, request) | (self.sources.at_link(collection, place) if place else {})
        else:
            yield {self.list.listing: self.list.html(visitor_of(request), None)}

    def _select(self, index: str, event: gr.EventData, request: gr.Request) -> Iterator[Shown]:
        yield from self._opened(str(event.id), index, request)

    def _opened(self, identity: str, index: str, request: gr.Request) -> Iterator[Shown]:
        """A conversation, as it goes on; one about `index` that is to begin where it is not there."""
        try:
            yield from self._watched(identity, index, request)
        except RagError as error:
            yield self.new(index, request) | {self.notice: alert_html(str(error))}

    def _watched(self, identity: str, index: str, request: gr.Request) -> Iterator[Shown]:
        visitor = visitor_of(request)
        now = self._conversations.opened(visitor, identity)
        if now.id is None:
            yield self.new(index, request) | {self.notice: alert_html(text("chat.not_here"))}
            return
        yield from self._shown_while(self._conversations.watched(visitor, identity), None, request)
        if now.index not in self._library.names():
            yield {self.notice: alert_html(text("chat.collection_gone", name=now.index))}

    def renamed(self, now: Conversation, name: str) -> Shown:
        """What the tab shows when the collection that a conversation is about has another name."""
        return self._rated(replace(now, index=name)) | {self.collection: name}

    def new(self, index: str, request: gr.Request) -> Shown:
        """What the tab shows of a conversation that is to begin."""
        self._looking.pop(request.session_hash, None)
        return {
            self.open: Conversation(index=index),
            self.past: "",
            self.now: turns_html(Conversation(index=index), 0, 0),
            self.notice: "",
            self.collection: index,
            self.list.listing: self.list.html(visitor_of(request), None),
            **self.sources.none(),
            **self.feedback.closed(),
        }

    def _moved(self, now: Conversation, index: str, request: gr.Request) -> Shown:
        return unchanged() if now.index == index else self.new(index, request)

    def welcomed(self, index: str) -> Iterator[str]:
        """What an empty conversation about a collection shows, with questions as they are found."""
        try:
            for questions in self._starters.questions(index):
                yield welcome_html(index, False, questions)
        except RagError:
            yield welcome_html(index, True, [])

    def _delete(self, now: Conversation, index: str, event: gr.EventData, request: gr.Request) -> Shown:
        visitor, identity = visitor_of(request), str(event.id)
        with told():
            self._conversations.delete(visitor, identity)
        return self.new(index, request) if now.id == identity else {self.list.listing: self.list.html(visitor, now.id)}

    def _like(self, now: Conversation, event: gr.EventData, request: gr.Request) -> Shown:
        at = now.position(int(event.turn))
        if at is None:
            return unchanged()
        value: Feedback = "up" if event.value == "up" else "down"
        with told():
            rated = self._conversations.rated(visitor_of(request), now, at, value)
        asks = rated.turns[at].feedback == "down"
        form = self.feedback.opened(at, rated.turns[at].question) if asks else self.feedback.closed()
        return self._rated(rated) | form

    def _rated(self, now: Conversation) -> Shown:
        last = max(0, len(now.turns) - 1)
        return {self.open: now, self.past: turns_html(now, 0, last), self.now: turns_html(now, last, last + 1)}

    def _export(self, event: gr.EventData, request: gr.Request) -> dict[str, str]:
        visitor, identity = visitor_of(request), str(event.id)
        with told():
            listed = self._history.get(visitor, identity)
            turns = self._conversations.opened(visitor, identity).turns
        title = listed.title if listed else text("app.title")
        return {"name": text("chat.export_name"), "text": conversation_markdown(title, turns)}
