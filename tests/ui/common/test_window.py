from typing import Any

import gradio as gr
from gradio.state_holder import SessionState

from tests.loops import run_apart
from ui.common.window import Window


def test_a_session_holds_each_part_once_however_much_is_done_in_it() -> None:
    async def three_turns() -> tuple[Window, SessionState, list[list[Any]]]:
        with Window() as window:
            past, now = gr.HTML(elem_id="past"), gr.HTML(elem_id="now")
            gr.Button().click(lambda: None, None, [past, now])
        (event,) = window.fns.values()
        session, sent = SessionState(window), []
        for turn in range(3):
            # What a dict leaves out stays as it is.
            await window.postprocess_data(event, {now: "An answer is written"}, session)
            shown = {past: f"Question {turn}", now: f"Answer {turn}"}
            sent.append(await window.postprocess_data(event, shown, session))
        return window, session, sent

    window, session, sent = run_apart(three_turns)
    assert sent == [[f"Question {turn}", f"Answer {turn}"] for turn in range(3)]
    assert session.blocks_config.blocks.keys() == window.blocks.keys()
    assert session.config_values.keys() == window.blocks.keys()
