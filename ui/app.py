"""The window: its tabs over one library of collections, and the server that shows it."""

from collections.abc import Callable
from pathlib import Path

import gradio as gr
from starlette.middleware import Middleware

from rag.config import Config
from rag.models.servers import ask_directly
from ui.chat.history import History
from ui.chat.tab import Chat
from ui.common.events import QUIET
from ui.common.notices import notice_html
from ui.common.own_address import OwnAddressOnly
from ui.common.page_language import PageLanguage
from ui.common.templates import rendered
from ui.common.texts import text
from ui.common.visitor import VisitorCookie
from ui.documents.library import Library
from ui.documents.tab import Documents
from ui.evaluation.tab import evaluation_tab
from ui.viewer.routes import viewer_routes

_FOLDER = Path(__file__).parent
# In this order, so that a room has the last word on what it shows.
_STYLES = (
    "page.css",
    "common/common.css",
    "viewer/viewer.css",
    "documents/documents.css",
    "chat/chat.css",
    "evaluation/evaluation.css",
)
_SCRIPTS = ("page.js", "viewer/viewer.js")
HISTORY_FILE = "conversations.sqlite"

_LOOKED_EVERY = 0.02
"""Seconds between two looks of Gradio's queue for what is to be done. Its own is a thousandth, and a hundredth for
progress: a window in which nothing happens would keep a tenth of a core busy."""

# Gradio's own orange and its placeholders are too light to be read.
_THEME = gr.themes.Default(
    font=["system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif"], font_mono=["ui-monospace", "monospace"]
).set(
    color_accent="*primary_700",
    input_placeholder_color="*neutral_500",
    input_placeholder_color_dark="*neutral_400",
    button_primary_background_fill="*primary_700",
    button_primary_background_fill_hover="*primary_800",
    button_primary_background_fill_dark="*primary_700",
    button_primary_background_fill_hover_dark="*primary_800",
)


def build_app(library: Library, index: str) -> gr.Blocks:
    """The window, with the collection `index` chosen; visitors share the library, each has conversations alone."""

    def choices(chosen: str) -> list[str]:
        return sorted({*library.names(), chosen})

    history = History(library.config.data_dir / HISTORY_FILE)
    library.finish_renaming(history.moved)
    app = gr.Blocks(title=text("app.title"), analytics_enabled=False, fill_width=True)
    with app:
        with gr.Row(elem_id="top"):
            gr.HTML(rendered("heading.html.j2"), min_width=120)
            collection = gr.Dropdown(choices(index), value=index, label=text("app.collection"), elem_id="collection")
        with gr.Tabs(elem_id="tabs") as tabs:
            with gr.Tab(text("app.chat"), id="chat"):
                chat = Chat(library, history, collection)
            with gr.Tab(text("app.documents"), id="documents") as tab:
                documents = Documents(
                    library,
                    collection,
                    lambda name, document: notice_html(library.engine(name).document(document).text),
                )
            with gr.Tab(text("app.evaluation"), id="evaluation"):
                evaluation = evaluation_tab(library, library.config.data_dir, collection)
        documents.listen(tab, chat.new, chat.parts)
        picked = evaluation.picked.then(
            lambda index: (gr.Tabs(selected="chat"), gr.update(choices=choices(index), value=index)),
            evaluation.index,
            [tabs, collection],
            **QUIET,
        )
        chat.listen(picked, evaluation.question, evaluation.index)
        # When the menu is opened, not when the page is: that could come after a collection was made and chosen.
        collection.focus(lambda index: gr.update(choices=choices(index)), collection, collection, **QUIET)
        app.load(chat.talks.listed, None, chat.talks.listing, **QUIET)
    app._queue.sleep_when_free = app._queue.progress_update_sleep_when_free = _LOOKED_EVERY
    return app


def _text_of(library: Library, name: str, document: str) -> str:
    return library.engine(name).document(document).text


def launch(config: Config, index: str, on_ready: Callable[[str], None], notify: Callable[[str], None]) -> None:
    """Serve the window until interrupted, after `on_ready(address)`. Raises RagError."""
    library = Library(config, notify)
    library.engine(index)
    app = build_app(library, index)
    # Gradio looks whether its own address answers.
    ask_directly(config.host)
    served, address, _ = app.launch(
        server_name=config.host,
        server_port=config.port,
        quiet=True,
        prevent_thread_lock=True,
        share=False,
        footer_links=[],
        enable_monitoring=False,
        max_file_size=config.max_file_megabytes * 1_000_000,
        app_kwargs={
            "middleware": [Middleware(VisitorCookie), Middleware(PageLanguage)],
            "routes": viewer_routes(library.engine),
            "docs_url": None,
            "redoc_url": None,
        },
        css_paths=[_FOLDER / name for name in _STYLES],
        head=f"<script>{''.join((_FOLDER / name).read_text(encoding='utf-8') for name in _SCRIPTS)}</script>",
        theme=_THEME,
    )
    # Around all that Gradio has put there itself, which answers some requests before any middleware of ours.
    whole = served.middleware_stack or served.build_middleware_stack()
    served.middleware_stack = OwnAddressOnly(whole, config.host, config.allowed_hosts)
    on_ready(address.rstrip("/"))
    app.block_thread()
