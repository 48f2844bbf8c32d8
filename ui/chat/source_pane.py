"""The pane of sources: what the answer that is looked at cites, and a document of it, open at the place."""

import gradio as gr

from rag.errors import RagError
from rag.library.library import Library
from ui.chat.conversations import Conversation
from ui.common.events import Shown
from ui.common.notices import notice_html
from ui.common.templates import rendered
from ui.common.texts import text
from ui.viewer.places import LinkedPlace, ShownPlace
from ui.viewer.source_html import sources_html
from ui.viewer.viewer import linked_view_html, view_html


class SourcePane:
    """The parts of the pane."""

    def __init__(self, library: Library) -> None:
        self._library = library
        gr.HTML(rendered("chat/edge.html.j2"), elem_id="edge")
        with gr.Column(elem_id="source-panel"):
            self._list = gr.HTML(notice_html(text("chat.no_sources")), elem_id="sources")
            self._document = gr.HTML(elem_id="document")
        self.parts = [self._list, self._document]

    def none(self) -> Shown:
        """The pane of a conversation in which nothing was asked."""
        return {self._list: notice_html(text("chat.no_sources")), self._document: ""}

    def of_last(self, now: Conversation) -> Shown:
        """The list for the last answer; where nothing was searched, what is shown there else."""
        answer = now.answered
        if answer and answer.searched:
            return {self._list: sources_html(now.turns[-1].number, answer)}
        return {self._list: notice_html(text("chat.no_sources"))}

    def first_place(self, now: Conversation) -> Shown:
        """The document of the last answer's first citation, or of its nearest passage; nothing where it has none."""
        if answer := now.answered:
            place = ShownPlace(now.turns[-1].number, "citation" if answer.citations else "passage", 0)
            if place.among(answer):
                return {self._document: view_html(self._library.engine(now.index), answer, place)}
        return {}

    def at_link(self, index: str, place: LinkedPlace) -> Shown:
        """The document of a place that an address names; a message where it is not there any more."""
        try:
            return {self._document: linked_view_html(self._library.engine(index), place)}
        except RagError as error:
            return {self._document: notice_html(str(error))}

    def at_place(self, now: Conversation, written: str) -> Shown:
        """The document of a place that a page wrote, with the list of its answer; a message where it is gone."""
        try:
            place = ShownPlace.parse(written)
            at = now.position(place.turn)
            if at is not None and (answer := now.turns[at].answer):
                shown = view_html(self._library.engine(now.index), answer, place)
                return {self._list: sources_html(place.turn, answer), self._document: shown}
        except RagError as error:
            return {self._document: notice_html(str(error))}
        except ValueError:
            pass
        return {self._document: notice_html(text("chat.gone"))}
