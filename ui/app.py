"""The chat window: a conversation, the sources of its last answer, and a document opened at a cited range."""

import errno
import logging
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import gradio as gr

from rag.answer import Answer
from rag.engine import CitedQueryEngine
from rag.errors import RagError
from ui import render
from ui.render import Turn

_FOLDER = Path(__file__).parent
_log = logging.getLogger(__name__)
# The mark is centred in its document, and the page moves only where the document is out of sight.
_SCROLL_TO_MARK = """() => {
  const mark = document.getElementById("cited"), box = mark?.closest(".document");
  if (!box) return;
  box.scrollTop += mark.getBoundingClientRect().top - box.getBoundingClientRect().top - box.clientHeight / 3;
  box.scrollIntoView({block: "nearest"});
}"""
_WELCOME = "Ask about the documents in “{index}”. Every sentence of an answer cites the place it is quoted from."
_NO_SOURCES = "The sources of an answer are listed here. A click on a citation opens its document at the place."
_EXAMPLES = {
    "seeds": [
        "Who led the Russian delegation?",
        "What is the task of the Constitutional Committee?",
        "Why is Lebanon affected by the conflict?",
    ]
}
_SYSTEM_FONTS = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif"]


def build_app(engine: CitedQueryEngine) -> gr.Blocks:
    """The window over one engine, which all its visitors share; each has a conversation of their own."""
    index = engine.store.folder.name
    welcome = _WELCOME.format(index=index)

    def respond(question: str, turns: list[Turn]) -> Iterator[tuple[str, list[Turn], str, str, str]]:
        yield "", turns, render.conversation_html([*turns, (question, None)], welcome), "", ""
        sources = document = ""
        try:
            reply: Answer | str = engine.ask(question)
            sources = render.sources_html(reply)
            places = reply.citations or reply.passages
            if places:
                document = show(places[0].document, places[0].start, places[0].end)
        except RagError as error:
            reply = str(error)
        except Exception:
            # The visitor must hear something; the one who runs the window gets the details.
            _log.exception("a question failed")
            reply = "Something went wrong. The terminal in which Footnote runs says what. Ask again."
        turns = [*turns, (question, reply)]
        yield "", turns, render.conversation_html(turns, welcome), sources, document

    def show(document_id: str, start: int, end: int) -> str:
        document = engine.document(document_id)
        length = len(document.text)
        start = min(max(0, start), length)
        return render.document_html(
            document_id, document.metadata["title"], document.text, start, min(max(start, end), length)
        )

    def open_place(place: gr.EventData) -> str:
        try:
            return show(str(place.document), int(place.start), int(place.end))
        except (RagError, AttributeError, TypeError, ValueError):
            return render.notice_html("This place is not in the index any more. Ask again.")

    with gr.Blocks(title="Footnote", analytics_enabled=False, fill_width=True) as app:
        turns = gr.State([])
        gr.HTML("<h1>Footnote</h1>")
        with gr.Row():
            with gr.Column(scale=3):
                chat = gr.HTML(
                    render.conversation_html([], welcome), elem_id="chat", max_height="62vh", autoscroll=True
                )
                question = gr.Textbox(
                    label="Question",
                    placeholder="Ask your documents",
                    autofocus=True,
                    submit_btn="Ask",
                    elem_id="question",
                )
                ask_events = [question.submit]
                if index in _EXAMPLES:
                    examples = gr.Examples(_EXAMPLES[index], question, label="For example")
                    ask_events.append(examples.load_input_event.then)
            with gr.Column(scale=2):
                sources = gr.HTML(render.notice_html(_NO_SOURCES), elem_id="sources")
                document = gr.HTML(elem_id="document")
        places = gr.HTML(visible="hidden", js_on_load=(_FOLDER / "page.js").read_text(encoding="utf-8"))

        shown = [question, turns, chat, sources, document]
        for asked in ask_events:
            asked(respond, [question, turns], shown, show_progress="hidden").then(None, js=_SCROLL_TO_MARK)
        places.click(open_place, None, document, show_progress="hidden").then(None, js=_SCROLL_TO_MARK)
    return app


def launch(engine: CitedQueryEngine, host: str, port: int, on_ready: Callable[[str], None]) -> None:
    """Serve the window until interrupted, after `on_ready(address)`."""
    app = build_app(engine)
    for name in ("NO_PROXY", "no_proxy"):
        # Gradio looks whether its own address answers, which no proxy must come between.
        os.environ[name] = ",".join(filter(None, [os.environ.get(name), host]))
    _, address, _ = app.launch(
        server_name=host,
        server_port=port,
        quiet=True,
        prevent_thread_lock=True,
        share=False,
        footer_links=[],
        css_paths=_FOLDER / "page.css",
        theme=gr.themes.Default(font=_SYSTEM_FONTS, font_mono=["ui-monospace", "monospace"]),
    )
    on_ready(address.rstrip("/"))
    app.block_thread()


def check_address(host: str, port: int) -> None:
    """Raise RagError if no server can listen on `host` and `port`."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        in_use = error.errno == errno.EADDRINUSE
        advice = "Give another with --port." if in_use else "Correct host or port."
        raise RagError(f"port {port} on {host} cannot be used ({error.strerror}). {advice}") from None
