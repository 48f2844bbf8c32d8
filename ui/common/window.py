"""The window as Gradio's blocks, whose sessions hold each part once, and whose handlers know whose rights they have."""

from collections.abc import AsyncIterator
from contextlib import nullcontext
from typing import Any

import gradio as gr
from gradio.block_function import BlockFunction
from gradio.state_holder import SessionState

from rag.library.rights import SCOPE_KEY, acting_with


class Window(gr.Blocks):
    """Blocks in which a session does not grow with what is done in it.

    A part that an event leaves as it is, Gradio makes anew under another id, and once more keeps with what it holds
    then: every question would leave its page behind.
    """

    async def preprocess_data(
        self, block_fn: BlockFunction, inputs: list[Any], state: SessionState | None, explicit_call: bool = False
    ) -> list[Any]:
        """What a page gives a handler: files that were uploaded, and none that Gradio would fetch from elsewhere."""
        if _names_elsewhere(inputs):
            raise gr.Error("Only what was uploaded here is taken.", print_exception=False)
        taken: list[Any] = await super().preprocess_data(block_fn, inputs, state, explicit_call)
        return taken

    async def call_function(
        self,
        block_fn: BlockFunction | int,
        processed_input: list[Any],
        iterator: AsyncIterator[Any] | None = None,
        requests: gr.Request | list[gr.Request] | None = None,
        *others: Any,
        **named: Any,
    ) -> Any:
        """Call a handler with the rights of whoever sent the request, which Gradio answers in a task of its own."""
        request = requests[0] if isinstance(requests, list) else requests
        rights = request.request.scope.get(SCOPE_KEY) if request and request.request else None
        with acting_with(rights) if rights else nullcontext():
            return await super().call_function(block_fn, processed_input, iterator, requests, *others, **named)

    async def postprocess_data(
        self, block_fn: BlockFunction, predictions: list[Any] | dict[Any, Any], state: SessionState | None
    ) -> list[Any]:
        """What the page is sent of what a handler returned; the parts that the session holds beside are let go."""
        sent: list[Any] = await super().postprocess_data(block_fn, predictions, state)
        if state:
            for beside in state.blocks_config.blocks.keys() - self.blocks.keys():
                del state.blocks_config.blocks[beside]
                state.config_values.pop(beside, None)
        return sent


def _names_elsewhere(value: Any) -> bool:
    """Whether a value names a file by an address."""
    if isinstance(value, list):
        return any(map(_names_elsewhere, value))
    if not isinstance(value, dict):
        return False
    path = str(value.get("path") or "").lower()
    return path.startswith(("http:", "https:", "//")) or _names_elsewhere(list(value.values()))
