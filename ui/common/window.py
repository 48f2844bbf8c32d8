"""The window as Gradio's blocks, whose sessions hold each part once."""

from typing import Any

import gradio as gr
from gradio.block_function import BlockFunction
from gradio.state_holder import SessionState


class Window(gr.Blocks):
    """Blocks in which a session does not grow with what is done in it.

    A part that an event leaves as it is, Gradio makes anew under another id, and once more keeps with what it holds
    then: every question would leave its page behind.
    """

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
