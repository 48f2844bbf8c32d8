"""The tab of the chat: the conversation, the sources of its last answer, and the document that is open."""

from collections.abc import Iterator
from dataclasses import replace

import gradio as gr
from gradio.events import Dependency
from markupsafe import Markup

from rag.answer import Answer
from rag.errors import RagError
from ui.chat.answer_html import conversation_html, toolbar_html
from ui.chat.conversation_list import Talks
from ui.chat.conversations import Conversations, Talk
from ui.chat.export_markdown import conversation_markdown
from ui.chat.feedback import FeedbackForm
from ui.chat.history import Feedback, History, Kept
from ui.common.errors import told
from ui.common.events import QUIET, Queued, Shown, Update, unchanged
from ui.common.notices import notice_html
from ui.common.texts import text
from ui.common.visitor import visitor_of
from ui.documents.library import Library
from ui.viewer.places import ShownPlace
from ui.viewer.source_html import sources_html
from ui.viewer.viewer import view_html

ASKED_AT_ONCE = 8
"""Questions in work at a time; a language model on a server is mostly waited for."""

_SHOW_MARK = "() => window.footnote.showMark()"
_OPENED = "() => window.footnote.opened()"


class Chat:
    """The parts of the tab and what happens to them; `collection` is the part in which one is chosen."""

    def __init__(self, library: Library, history: History, collection: gr.Dropdown) -> None:
        self._library = library
        self._history = history
        self._conversations = Conversations(library, history)
        self.collection = collection
        self.talk = gr.State(Talk())
        with gr.Row(elem_id="chat-tab"):
            self.talks = Talks(history)
            with gr.Column(elem_id="talking"):
                gr.HTML(toolbar_html())
                self.chat = gr.HTML(
                    conversation_html([], collection.value),
                    elem_id="chat",
                    js_on_load="window.footnote.follow(element.closest('#chat'))",
                )
                self.feedback = FeedbackForm(library, self._conversations)
                self.editing = gr.HTML(visible=False, elem_id="editing")
                self.question = gr.Textbox(
                    label=text("chat.question"),
                    placeholder=text("chat.placeholder"),
                    autofocus=True,
                    max_lines=6,
                    submit_btn=text("chat.ask"),
                    elem_id="question",
                )
                self.searched = gr.Textbox(
                    label=text("chat.searched"),
                    info=text("chat.searched_info"),
                    submit_btn=text("chat.search_again"),
                    visible=False,
                    elem_id="searched",
                )
            with gr.Column(elem_id="source-panel"):
                self.sources = gr.HTML(notice_html(text("chat.no_sources")), elem_id="sources")
                self.document = gr.HTML(elem_id="document")
        self.page = gr.HTML(visible="hidden", js_on_load="window.footnote.listen('chat', trigger)")
        self.exported = gr.JSON(visible="hidden")
        self.parts = [
            *(self.question, self.talk, self.chat, self.sources, self.document, self.searched, self.editing),
            *(self.talks.listing, self.collection, *self.feedback.parts),
        ]

    def listen(self, picked: Dependency, question: gr.State, index: gr.State) -> None:
        """Do what the tab offers; after `picked`, ask what `question` holds, as a conversation of its own."""
        talk, parts = self.talk, self.parts
        here = [talk, self.collection]
        answering: Queued = {"concurrency_limit": ASKED_AT_ONCE, "concurrency_id": "ask"}
        asked = [
            self.question.submit(self._ask, [self.question, *here], parts, **answering, **QUIET),
            self.searched.submit(self._search_again, [self.searched, *here], parts, **answering, **QUIET),
            self.page.retry(self._retry, here, parts, **answering, **QUIET),
            self.page.example_select(self._example, here, parts, **answering, **QUIET),
            picked.then(self._ask, [question, gr.State(Talk()), index], parts, **answering, **QUIET),
        ]
        for event in asked:
            # Not with the answer: until its event is over, Gradio drops what is asked next.
            event.then(_ready, None, self.question, **QUIET).then(None, js=_SHOW_MARK)
        self.question.stop(self._conversations.stop, talk, None, **QUIET)
        opened = self.page.click(self._open, here, self.document, **QUIET)
        opened.then(None, js=_OPENED)
        self.page.edit(self._edit, talk, parts, **QUIET)
        self.page.undo(self._leave_editing, talk, parts, **QUIET)
        self.page.clear(self._clear, here, parts, **QUIET)
        self.page.like(self._like, talk, parts, **QUIET)
        self.page.select(self._select, None, parts, **QUIET)
        self.page.delete(self._delete, here, parts, **QUIET)
        self.talks.new.click(self.new, self.collection, parts, **QUIET)
        self.collection.input(self._moved, here, parts, **QUIET)
        self.feedback.listen(talk, self.collection, parts, self._rated)
        self.talks.listen(self.page, talk)
        export = self.page.download(self._export, talk, self.exported, **QUIET)
        export.then(None, self.exported, js="(it) => window.footnote.save(it.name, it.text)")

    def _ask(self, question: str, talk: Talk, index: str, request: gr.Request) -> Iterator[Shown]:
        at = len(talk.turns) if talk.editing is None else talk.editing
        yield from self._answer(question, talk, index, at, request)

    def _example(self, talk: Talk, index: str, event: gr.EventData, request: gr.Request) -> Iterator[Shown]:
        yield from self._answer(str(event.question), talk, index, len(talk.turns), request)

    def _search_again(self, searched: str, talk: Talk, index: str, request: gr.Request) -> Iterator[Shown]:
        question = talk.turns[-1].question if talk.turns else ""
        yield from self._answer(question, talk, index, len(talk.turns) - 1, request, searched)

    def _retry(self, talk: Talk, index: str, request: gr.Request) -> Iterator[Shown]:
        last = talk.turns[-1] if talk.turns else Kept("")
        yield from self._answer(last.question, talk, index, len(talk.turns) - 1, request, last.searched)

    def _answer(
        self, question: str, talk: Talk, index: str, at: int, request: gr.Request, searched: str | None = None
    ) -> Iterator[Shown]:
        if not question.strip():
            yield unchanged()
            return
        visitor = visitor_of(request)
        first = True
        with told():
            for now in self._conversations.ask(visitor, talk, index, question, at, searched):
                shown: Shown = {self.talk: now, self.chat: conversation_html(now.turns, index)}
                if first:
                    first = False
                    shown |= {self.question: _busy(""), self.sources: "", self.document: ""} | self._calm()
                    shown[self.talks.listing] = self.talks.html(visitor, now.id)
                if answer := now.answered:
                    shown[self.searched] = gr.update(visible=bool(answer.searched), value=answer.searched)
                    shown[self.sources] = _sources(now)
                yield shown
        if now.turns[-1].reply == text("chat.stopped"):
            yield {self.question: gr.update(value=question)}
        elif place := self._first_place(now, index):
            yield place

    def _first_place(self, talk: Talk, index: str) -> Shown:
        """The document of the last answer's first citation, or of its nearest passage."""
        answer = talk.answered
        if not answer or not (answer.citations or answer.passages):
            return {}
        place = ShownPlace(len(talk.turns) - 1, "citation" if answer.citations else "passage", 0)
        return {self.document: view_html(self._library.engine(index), answer, place)}

    def _open(self, talk: Talk, index: str, event: gr.EventData) -> Markup:
        try:
            place = ShownPlace.parse(str(event.open))
            reply = talk.turns[place.turn].reply
            if isinstance(reply, Answer):
                return view_html(self._library.engine(index), reply, place)
        except RagError as error:
            return notice_html(str(error))
        except (AttributeError, IndexError, ValueError):
            pass
        return notice_html(text("chat.gone"))

    def _edit(self, talk: Talk, event: gr.EventData) -> Shown:
        at = int(event.turn)
        if not 0 <= at < len(talk.turns):
            return unchanged()
        shown = {self.talk: replace(talk, editing=at), self.question: gr.update(value=talk.turns[at].question)}
        return shown | {self.editing: gr.update(visible=True, value=self.talks.editing_html(at, len(talk.turns)))}

    def _leave_editing(self, talk: Talk) -> Shown:
        return {self.talk: replace(talk, editing=None), self.question: gr.update(value="")} | self._calm()

    def _calm(self) -> Shown:
        """Nothing is being edited or rated."""
        return {self.editing: gr.update(visible=False), **self.feedback.closed()}

    def _clear(self, talk: Talk, index: str, request: gr.Request) -> Shown:
        if talk.id is not None:
            with told():
                self._history.delete(visitor_of(request), talk.id)
        return self.new(index, request)

    def new(self, index: str, request: gr.Request) -> Shown:
        """What the tab shows of a conversation that is to begin."""
        return self._talk_shown(Talk(), index, request) | {self.question: _ready() | {"value": ""}}

    def _moved(self, talk: Talk, index: str, request: gr.Request) -> Shown:
        """A conversation about another collection; a question that is being typed goes along."""
        return self.new(index, request) | ({self.question: _ready()} if talk.editing is None else {})

    def _select(self, event: gr.EventData, request: gr.Request) -> Shown:
        visitor = visitor_of(request)
        with told():
            talk = self._conversations.opened(visitor, str(event.id))
        if talk.id is None:
            return {self.talks.listing: self.talks.html(visitor, None)}
        return self._talk_shown(talk, talk.index, request) | {self.collection: self._choice(talk.index)}

    def _delete(self, talk: Talk, index: str, event: gr.EventData, request: gr.Request) -> Shown:
        visitor, identity = visitor_of(request), str(event.id)
        with told():
            self._history.delete(visitor, identity)
        return (
            self.new(index, request) if talk.id == identity else {self.talks.listing: self.talks.html(visitor, talk.id)}
        )

    def _talk_shown(self, talk: Talk, index: str, request: gr.Request) -> Shown:
        """A conversation as it is opened, with the sources of its last answer."""
        answer = talk.answered
        return {
            self.talk: talk,
            self.chat: conversation_html(talk.turns, index),
            self.sources: _sources(talk),
            self.document: "",
            self.searched: gr.update(visible=bool(answer and answer.searched), value=answer.searched if answer else ""),
            self.talks.listing: self.talks.html(visitor_of(request), talk.id),
        } | self._calm()

    def _choice(self, index: str) -> Update:
        return gr.update(choices=sorted({*self._library.names(), index}), value=index)

    def _like(self, talk: Talk, event: gr.EventData, request: gr.Request) -> Shown:
        at = int(event.turn)
        value: Feedback = "up" if event.value == "up" else "down"
        with told():
            rated = self._conversations.rated(visitor_of(request), talk, at, value)
        asks = rated.turns and rated.turns[at].feedback == "down"
        return self._rated(rated) | (
            self.feedback.opened(at, rated.turns[at].question) if asks else self.feedback.closed()
        )

    def _rated(self, talk: Talk) -> Shown:
        return {self.talk: talk, self.chat: conversation_html(talk.turns, "")}

    def _export(self, talk: Talk, request: gr.Request) -> dict[str, str]:
        with told():
            listed = self._history.get(visitor_of(request), talk.id) if talk.id else None
        title = listed.title if listed else text("app.title")
        return {"name": text("chat.export_name"), "text": conversation_markdown(title, talk.turns)}


def _sources(talk: Talk) -> Markup:
    """What the last answer cites; where nothing was searched, what is shown here else."""
    answer = talk.answered
    return (
        sources_html(len(talk.turns) - 1, answer)
        if answer and answer.searched
        else notice_html(text("chat.no_sources"))
    )


def _busy(value: str) -> Update:
    return gr.update(value=value, submit_btn=False, stop_btn=text("chat.stop"))


def _ready() -> Update:
    return gr.update(submit_btn=text("chat.ask"), stop_btn=False)
