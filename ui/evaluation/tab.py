"""The tab of evaluation: a question set is asked, and the runs so far are looked at, one at a time."""

from dataclasses import dataclass
from pathlib import Path

import gradio as gr
from gradio.blocks import Block
from gradio.events import Dependency

from rag.library.library import Library
from rag.library.rights import own_folder
from rag.library.runs import Runs
from ui.common.events import QUIET, Shown
from ui.evaluation.asking import Asking
from ui.evaluation.evaluation_html import runs_html
from ui.evaluation.question_sets import QuestionSets
from ui.evaluation.run_view import RunView


@dataclass(frozen=True, slots=True)
class EvaluationTab:
    """Where the window hooks on: after `picked`, `question` is to be asked in the chat of the collection `index`."""

    question: gr.State
    index: gr.State
    picked: Dependency


def evaluation_tab(library: Library, data_folder: Path, collection: gr.State) -> EvaluationTab:
    """The content of a gr.Tab; `collection` is the part of the page in which the collection to be asked is chosen."""
    parts = _Parts(library, data_folder, collection)
    return EvaluationTab(parts.question, parts.index, parts.listen())


class _Parts:
    """The parts of the tab, and what happens to them."""

    def __init__(self, library: Library, data_folder: Path, collection: gr.State) -> None:
        self._runs = Runs(lambda: own_folder(data_folder) / "runs")
        self._collection = collection
        self._chosen = gr.State("")
        with gr.Column(elem_id="evaluation") as self._whole:
            self._asking = Asking(
                library, QuestionSets(lambda: own_folder(data_folder) / "questions"), self._runs, collection
            )
            self._list = gr.HTML(elem_id="runs")
            self._view = RunView(self._runs, self._chosen)
        self._page = gr.HTML(visible="hidden", js_on_load="window.footnote.listen('evaluation', trigger)")
        self.question, self.index = gr.State(""), gr.State("")

    def listen(self) -> Dependency:
        """Do what the tab offers; the event that a question is to be asked in the chat."""
        shown: list[Block] = [self._chosen, self._list, *self._view.parts]
        ended = self._asking.listen(self._run_shown, shown)
        ended.then(self._listed, self._chosen, self._list, **QUIET)
        self._view.listen()
        self._collection.change(
            lambda index: self._asking.offered(index, None), self._collection, self._asking.parts, **QUIET
        )
        if isinstance(tab := self._whole.parent, gr.Tab):
            offered = tab.select(self._asking.offered, self._asking.opened, self._asking.parts, **QUIET)
            offered.then(self._listed, self._chosen, self._list, **QUIET).then(
                self._asking.followed, None, self._asking.work, concurrency_limit=None, **QUIET
            ).then(self._listed, self._chosen, self._list, **QUIET)
        self._page.select(self._selected, None, shown, **QUIET)
        return self._page.click(self._picked, None, [self.question, self.index], **QUIET)

    def _listed(self, chosen: str) -> str:
        return runs_html(self._runs.listed(), chosen)

    def _selected(self, event: gr.EventData) -> Shown:
        return self._run_shown(str(event.run))

    def _run_shown(self, name: str) -> Shown:
        return {self._chosen: name, self._list: self._listed(name)} | self._view.shown(name)

    def _picked(self, event: gr.EventData) -> tuple[str, str]:
        return str(event.ask), str(event.index)
