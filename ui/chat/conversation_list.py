"""The list of a visitor's conversations: to find, open, rename and delete them."""

import gradio as gr
from markupsafe import Markup

from ui.chat.conversations import Talk
from ui.chat.history import History
from ui.common.errors import told
from ui.common.events import QUIET
from ui.common.notices import notice_html
from ui.common.templates import rendered
from ui.common.texts import text
from ui.common.visitor import visitor_of


class Talks:
    """The parts of the list."""

    def __init__(self, history: History) -> None:
        self._history = history
        with gr.Column(elem_id="talks"):
            self.new = gr.Button(text("chat.new"), size="sm", elem_id="new-talk")
            self.words = gr.Textbox(
                label=text("chat.find"), placeholder=text("chat.find_placeholder"), elem_id="find-talk"
            )
            self.listing = gr.HTML(elem_id="talk-list")

    def listen(self, page: gr.HTML, talk: gr.State) -> None:
        """Filter while words are typed, and rename where `page` hears of it."""
        self.words.change(self._found, [self.words, talk], self.listing, trigger_mode="always_last", **QUIET)
        page.apply(self._renamed, [self.words, talk], self.listing, **QUIET)

    def html(self, visitor: str, current: str | None, words: str = "") -> Markup:
        """The conversations that hold `words`, the newest first."""
        with told():
            found = self._history.conversations(visitor, words)
        if not found:
            return notice_html(text("chat.none_found" if words.strip() else "chat.no_talks"))
        return rendered("chat/conversation_list.html.j2", conversations=found, current=current)

    def listed(self, request: gr.Request) -> str:
        """The list of a page that is opened anew."""
        return self.html(visitor_of(request), None)

    def editing_html(self, at: int, count: int) -> Markup:
        """That an earlier question is being edited, and how not to."""
        note = text("chat.editing") if at == count - 1 else text("chat.editing_earlier", count=count - 1 - at)
        return rendered("chat/editing.html.j2", note=note)

    def _found(self, words: str, talk: Talk, request: gr.Request) -> Markup:
        return self.html(visitor_of(request), talk.id, words)

    def _renamed(self, words: str, talk: Talk, event: gr.EventData, request: gr.Request) -> Markup:
        with told():
            self._history.rename(visitor_of(request), str(event.id), str(event.answer))
        return self._found(words, talk, request)
