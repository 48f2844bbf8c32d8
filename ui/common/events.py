"""What handlers of the page's parts have in common."""

from typing import Any, Literal, TypedDict

import gradio as gr
from gradio.blocks import Block

# Gradio has no type for what a part takes and shows; all else of the window has one.
Update = dict[str, Any]
"""What changes of a part, by Gradio's names."""

Shown = dict[Block, Any]
"""What parts of the page are to hold, by part."""


class Quiet(TypedDict):
    """How an event is seen."""

    show_progress: Literal["hidden"]
    api_visibility: Literal["private"]


class Queued(TypedDict):
    """How many events of an id are handled at a time."""

    concurrency_limit: int
    concurrency_id: str


QUIET: Quiet = {"show_progress": "hidden", "api_visibility": "private"}
"""For events: no spinner over parts that say themselves how far they are, and no place in an API."""


def unchanged() -> Shown:
    """Every part as it is; to give nothing would empty them."""
    skipped: Shown = gr.skip()
    return skipped
