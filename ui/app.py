"""The window: its tabs over one library of collections, and the server that shows it."""

from collections.abc import Callable
from pathlib import Path

import gradio as gr
from fastapi import FastAPI
from starlette.middleware import Middleware

from rag.config import Config
from rag.library.checks import Check
from rag.library.job import LOOKED_EVERY_SECONDS
from rag.library.library import Library
from rag.library.rights import AllRights, Rights, acting_with
from ui.chat.history import History
from ui.chat.tab import Chat
from ui.common.events import QUIET
from ui.common.page_language import PageLanguage
from ui.common.texts import text
from ui.common.visitor import VisitorCookie
from ui.common.window import Window
from ui.documents.buttons import told_by_buttons
from ui.documents.tab import Documents
from ui.evaluation.tab import evaluation_tab
from ui.header.collections import Collections
from ui.header.header_html import header_html
from ui.viewer.routes import viewer_routes
from ui.viewer.viewer import library_view_html

_FOLDER = Path(__file__).parent
_PAGE_STYLE = "page.css"
"""Goes into the page as it is; what Gradio is given otherwise, it has hold inside its own parts only."""
# In this order, so that a room has the last word on what it shows.
_STYLES = (
    *("common/common.css", "header/header.css", "viewer/viewer.css", "documents/documents.css"),
    *("chat/chat.css", "chat/turns.css", "evaluation/evaluation.css"),
)
_SCRIPTS = ("page.js", "common/dialogs.js", "viewer/viewer.js", "chat/chat.js", "chat/panes.js")
HISTORY_FILE = "conversations.sqlite"
_NO_CONVERSATIONS = "Conversations cannot be read or kept; the log says why."

_LOOKED_EVERY = 0.02
"""Seconds between two looks of Gradio's queue for what is to be done. Its own is a thousandth, and a hundredth for
progress: a window in which nothing happens would keep a tenth of a core busy."""

# Gradio's own placeholders are too light to be read.
_THEME = gr.themes.Default(
    primary_hue="blue",
    font=["system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif"],
    font_mono=["ui-monospace", "monospace"],
).set(
    color_accent="*primary_700",
    input_placeholder_color="*neutral_500",
    input_placeholder_color_dark="*neutral_400",
    button_primary_text_color="white",
    button_primary_text_color_dark="white",
    button_primary_background_fill="*primary_700",
    button_primary_background_fill_hover="*primary_800",
    button_primary_background_fill_dark="*primary_700",
    button_primary_background_fill_hover_dark="*primary_800",
)


def build_app(library: Library, index: str) -> gr.Blocks:
    """The window, with the collection `index` chosen; visitors share the library, each has conversations alone."""
    history = History(library.config.data_dir / HISTORY_FILE)
    library.checks.append(Check(_NO_CONVERSATIONS, history.check))
    library.finish_renaming(history.moved)
    app = Window(title=text("app.title"), analytics_enabled=False, fill_width=True)
    with app:
        collection, timer = gr.State(index), gr.Timer(LOOKED_EVERY_SECONDS, active=False)
        with gr.Row(elem_id="top"):
            gr.HTML(header_html(library.config), elem_id="head")
            collections = Collections(library, history, collection)
        with gr.Tabs(elem_id="tabs") as tabs:
            with gr.Tab(text("app.chat"), id="chat"):
                chat = Chat(library, history, collection)
            with gr.Tab(text("app.documents"), id="documents") as tab:
                documents = Documents(
                    library, collection, timer, lambda name, document: library_view_html(library.engine(name), document)
                )
            with gr.Tab(text("app.evaluation"), id="evaluation"):
                evaluation = evaluation_tab(library, library.config.data_dir, collection)
        documents.listen(tab)
        documents.take(chat.attached)
        collections.listen(app, chat)
        # The collection is chosen by the conversation that begins, which a change before it would end.
        picked = evaluation.picked.then(lambda: gr.Tabs(selected="chat"), None, tabs, **QUIET)
        chat.listen(picked, evaluation.question, evaluation.index)
        # How far an upload is, is shown where it was dropped too.
        documents.said.change(lambda said: said, documents.said, chat.notice, trigger_mode="always_last", **QUIET).then(
            chat.welcomed, collection, chat.welcome, **QUIET
        )
        app.load(chat.welcomed, collection, chat.welcome, **QUIET)
    app._queue.sleep_when_free = app._queue.progress_update_sleep_when_free = _LOOKED_EVERY
    return app


def open_library(config: Config, index: str, notify: Callable[[str], None], otherwise: Rights | None = None) -> Library:
    """The collections that the window offers, `index` open already. Raises RagError.

    `otherwise` are the rights of whoever has no account, where there are accounts.
    """
    library = Library(config, notify, told_by_buttons, otherwise)
    with acting_with(AllRights()):
        library.engine(index)
    return library


def mount_window(server: FastAPI, library: Library, index: str) -> None:
    """Have a server show the window under /, behind its own routes."""
    app = build_app(library, index)
    gr.mount_gradio_app(
        server,
        app,
        path="/",
        footer_links=[],
        run_history=False,
        show_error=False,
        enable_monitoring=False,
        max_file_size=library.config.max_file_megabytes * 1_000_000,
        app_kwargs={
            "middleware": [Middleware(VisitorCookie), Middleware(PageLanguage)],
            "routes": viewer_routes(library.engine),
            "docs_url": None,
            "redoc_url": None,
        },
        css_paths=[_FOLDER / name for name in _STYLES],
        head=_head_html(),
        favicon_path=_FOLDER / "favicon.svg",
        theme=_THEME,
    )
    # Else Gradio takes any path of this machine for an upload: it looks only in what was launched, and runs.
    app.has_launched = app.is_running = True


def _head_html() -> str:
    """What the page's head holds of ours: the style of the page as a whole, and the scripts."""
    style = (_FOLDER / _PAGE_STYLE).read_text(encoding="utf-8")
    scripts = "".join((_FOLDER / name).read_text(encoding="utf-8") for name in _SCRIPTS)
    return f"<style>{style}</style><script>{scripts}</script>"
