"""How errors reach a visitor: a plain message, whatever was done."""

from collections.abc import Iterator
from contextlib import contextmanager

import gradio as gr

from rag.errors import RagError
from ui.common.said import capital, translated
from ui.common.templates import joined
from ui.common.texts import text

SECONDS_SHOWN = 10.0
"""A message leaves by itself after that, or with what the person does next."""


@contextmanager
def told() -> Iterator[None]:
    """Turn a RagError into a message on the page, which shows messages as HTML."""
    try:
        yield
    except RagError as error:
        raise gr.Error(
            joined([capital(translated(str(error)))]),
            title=text("app.error"),
            duration=SECONDS_SHOWN,
            print_exception=False,
        ) from None
