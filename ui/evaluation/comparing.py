"""The run that is shown compared with another: which, how far that is, and what came of it."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator

import gradio as gr
from gradio.blocks import Block
from markupsafe import Markup

from rag.errors import RagError
from rag.evaluate.compare import Comparison, compare_runs
from rag.library.job import LOOKED_EVERY_SECONDS, Job, message_of
from rag.library.runs import Runs
from ui.common.events import QUIET, Shown
from ui.common.notices import alert_html, notice_html
from ui.common.texts import text
from ui.evaluation.evaluation_html import comparison_html, progress_html

_KEPT = 16
_Versions = tuple[str, tuple[int, ...], str, tuple[int, ...]]


class Comparing:
    """The parts of the view; `runs` are those to choose among, `chosen` names the one that is shown."""

    def __init__(self, runs: Runs, chosen: gr.State) -> None:
        self._runs = runs
        self._chosen = chosen
        self._kept: OrderedDict[_Versions, Comparison] = OrderedDict()
        self._other = gr.Dropdown([], label=text("evaluation.compare_with"), elem_id="compare-with")
        self._shown = gr.HTML(elem_id="comparison")
        self.parts: list[Block] = [self._other, self._shown]

    def listen(self) -> None:
        """Compare where another run is chosen."""
        self._other.input(
            self._compared,
            [self._other, self._chosen],
            self._shown,
            concurrency_limit=None,
            trigger_mode="always_last",
            **QUIET,
        )

    def offered(self, name: str) -> Shown:
        """The runs that the one of this name can be compared with."""
        others = [run.name for run in self._runs.listed() if run.is_finished and run.name != name]
        said = "" if others else notice_html(text("evaluation.no_other_run"))
        return {self._other: gr.update(choices=others, value=None, visible=bool(others)), self._shown: said}

    def refused(self, alert: Markup) -> Shown:
        """Nothing to choose, and why."""
        return {self._other: gr.update(choices=[], value=None, visible=False), self._shown: alert}

    async def _compared(self, a: str, b: str) -> AsyncIterator[str]:
        try:
            key = (a, self._runs.version(a), b, self._runs.version(b))
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
        return compare_runs(self._runs.load(a), self._runs.load(b), on_progress=job.step)
