"""Two runs compared in the window: which, how far that is, and what came of it."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator

import gradio as gr

from rag.errors import RagError
from rag.evaluate.compare import Comparison, compare_runs
from ui.common.events import QUIET
from ui.common.job import LOOKED_EVERY_SECONDS, Job, message_of
from ui.common.notices import alert_html
from ui.common.texts import text
from ui.evaluation.evaluation_html import comparison_html, progress_html
from ui.evaluation.runs import Runs

_KEPT = 16
_Versions = tuple[str, tuple[int, ...], str, tuple[int, ...]]


class Comparing:
    """The parts of the view; `runs` are those in which runs are chosen."""

    def __init__(self, runs: Runs, style: str) -> None:
        self._made_here = runs
        self._kept: OrderedDict[_Versions, Comparison] = OrderedDict()
        with gr.Row():
            self.runs = [
                gr.Dropdown([], label=text("evaluation.run_a"), elem_id="run-a"),
                gr.Dropdown([], label=text("evaluation.run_b"), elem_id="run-b"),
            ]
        self._compare = gr.Button(text("evaluation.compare_button"), size="sm", elem_id="compare")
        self._shown = gr.HTML(elem_id="comparison", css_template=style)

    def listen(self) -> None:
        """Compare where that is asked for."""
        self._compare.click(self._compared, self.runs, self._shown, concurrency_limit=None, **QUIET)

    async def _compared(self, a: str | None, b: str | None) -> AsyncIterator[str]:
        try:
            if not a or not b or a == b:
                raise RagError(text("evaluation.choose_two"))
            key = (a, self._made_here.version(a), b, self._made_here.version(b))
            if key not in self._kept:
                job = Job(text("evaluation.comparing", a=a, b=b), lambda job: self._work(a, b, job))
                try:
                    while not job.is_over:
                        yield progress_html(job.name, job.progress)
                        await asyncio.sleep(LOOKED_EVERY_SECONDS)
                finally:
                    # Also where nobody looks at it any more.
                    job.call_off()
                if job.result is None:
                    raise RagError(job.message)
                self._kept[key] = job.result
                while len(self._kept) > _KEPT:
                    self._kept.popitem(last=False)
            yield comparison_html(self._kept[key], a, b)
        except Exception as error:
            yield alert_html(message_of(error, "comparing"))

    def _work(self, a: str, b: str, job: Job[Comparison]) -> Comparison:
        return compare_runs(self._made_here.load(a), self._made_here.load(b), on_progress=job.step)
