"""One run: its report, its questions, and how it compares with another."""

import gradio as gr
from gradio.blocks import Block

from rag.evaluate.folder import REPORT_FILE
from rag.library.job import message_of
from rag.library.runs import Runs
from ui.common.events import QUIET, Shown
from ui.common.notices import alert_html
from ui.common.texts import text
from ui.evaluation.comparing import Comparing
from ui.evaluation.evaluation_html import ALL, kind_choices, questions_html, report_frame_html


class RunView:
    """The parts that show a run, which are there once one is chosen; `chosen` holds its name."""

    def __init__(self, runs: Runs, chosen: gr.State) -> None:
        self._runs = runs
        self._chosen = chosen
        with gr.Column(visible=False, elem_id="run-view") as self._whole, gr.Tabs(elem_id="run-tabs"):
            with gr.Tab(text("evaluation.report")):
                self._report = gr.HTML(elem_id="report")
            with gr.Tab(text("evaluation.questions")):
                self._kind = gr.Dropdown([], label=text("evaluation.filter"), elem_id="kind")
                self._questions = gr.HTML(elem_id="questions")
            with gr.Tab(text("evaluation.compare")):
                self._comparing = Comparing(runs, chosen)
        self.parts: list[Block] = [
            self._whole,
            self._report,
            self._kind,
            self._questions,
            *self._comparing.parts,
        ]

    def listen(self) -> None:
        """Show what is asked for of the run."""
        self._kind.input(self._questions_of, [self._chosen, self._kind], self._questions, **QUIET)
        self._comparing.listen()

    def shown(self, name: str) -> Shown:
        """The report of a run and its questions, and what it can be compared with; why not, where there are none."""
        there = {self._whole: gr.update(visible=True)}
        try:
            run = self._runs.load(name)
            report = run.folder / REPORT_FILE
            if not report.exists():
                from rag.evaluate.report.page import write_report

                write_report(run)
            frame = report_frame_html(name, report.read_text(encoding="utf-8"))
            kinds = gr.update(choices=kind_choices(run.records), value=ALL, visible=True)
            questions = self._questions_of(name, ALL)
            return (
                there
                | {self._report: frame, self._kind: kinds, self._questions: questions}
                | self._comparing.offered(name)
            )
        except Exception as error:
            alert = alert_html(message_of(error, "showing a run"))
            nothing = gr.update(choices=[], value=None, visible=False)
            return (
                there
                | {self._report: alert, self._kind: nothing, self._questions: alert}
                | self._comparing.refused(alert)
            )

    def _questions_of(self, name: str, kind: str | None) -> str:
        try:
            if not name or not kind:
                return ""
            run = self._runs.load(name)
            return questions_html(run.records, kind, run.info.index["name"])
        except Exception as error:
            return alert_html(message_of(error, "showing questions"))
