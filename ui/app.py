"""The chat window: where a conversation, the sources of its last answer and a cited document stand."""

import errno
import os
import socket
from collections.abc import Callable
from pathlib import Path

import gradio as gr

from rag.engine import CitedQueryEngine
from rag.errors import RagError
from ui import render
from ui.conversation import Conversation

_FOLDER = Path(__file__).parent
# The mark is centred in its document, and the page moves only where the document is out of sight.
_SCROLL_TO_MARK = """() => {
  const mark = document.getElementById("cited"), box = mark?.closest(".document");
  if (!box) return;
  box.scrollTop += mark.getBoundingClientRect().top - box.getBoundingClientRect().top - box.clientHeight / 3;
  box.scrollIntoView({block: "nearest"});
}"""
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
    conversation = Conversation(engine)
    with gr.Blocks(title="Footnote", analytics_enabled=False, fill_width=True) as app:
        turns = gr.State([])
        gr.HTML("<h1>Footnote</h1>")
        with gr.Row():
            with gr.Column(scale=3):
                chat = gr.HTML(conversation.html([]), elem_id="chat", max_height="62vh", autoscroll=True)
                question = gr.Textbox(
                    label="Question",
                    placeholder="Ask your documents",
                    autofocus=True,
                    submit_btn="Ask",
                    elem_id="question",
                )
                searched = gr.Textbox(
                    label="Searched for",
                    info="Change it to search again.",
                    submit_btn="Search again",
                    visible=False,
                    elem_id="searched",
                )
                ask_events = [question.submit]
                if index in _EXAMPLES:
                    examples = gr.Examples(_EXAMPLES[index], question, label="For example")
                    ask_events.append(examples.load_input_event.then)
            with gr.Column(scale=2):
                sources = gr.HTML(render.notice_html(_NO_SOURCES), elem_id="sources")
                document = gr.HTML(elem_id="document")
        places = gr.HTML(visible="hidden", js_on_load=(_FOLDER / "page.js").read_text(encoding="utf-8"))

        shown = [question, turns, chat, sources, document, searched]
        for asked in ask_events:
            asked(conversation.ask, [question, turns], shown, show_progress="hidden").then(None, js=_SCROLL_TO_MARK)
        again = searched.submit(conversation.search_again, [searched, turns], shown, show_progress="hidden")
        again.then(None, js=_SCROLL_TO_MARK)
        places.click(conversation.open_place, None, document, show_progress="hidden").then(None, js=_SCROLL_TO_MARK)
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
