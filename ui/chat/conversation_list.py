"""The list of a visitor's conversations: to find, open, rename and delete them."""

import gradio as gr

from ui.chat.conversations import Talk
from ui.chat.history import History, ListedConversation
from ui.common.errors import told
from ui.common.escape import inert
from ui.common.events import QUIET
from ui.common.notices import notice_html
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

    def html(self, visitor: str, current: str | None, words: str = "") -> str:
        """The conversations that hold `words`, the newest first."""
        with told():
            found = self._history.conversations(visitor, words)
        if not found:
            return notice_html(text("chat.none_found" if words.strip() else "chat.no_talks"))
        return f'<ul class="talks">{"".join(_item(listed, listed.id == current) for listed in found)}</ul>'

    def editing_html(self, at: int, count: int) -> str:
        """That an earlier question is being edited, and how not to."""
        note = text("chat.editing") if at == count - 1 else text("chat.editing_earlier", count=count - 1 - at)
        return (
            f'<p class="notice" role="status">{inert(note)} <button type="button" class="tool" data-act="chat:undo">'
            f"{inert(text('chat.leave_editing'))}</button></p>"
        )

    def _found(self, words: str, talk: Talk, request: gr.Request) -> str:
        return self.html(visitor_of(request), talk.id, words)

    def _renamed(self, words: str, talk: Talk, event: gr.EventData, request: gr.Request) -> str:
        with told():
            self._history.rename(visitor_of(request), str(event.id), str(event.answer))
        return self._found(words, talk, request)


def _item(listed: ListedConversation, is_current: bool) -> str:
    title, identity = inert(listed.title), inert(listed.id)
    current = ' aria-current="true"' if is_current else ""
    return (
        f'<li{current}><button type="button" class="talk" data-act="chat:select" data-id="{identity}">{title}'
        f'<span class="place">{inert(listed.index)}, {inert(listed.changed[:10])}</span></button>'
        f'<button type="button" class="tool" data-act="chat:apply" data-id="{identity}" data-value="{title}"'
        f' data-prompt="{inert(text("chat.rename_ask"))}" title="{inert(text("chat.rename"))}"'
        f' aria-label="{inert(text("chat.rename_label", title=listed.title))}">✎</button>'
        f'<button type="button" class="tool" data-act="chat:delete" data-id="{identity}"'
        f' data-confirm="{inert(text("chat.delete_ask", title=listed.title))}" title="{inert(text("chat.delete"))}"'
        f' aria-label="{inert(text("chat.delete_label", title=listed.title))}">✕</button></li>'
    )
