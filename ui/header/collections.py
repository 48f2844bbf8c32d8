"""The menu of collections: to choose, make, rename and delete them."""

import gradio as gr
from markupsafe import Markup

from rag import DEFAULT_INDEX
from rag.library.library import Collection, Library
from rag.library.rights import owner
from rag.library.sizes import size_text
from ui.chat.conversations import Conversation
from ui.chat.history import History
from ui.chat.tab import Chat
from ui.common.errors import told
from ui.common.events import QUIET, Shown, unchanged
from ui.common.templates import rendered
from ui.common.texts import text


class Collections:
    """The menu; `collection` is the part that holds the name of the one chosen."""

    def __init__(self, library: Library, history: History, collection: gr.State) -> None:
        self._library = library
        self._history = history
        self._collection = collection
        self.menu = gr.HTML(elem_id="collections")
        self._page = gr.HTML(visible="hidden", js_on_load="window.footnote.listen('collections', trigger)")

    def listen(self, app: gr.Blocks, chat: Chat) -> None:
        """Do what the menu offers; the chat shows what comes of it."""
        chosen, new, parts = self._collection, chat.new, chat.parts

        def choose(index: str, event: gr.EventData, request: gr.Request) -> Shown:
            if event.name == index or event.name not in self._library.names():
                return unchanged()
            return new(str(event.name), request)

        def make(event: gr.EventData, request: gr.Request) -> Shown:
            with told():
                return new(self._library.create(str(event.answer)), request)

        def rename(index: str, now: Conversation, event: gr.EventData) -> Shown:
            old = str(event.name)
            with told():
                name = self._library.rename(old, str(event.answer), self._history.moved)
            return chat.renamed(now, name) if index == old else {chosen: index}

        def delete(index: str, event: gr.EventData, request: gr.Request) -> Shown:
            with told():
                self._library.delete(str(event.name))
            return new(DEFAULT_INDEX, request) if event.name == index else {chosen: index}

        for event in (
            self._page.select(choose, chosen, parts, **QUIET),
            self._page.submit(make, None, parts, **QUIET),
            self._page.apply(rename, [chosen, chat.open], parts, **QUIET),
            self._page.delete(delete, chosen, parts, **QUIET),
        ):
            event.then(self.html, chosen, self.menu, **QUIET)
        # What other pages have made meanwhile is listed when this one is looked at again.
        self._page.focus(self.html, chosen, self.menu, **QUIET)
        chosen.change(self.html, chosen, self.menu, **QUIET)
        app.load(self.html, chosen, self.menu, **QUIET)

    def html(self, chosen: str) -> Markup:
        """The menu, with the collection that is chosen as its button."""
        found = self._library.collections()
        if chosen not in [one.name for one in found]:
            found = [Collection(chosen, 0, 0, False), *found]
        return rendered(
            "header/collections.html.j2",
            collections=found,
            chosen=chosen,
            has_account=bool(owner()),
            size_of=lambda one: text("app.collection_size", documents=one.documents, size=size_text(one.bytes)),
            delete_ask=lambda one: text(f"documents.delete_{'own_' if one.is_own else ''}ask", name=one.name),
        )
