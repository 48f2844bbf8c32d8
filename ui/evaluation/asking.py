"""The form that a question set is asked with: which set, what of it, as which run, and how far that is."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import date
from pathlib import Path

import gradio as gr
from gradio.blocks import Block
from gradio.events import Dependency
from markupsafe import Markup

from rag.library.job import LOOKED_EVERY_SECONDS, Job, message_of
from rag.library.library import Library
from rag.library.runs import Runs
from ui.common.events import QUIET, Shown, unchanged
from ui.common.notices import alert_html, status_html
from ui.common.texts import text
from ui.evaluation.evaluation_html import problem_lines, progress_html
from ui.evaluation.question_sets import QuestionProblems, QuestionSets

_EVERY_SPLIT = ""


class Asking:
    """The parts of the form; `collection` is the part of the page in which the collection to be asked is chosen."""

    def __init__(self, library: Library, sets: QuestionSets, runs: Runs, collection: gr.State) -> None:
        self._library = library
        self._sets = sets
        self._runs = runs
        self._collection = collection
        with gr.Row(elem_id="evaluation-form"):
            self._set = gr.Dropdown([], label=text("evaluation.set"), elem_id="question-set", scale=3)
            self._split = gr.Dropdown(
                [], label=text("evaluation.split"), elem_id="split", scale=1, min_width=120, visible=False
            )
            self._name = gr.Textbox(label=text("evaluation.name"), max_lines=1, elem_id="run-name", scale=2)
            self._run = gr.Button(
                text("evaluation.run"), variant="primary", elem_id="run", scale=0, min_width=180, interactive=False
            )
        with gr.Row(elem_id="evaluation-more"):
            self._upload = gr.UploadButton(
                text("evaluation.upload"),
                file_types=[".jsonl", ".csv"],
                size="sm",
                elem_id="upload-questions",
                scale=0,
                min_width=220,
            )
            self._cancel = gr.Button(text("evaluation.cancel"), size="sm", variant="stop", visible=False, scale=0)
        self._said = gr.HTML(elem_id="evaluation-said")
        self._progress = gr.HTML(elem_id="run-progress")
        self.parts: list[Block] = [self._set, self._split, self._name, self._run, self._said]

    def listen(self, made: Callable[[str], Shown], shown: list[Block]) -> Dependency:
        """Do what the form offers; the event that a run has ended.

        `made` gives what the parts `shown` are to hold once a run of that name is made.
        """
        self._made = made
        form = [self._set, self._split, self._name]
        self._work: list[Block] = [self._said, self._progress, self._run, self._cancel, self._name, *shown]
        self._set.input(self.set_chosen, [self._collection, self._set], self.parts, **QUIET)
        self._split.input(self._proposed_name, [self._set, self._split], self._name, **QUIET)
        uploaded = [*self.parts, self._upload]
        self._upload.upload(self._uploaded, [self._upload, self._collection], uploaded, **QUIET)
        self._cancel.click(self._called_off, None, self._cancel, **QUIET)
        return self._run.click(self._asked, [self._collection, *form], self._work, concurrency_limit=None, **QUIET)

    def offered(self, index: str, key: str | None) -> Shown:
        """What there is to ask now; what was chosen stays so where it can."""
        choices = self._sets.choices(index)
        if key in [known for _, known in choices]:
            return {self._set: gr.update(choices=choices)}
        return self.set_chosen(index, choices[0][1] if choices else None)

    def set_chosen(self, index: str, key: str | None) -> Shown:
        """The form with a question set chosen."""
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
            self._set: gr.update(choices=choices, value=key, visible=bool(choices)),
            self._split: gr.update(
                choices=[every, *((split, split) for split in splits)], value=_EVERY_SPLIT, visible=bool(splits)
            ),
            self._name: gr.update(value=self._proposed_name(key, _EVERY_SPLIT), visible=bool(choices)),
            self._run: gr.update(visible=bool(choices), interactive=self._runs.running is None),
            self._said: said,
        }

    async def followed(self) -> AsyncIterator[Shown]:
        """What to show while a run goes on that was begun before."""
        async for shown in self._follow(self._runs.running):
            yield shown

    @property
    def opened(self) -> list[Block]:
        """What `offered` asks for, besides what it gives."""
        return [self._collection, self._set]

    @property
    def work(self) -> list[Block]:
        """The parts that change while a run is made."""
        return self._work

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
            return emptied | self.set_chosen(index, key) | {self._said: kept}
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

    def _start(self, index: str, key: str | None, split: str | None, name: str) -> Job[None]:
        file = self._sets.file(key)
        self._sets.read(key)

        return self._runs.evaluate(self._library, index, file, split or None, name)

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
            return idle | {self._progress: alert_html(job.message)}
        key = "evaluation.done" if now.state == "done" else "evaluation.stopped"
        said = status_html(text(key, name=job.name, done=f"{now.done:,}", total=f"{now.total:,}"))
        return idle | {self._progress: said} | (self._made(job.name) if now.state == "done" else {})

    def _called_off(self) -> Shown:
        if job := self._runs.running:
            job.call_off()
        return {self._cancel: gr.update(visible=False)}


def _alert(error: Exception) -> Markup:
    lines = problem_lines(error.problems) if isinstance(error, QuestionProblems) else []
    return alert_html(message_of(error, "the form of evaluation"), lines)
