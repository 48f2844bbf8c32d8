"""A conversation in the chat window: what is shown while a question is answered, and when a place is opened."""

import logging
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

import gradio as gr

from rag.answer import Answer, turn_of
from rag.engine import CitedQueryEngine
from rag.errors import RagError
from ui import render
from ui.render import Turn

DRAWN_EVERY_SECONDS = 0.2

_log = logging.getLogger(__name__)
_WELCOME = "Ask about the documents in “{index}”. Every sentence of an answer cites the place that it rests on."
_FAILED = "Something went wrong. The terminal in which Footnote runs says what. Ask again."
_GONE = "This place is not in the index any more. Ask again."


class Shown(NamedTuple):
    """What the parts of the window hold: question box, earlier turns, conversation, sources, document, search box."""

    question: str
    turns: list[Turn]
    chat: str
    sources: str
    document: str
    searched: Any


class Conversation:
    """The answers of one engine, which all visitors share, as what the window shows of them."""

    def __init__(self, engine: CitedQueryEngine) -> None:
        self._engine = engine
        self._welcome = _WELCOME.format(index=engine.store.folder.name)

    def html(self, turns: list[Turn]) -> str:
        """The conversation so far."""
        return render.conversation_html(turns, self._welcome)

    def ask(self, question: str, turns: list[Turn], searched: str | None = None) -> Iterator[Shown]:
        """What to show, again and again, until the question is answered."""
        yield Shown("", turns, self.html([*turns, (question, None)]), "", "", gr.skip())
        sources = document = ""
        box: Any = gr.update(visible=False)
        reply: Answer | str = _FAILED
        drawn = 0.0
        try:
            history = [turn_of(earlier) for _, earlier in turns if isinstance(earlier, Answer)]
            for answer in self._engine.stream(question, history, searched):
                if answer.is_draft:
                    # A model writes faster than a page is drawn.
                    if time.monotonic() - drawn > DRAWN_EVERY_SECONDS:
                        drawn = time.monotonic()
                        yield Shown("", turns, self.html([*turns, (question, answer)]), "", "", gr.skip())
                    continue
                reply, box = answer, gr.update(visible=True, value=answer.searched)
                sources = render.sources_html(answer)
                for place in (answer.citations or answer.passages)[:1]:
                    document = self._document(place.document, place.start, place.end)
        except RagError as error:
            reply = str(error)
        except Exception:
            # The visitor must hear something; the one who runs the window gets the details.
            _log.exception("a question failed")
        turns = [*turns, (question, reply)]
        yield Shown("", turns, self.html(turns), sources, document, box)

    def search_again(self, searched: str, turns: list[Turn]) -> Iterator[Shown]:
        """The last question, asked anew as a search for `searched`."""
        *earlier, (question, _) = turns or [(searched, None)]
        yield from self.ask(question, earlier, searched)

    def open_place(self, place: gr.EventData) -> str:
        """The document that a click names, with its range marked."""
        try:
            return self._document(str(place.document), int(place.start), int(place.end))
        except (RagError, AttributeError, TypeError, ValueError):
            return render.notice_html(_GONE)

    def _document(self, document_id: str, start: int, end: int) -> str:
        document = self._engine.document(document_id)
        length = len(document.text)
        start = min(max(0, start), length)
        return render.document_html(
            document_id, document.metadata["title"], document.text, start, min(max(start, end), length)
        )
