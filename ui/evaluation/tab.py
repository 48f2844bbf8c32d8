"""The tab of evaluation: a question set asked, the runs that were made so far, and two of them compared."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import gradio as gr
from gradio.events import Dependency
from markupsafe import Markup

from rag.errors import RagError
from rag.evaluate.evaluation import evaluate
from rag.evaluate.folder import REPORT_FILE
from rag.evaluate.run import OtherRunError
from ui.common.events import QUIET, Shown, unchanged
from ui.common.job import LOOKED_EVERY_SECONDS, Job, message_of
from ui.common.notices import alert_html, status_html
from ui.common.texts import text
from ui.documents.library import Library
from ui.evaluation.comparing import Comparing
from ui.evaluation.evaluation_html import (
    ALL,
    kind_choices,
    problem_lines,
    progress_html,
    questions_html,
    report_frame_html,
)
from ui.evaluation.question_sets import QuestionProblems, QuestionSets
from ui.evaluation.runs import Runs

_EVERY_SPLIT = ""
_STYLE = (Path(__file__).parent / "evaluation.css").read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class EvaluationTab:
    """Where the window hooks on: after `picked`, `question` is to be asked in the chat of the collection `index`."""

    question: gr.State
    index: gr.State
    picked: Dependency


def evaluation_tab(library: Library, data_folder: Path, collection: gr.Dropdown) -> EvaluationTab:
    """The content of a gr.Tab; `collection` is the part of the page in which the collection to be asked is chosen."""
    parts = _Parts(library, data_folder, collection)
    return EvaluationTab(parts.question, parts.index, parts.listen())


class _Parts:
    """The parts of the tab, and what happens to them."""

    def __init__(self, library: Library, data_folder: Path, collection: gr.Dropdown) -> None:
        self._library = library
        self._sets = QuestionSets(data_folder / "questions")
        self._runs = Runs(data_folder / "runs")
        self._collection = collection
        with gr.Column(elem_id="evaluation") as self._whole:
            with gr.Row():
                self._set = gr.Dropdown([], label=text("evaluation.set"), elem_id="question-set")
                self._split = gr.Dropdown([], label=text("evaluation.split"), elem_id="split")
                self._name = gr.Textbox(label=text("evaluation.name"), max_lines=1, elem_id="run-name")
            with gr.Row():
                self._upload = gr.UploadButton(
                    text("evaluation.upload"), file_types=[".jsonl", ".csv"], size="sm", elem_id="upload-questions"
                )
                self._run = gr.Button(text("evaluation.run"), size="sm", variant="primary", elem_id="run")
                self._cancel = gr.Button(text("evaluation.cancel"), size="sm", variant="stop", visible=False)
            self._said = gr.HTML(elem_id="evaluation-said")
            self._progress = gr.HTML(elem_id="run-progress")
            self._chosen = gr.Dropdown([], label=text("evaluation.runs"), elem_id="runs")
            with gr.Tabs(elem_id="run-tabs"):
                with gr.Tab(text("evaluation.report")):
                    self._report = gr.HTML(
                        status_html(text("evaluation.no_run_chosen")), elem_id="report", css_template=_STYLE
                    )
                with gr.Tab(text("evaluation.questions")):
                    self._kind = gr.Dropdown([], label=text("evaluation.filter"), elem_id="kind")
                    self._questions = gr.HTML(elem_id="questions", css_template=_STYLE)
                with gr.Tab(text("evaluation.compare")):
                    self._comparing = Comparing(self._runs, _STYLE)
        self._page = gr.HTML(visible="hidden", js_on_load="window.footnote.listen('evaluation', trigger)")
        self.question, self.index = gr.State(""), gr.State("")

    def listen(self) -> Dependency:
        """Do what the tab offers; the event that a question is to be asked in the chat."""
        form = [self._set, self._split, self._name]
        listed = [self._chosen, *self._comparing.runs]
        of_run = [self._report, self._kind, self._questions]
        work = [self._said, self._progress, self._run, self._cancel, self._name, *listed, *of_run]
        offered, opened = [*form, self._said, *listed], [self._collection, self._set]
        self._collection.change(lambda index: self._offered(index, None), self._collection, offered, **QUIET)
        if isinstance(tab := self._whole.parent, gr.Tab):
            tab.select(self._offered, opened, offered, **QUIET).then(
                self._followed, None, work, concurrency_limit=None, **QUIET
            )
        self._set.input(self._set_chosen, [self._collection, self._set], [*form, self._said], **QUIET)
        self._split.input(self._proposed_name, [self._set, self._split], self._name, **QUIET)
        uploaded = [*form, self._said, self._upload]
        self._upload.upload(self._uploaded, [self._upload, self._collection], uploaded, **QUIET)
        self._run.click(self._asked, [self._collection, *form], work, concurrency_limit=None, **QUIET)
        self._cancel.click(self._called_off, None, self._cancel, **QUIET)
        self._chosen.input(self._run_shown, self._chosen, of_run, **QUIET)
        self._kind.input(self._questions_of, [self._chosen, self._kind], self._questions, **QUIET)
        self._comparing.listen()
        return self._page.click(self._picked, None, [self.question, self.index], **QUIET)

    def _offered(self, index: str, key: str | None) -> Shown:
        """What there is to choose now; what was chosen stays so where it can."""
        choices = self._sets.choices(index)
        if key in [known for _, known in choices]:
            return {self._set: gr.update(choices=choices)} | self._listed()
        return self._set_chosen(index, choices[0][1] if choices else None) | self._listed()

    def _listed(self, chosen: str | None = None) -> Shown:
        """The runs to choose among, and which is chosen where that is new."""
        runs = self._runs.listed()
        choices = [
            (run.name if run.is_finished else text("evaluation.interrupted", name=run.name), run.name) for run in runs
        ]
        finished = gr.update(choices=[run.name for run in runs if run.is_finished])
        every = gr.update(choices=choices) | ({} if chosen is None else {"value": chosen})
        return {self._chosen: every} | dict.fromkeys(self._comparing.runs, finished)

    def _set_chosen(self, index: str, key: str | None) -> Shown:
        choices = self._sets.choices(index)
        splits: list[str] = []
        said = ""
        try:
            splits = sorted({question.split for _, question in self._sets.read(key).questions} - {""}) if key else []
            said = "" if key else status_html(text("evaluation.no_sets"))
        except Exception as error:
            said = _alert(error)
        every = (text("evaluation.every_split"), _EVERY_SPLIT)
        return {
            self._set: gr.update(choices=choices, value=key),
            self._split: gr.update(choices=[every, *((split, split) for split in splits)], value=_EVERY_SPLIT),
            self._name: self._proposed_name(key, _EVERY_SPLIT),
            self._said: said,
        }

    def _proposed_name(self, key: str | None, split: str | None) -> str:
        stem = Path(key.rstrip("/")).stem if key else ""
        return self._runs.free_name("-".join(filter(None, [stem, split, date.today().isoformat()])))

    def _uploaded(self, file: str | None, index: str) -> Shown:
        # Emptied, so that a file of the same name can be given again.
        emptied = {self._upload: None}
        try:
            if file is None:
                return unchanged()
            key = self._sets.take(Path(file), self._library.config.max_file_megabytes)
            kept = status_html(text("evaluation.set_kept", name=key))
            return emptied | self._set_chosen(index, key) | {self._said: kept}
        except Exception as error:
            return emptied | {self._said: _alert(error)}

    async def _asked(self, index: str, key: str | None, split: str | None, name: str) -> AsyncIterator[Shown]:
        """What to show while a run is made, by this visitor or, where one is being made already, by another."""
        job: Job[None] | None
        try:
            job = await asyncio.to_thread(self._start, index, key, split, name)
            yield {self._said: ""}
        except Exception as error:
            job = self._runs.running
            yield {self._said: _alert(error)}
        async for shown in self._follow(job):
            yield shown

    async def _followed(self) -> AsyncIterator[Shown]:
        """What to show while a run goes on that was begun before."""
        async for shown in self._follow(self._runs.running):
            yield shown

    def _start(self, index: str, key: str | None, split: str | None, name: str) -> Job[None]:
        file = self._sets.file(key)
        self._sets.read(key)

        def work(out: Path, job: Job[None]) -> None:
            config = self._library.config
            try:
                # A collection may take long to open: it is the run's own time, not the visitor's.
                evaluate(
                    file, lambda: self._library.engine(index), config, out, split=split or None, on_progress=job.step
                )
            except OtherRunError as error:
                raise RagError(text("evaluation.other_run", name=out.name, difference=error.difference)) from None

        return self._runs.start(name, work)

    async def _follow(self, job: Job[None] | None) -> AsyncIterator[Shown]:
        """What to show of a run that is being made, until it is over; nothing where there is none."""
        if job is None:
            yield unchanged()
            return
        while not job.is_over:
            yield {
                self._progress: progress_html(job.name, job.progress),
                self._run: gr.update(interactive=False),
                self._cancel: gr.update(visible=True),
            }
            await asyncio.sleep(LOOKED_EVERY_SECONDS)
        yield await asyncio.to_thread(self._ended, job)

    def _ended(self, job: Job[None]) -> Shown:
        now = job.progress
        idle = {self._run: gr.update(interactive=True), self._cancel: gr.update(visible=False)}
        if now.state == "failed":
            return idle | self._listed() | {self._progress: alert_html(job.message)}
        key = "evaluation.done" if now.state == "done" else "evaluation.stopped"
        said = status_html(text(key, name=job.name, done=f"{now.done:,}", total=f"{now.total:,}"))
        shown = idle | {self._progress: said}
        if now.state == "stopped":
            return shown | self._listed()
        return shown | self._listed(job.name) | self._run_shown(job.name)

    def _called_off(self) -> Shown:
        if job := self._runs.running:
            job.call_off()
        return {self._cancel: gr.update(visible=False)}

    def _run_shown(self, name: str | None) -> Shown:
        """The report of a run and its questions."""
        try:
            if not name:
                return unchanged()
            run = self._runs.load(name)
            report = run.folder / REPORT_FILE
            if not report.exists():
                from rag.evaluate.report.page import write_report

                write_report(run)
            frame = report_frame_html(name, report.read_text(encoding="utf-8"))
            kinds = gr.update(choices=kind_choices(run.records), value=ALL)
            return {self._report: frame, self._kind: kinds, self._questions: self._questions_of(name, ALL)}
        except Exception as error:
            alert = _alert(error)
            return {self._report: alert, self._kind: gr.update(choices=[], value=None), self._questions: alert}

    def _questions_of(self, name: str | None, kind: str | None) -> str:
        try:
            if not name or not kind:
                return ""
            run = self._runs.load(name)
            return questions_html(run.records, kind, run.info.index["name"])
        except Exception as error:
            return _alert(error)

    def _picked(self, event: gr.EventData) -> tuple[str, str]:
        return str(event.ask), str(event.index)


def _alert(error: Exception) -> Markup:
    lines = problem_lines(error.problems) if isinstance(error, QuestionProblems) else []
    return alert_html(message_of(error, "the tab of evaluation"), lines)
