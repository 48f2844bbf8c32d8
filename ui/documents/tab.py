"""The tab of documents: collections, what they hold, uploads, and bringing them in step."""

from collections.abc import Callable
from pathlib import Path

import gradio as gr
from markupsafe import Markup

from rag.errors import IndexFolderError, RagError
from rag.formats.folder import SkippedFile
from rag.library.document_rows import document_rows
from rag.library.library import Library
from rag.library.sizes import size_text
from rag.library.uploads import TOO_LARGE, take_files
from ui.common.errors import SECONDS_SHOWN, told
from ui.common.events import QUIET, Queued, Shown
from ui.common.notices import alert_html, status_html
from ui.common.texts import text
from ui.documents.documents_html import about_html, report_html, table_html, update_html

View = Callable[[str, str], Markup]
"""What is shown of a collection's document, by the collection's name and the document's id."""

_IN_TURN: Queued = {"concurrency_limit": 1, "concurrency_id": "documents"}
"""For events that tell how things stand: what was looked at first is shown first, and nothing older last."""

_SHOW_DOCUMENT = "() => document.getElementById('library-document').scrollIntoView({ block: 'nearest' })"


class Documents:
    """The parts of the tab; `collection` has the name of the one that is chosen, `timer` ticks while one is updated."""

    def __init__(self, library: Library, collection: gr.State, timer: gr.Timer, view: View) -> None:
        self._library = library
        self._collection = collection
        self._view = view
        # An update goes on whoever looks; a page that does asks how far it is. Only what is not in a tab ticks always.
        self._timer = timer
        with gr.Row(elem_id="documents-tab"):
            with gr.Column(scale=3):
                self._about = gr.HTML()
                self._words = gr.Textbox(label=text("documents.find"), elem_id="find-document")
                self._table = gr.HTML(elem_id="document-list")
            with gr.Column(scale=2):
                self._upload = gr.File(
                    label=text("documents.upload"), file_count="multiple", elem_id="upload", height=150
                )
                with gr.Row():
                    self._update = gr.Button(text("documents.update"), size="sm", elem_id="update")
                    self._stop = gr.Button(text("documents.stop"), size="sm", visible=False)
                self._rebuild = gr.Checkbox(label=text("documents.rebuild"), elem_id="rebuild")
                self.said = gr.HTML(elem_id="indexing")
                self._document = gr.HTML(elem_id="library-document")
        self._page = gr.HTML(visible="hidden", js_on_load="window.footnote.listen('documents', trigger)")
        self._progress = [self.said, self._stop, self._update, self._timer]
        self.parts = [
            *(self._about, self._table, *self._progress, self._document, self._collection),
        ]

    def listen(self, tab: gr.Tab) -> None:
        """Do what the tab offers."""
        here, listed = self._collection, [self._collection, self._words]
        self.take(self._upload)
        self._update.click(self._updated, [here, self._rebuild], self._progress, **_IN_TURN, **QUIET)
        self._page.retry(self._retried, here, self._progress, **_IN_TURN, **QUIET)
        self._page.upload(self._refused, None, None, trigger_mode="multiple", **QUIET)
        self._stop.click(self._stopped, here, None, **_IN_TURN, **QUIET)
        self._timer.tick(self._looked, listed, [*self._progress, self._table], trigger_mode="once", **_IN_TURN, **QUIET)
        self._words.change(self._listed, listed, self._table, trigger_mode="always_last", **_IN_TURN, **QUIET)
        tab.select(self.shown, listed, self.parts, **_IN_TURN, **QUIET)
        here.change(self.shown, listed, self.parts, **_IN_TURN, **QUIET).then(lambda: "", None, self._document, **QUIET)
        self._page.delete(self._removed, listed, self.parts, **_IN_TURN, **QUIET)
        self._page.select(self._opened, here, self._document, **QUIET).then(None, js=_SHOW_DOCUMENT)

    def take(self, upload: gr.File) -> None:
        """Take what is given to `upload` into the collection, and empty it."""
        taken = upload.upload(self._uploaded, [upload, self._collection], self.parts, **_IN_TURN, **QUIET)
        taken.then(lambda: None, None, upload, **QUIET)

    def shown(self, name: str, words: str = "") -> Shown:
        """The tab for a collection: its documents with `words` in their names, and how far its update is, if any."""
        try:
            folder, is_own = self._library.folder(name), self._library.is_own(name)
        except IndexFolderError:
            folder, is_own = None, False
        return {
            self._about: about_html(name, folder, is_own),
            self._table: self._listed(name, words),
        } | self._updating(name)

    def _listed(self, name: str, words: str) -> Markup:
        try:
            folder = self._library.folder(name)
            rows = document_rows(self._library.config, name, folder)
            return table_html(rows, words, None if self._library.is_own(name) else folder)
        except IndexFolderError as error:
            return alert_html(str(error))

    def _updating(self, name: str) -> Shown:
        """How far the update of a collection is, or what came of the last one."""
        is_running = self._library.running_update(name) is not None
        return {
            self.said: update_html(self._library.last_update(name)),
            self._stop: gr.update(visible=is_running),
            self._update: gr.update(interactive=not is_running),
            self._timer: gr.Timer(active=is_running),
        }

    def _looked(self, name: str, words: str) -> Shown:
        shown = self._updating(name)
        if not self._library.running_update(name):
            shown[self._table] = self._listed(name, words)
        return shown

    def _uploaded(self, files: list[str] | None, name: str) -> Shown:
        with told():
            own, taken, refused = take_files(self._library, name, [Path(file) for file in files or []])
        shown = self.shown(own) | {self._collection: own}
        return shown if taken else shown | {self.said: report_html(None, refused)}

    def _stopped(self, name: str) -> None:
        with told():
            self._library.stop_update(name)

    def _refused(self, event: gr.EventData) -> None:
        """Say which files were too large to be sent at all."""
        most = self._library.config.max_file_megabytes
        refused = [
            SkippedFile(file["name"], TOO_LARGE.format(size=size_text(file["size"]), most=most)) for file in event.files
        ]
        gr.Warning(report_html(None, refused), title=text("app.error"), duration=SECONDS_SHOWN)

    def _updated(self, name: str, rebuild: bool) -> Shown:
        self._library.begin_update(name, rebuild)
        return self._updating(name)

    def _retried(self, name: str, event: gr.EventData) -> Shown:
        self._library.begin_update(name, files=[str(event.document)])
        return self._updating(name)

    def _opened(self, name: str, event: gr.EventData) -> Markup:
        try:
            return self._view(name, str(event.document))
        except RagError as error:
            return alert_html(str(error))

    def _removed(self, name: str, words: str, event: gr.EventData) -> Shown:
        document = str(event.document)
        with told():
            self._library.remove(name, document)
        said = status_html(text("documents.removed_one", document=document))
        return {self._table: self._listed(name, words), self._document: "", self.said: said}
