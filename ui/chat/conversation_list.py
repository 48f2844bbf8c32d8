"""The list of a visitor's conversations: to find, open, rename and delete them."""

import gradio as gr
from markupsafe import Markup

from rag.errors import RagError
from ui.chat.conversations import Conversation
from ui.chat.history import History
from ui.chat.titles import around
from ui.common.errors import told
from ui.common.events import QUIET
from ui.common.notices import alert_html, notice_html
from ui.common.templates import rendered
from ui.common.texts import text
from ui.common.visitor import visitor_of


class ConversationList:
    """The parts of the list."""

    def __init__(self, history: History) -> None:
        self._history = history
        with gr.Column(elem_id="rail"):
            self.new = gr.Button(text("chat.new"), size="sm", elem_id="new-talk")
            self.words = gr.Textbox(
                placeholder=text("chat.find"), label=text("chat.find"), show_label=False, elem_id="find-talk"
            )
            self.listing = gr.HTML(elem_id="talk-list")

    def listen(self, page: gr.HTML, conversation: gr.State) -> None:
        """Filter while words are typed, and rename where `page` hears of it."""
        found = [self.words, conversation]
        self.words.change(self._found, found, self.listing, trigger_mode="always_last", **QUIET)
        page.apply(self._renamed, found, self.listing, **QUIET)

    def html(self, visitor: str, current: str | None, words: str = "") -> Markup:
        """The conversations that hold `words`, the newest first; or why they cannot be read."""
        try:
            found = self._history.conversations(visitor, words)
        except RagError as error:
            return alert_html(str(error))
        if not found:
            return notice_html(text("chat.none_found" if words.strip() else "chat.no_talks"))
        return rendered(
            "chat/conversation_list.html.j2",
            conversations=found,
            current=current,
            hit_of=lambda listed: around(listed.hit, words),
        )

    def _found(self, words: str, conversation: Conversation, request: gr.Request) -> Markup:
        return self.html(visitor_of(request), conversation.id, words)

    def _renamed(self, words: str, conversation: Conversation, event: gr.EventData, request: gr.Request) -> Markup:
        with told():
            self._history.rename(visitor_of(request), str(event.id), str(event.answer))
        return self._found(words, conversation, request)
