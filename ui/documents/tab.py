"""The tab of documents: collections, what they hold, uploads, and bringing them in step."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import gradio as gr
from gradio.blocks import Block
from markupsafe import Markup

from rag.build import list_documents
from rag.errors import IndexFolderError, RagError
from rag.formats.folder import SkippedFile, document_path, find_files
from rag.ingest.update import IndexReport
from rag.store.manifest import MANIFEST_FILE
from ui.common.errors import told
from ui.common.events import QUIET, Shown
from ui.common.job import LOOKED_EVERY_SECONDS, Job, newest
from ui.common.notices import alert_html, status_html
from ui.common.texts import text
from ui.documents.documents_html import DocumentRow, about_html, delete_html, progress_html, report_html, table_html
from ui.documents.indexing import begin_update
from ui.documents.library import Library
from ui.documents.uploads import put_files


class Documents:
    """The parts of the tab; `collection` is the part of the page in which one is chosen."""

    def __init__(self, library: Library, collection: gr.Dropdown) -> None:
        self._library = library
        self._collection = collection
        self._at_work: dict[str | None, Job[IndexReport]] = {}
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
                    self._stop = gr.Button(text("documents.stop"), size="sm", visible=False, variant="stop")
                self._rebuild = gr.Checkbox(label=text("documents.rebuild"), elem_id="rebuild")
                self._said = gr.HTML(elem_id="indexing")
                self._name = gr.Textbox(
                    label=text("documents.create"), submit_btn=text("documents.create_button"), elem_id="create"
                )
                self._delete = gr.HTML(elem_id="delete-collection")
        self._page = gr.HTML(visible="hidden", js_on_load="window.footnote.listen('documents', trigger)")
        self.parts = [
            *(self._about, self._table, self._said, self._upload, self._stop, self._update),
            *(self._delete, self._collection, self._name),
        ]

    def listen(self, tab: gr.Tab, new_talk: Callable[..., Shown], chat_parts: Sequence[Block]) -> None:
        """Do what the tab offers; `new_talk` gives what the chat shows, in `chat_parts`, of another collection."""
        for work in (
            self._upload.upload(self._uploaded, [self._upload, self._collection], self.parts, **QUIET),
            self._update.click(self._updated, [self._collection, self._rebuild], self.parts, **QUIET),
        ):
            # Another collection may have been chosen meanwhile.
            work.then(self.shown, self._collection, self.parts, **QUIET)
        self._stop.click(self._stopped, None, None, **QUIET)
        listed = [self._collection, self._words]
        self._words.change(self._listed, listed, self._table, trigger_mode="always_last", **QUIET)
        tab.select(self.shown, self._collection, self.parts, **QUIET)
        self._collection.change(self.shown, self._collection, self.parts, **QUIET)
        self._page.delete(self._removed, self._collection, self.parts, **QUIET)
        for change in (
            self._name.submit(self._created, self._name, self.parts, **QUIET),
            self._page.clear(self._deleted, self._collection, self.parts, **QUIET),
        ):
            change.success(new_talk, self._collection, chat_parts, **QUIET)

    def shown(self, name: str) -> Shown:
        """The tab for a collection."""
        try:
            folder, is_own = self._library.folder(name), self._library.is_own(name)
        except IndexFolderError:
            folder, is_own = None, False
        return {
            self._about: about_html(name, folder, is_own),
            self._table: self._listed(name, ""),
            self._delete: delete_html(name, is_own),
        }

    def _listed(self, name: str, words: str) -> Markup:
        return table_html(self._rows(name), words)

    def _rows(self, name: str) -> list[DocumentRow]:
        """The documents of a collection, and the files of its folder that are not in it yet."""
        folder = self._library.folder(name)
        try:
            infos = list_documents(self._library.config, name)
            written = (self._library.config.index_folder(name) / MANIFEST_FILE).stat().st_mtime
        except (IndexFolderError, OSError):
            infos, written = [], 0.0
        try:
            files = {document_path(folder, file): file for file in find_files(folder)} if folder else {}
        except RagError:
            files = {}
        rows = []
        for info in infos:
            size, changed = _size_and_time(files.get(info.id))
            state = "gone" if size is None else "changed" if changed > written else "indexed"
            figures = info.pages, info.passages, size, state
            rows.append(DocumentRow(info.id, info.title, info.type, *figures, info.encoding, info.notes))
        known = {info.id for info in infos}
        for path, file in files.items():
            if path not in known:
                rows.append(DocumentRow(path, "", file.suffix.lstrip("."), 0, 0, _size_and_time(file)[0], "new"))
        return rows

    def _uploaded(self, files: list[str] | None, name: str, request: gr.Request) -> Iterator[Shown]:
        with told():
            given = [(Path(file).name, Path(file)) for file in files or []]
            own = self._library.for_uploads(name)
            folder = self._library.folder(own)
            taken, refused = put_files(given, folder, self._library.config.max_file_megabytes) if folder else ([], [])
        moved = {} if own == name else self._chosen(own)
        # A report means that it is done.
        yield {self._upload: None, self._said: progress_html() if taken else report_html(None, refused)} | moved
        if taken:
            yield from self._worked(own, False, refused, request)

    def _updated(self, name: str, rebuild: bool, request: gr.Request) -> Iterator[Shown]:
        yield from self._worked(name, rebuild, [], request)

    def _worked(self, name: str, rebuild: bool, refused: list[SkippedFile], request: gr.Request) -> Iterator[Shown]:
        """What to show while a collection is brought in step."""
        yield {
            self._said: progress_html(),
            self._stop: gr.update(visible=True),
            self._update: gr.update(interactive=False),
        }
        now = begin_update(self._library, name, rebuild)
        self._at_work[request.session_hash] = now.job
        progress = None
        try:
            while not now.job.wait(LOOKED_EVERY_SECONDS) and now.job.progress.state == "running":
                progress = newest(now.progress) or progress
                yield {self._said: progress_html(progress)}
        finally:
            # Also where the page was closed meanwhile.
            now.job.call_off()
            self._at_work.pop(request.session_hash, None)
        if report := now.job.result:
            said = report_html(report, refused)
        elif now.job.message:
            said = alert_html(now.job.message) + (report_html(None, refused) if refused else "")
        else:
            said = status_html(text("documents.stopped"))
        yield {self._said: said, self._stop: gr.update(visible=False), self._update: gr.update(interactive=True)}

    def _stopped(self, request: gr.Request) -> None:
        if job := self._at_work.get(request.session_hash):
            job.call_off()

    def _removed(self, name: str, event: gr.EventData) -> Shown:
        document = str(event.document)
        with told():
            self._library.remove(name, document)
        return self.shown(name) | {self._said: status_html(text("documents.removed_one", document=document))}

    def _created(self, name: str) -> Shown:
        with told():
            return self._chosen(self._library.create(name)) | {self._name: "", self._said: ""}

    def _deleted(self, name: str) -> Shown:
        with told():
            self._library.delete(name)
        return self._chosen(self._library.names()[0]) | {self._said: ""}

    def _chosen(self, name: str) -> Shown:
        """The tab for a collection that is chosen now, by the page too."""
        return self.shown(name) | {self._collection: gr.update(choices=self._library.names(), value=name)}


def _size_and_time(file: Path | None) -> tuple[int | None, float]:
    try:
        found = file.stat() if file else None
    except OSError:
        found = None
    return (found.st_size, found.st_mtime) if found else (None, 0.0)
