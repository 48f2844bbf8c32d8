"""Library: the collections that the window offers, an index each, opened when first asked and kept in step."""

import os
import shutil
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from rag import DEFAULT_INDEX
from rag.build import Notify, build_index, open_engine, remove_document
from rag.config import Config
from rag.engine import CitedQueryEngine
from rag.errors import IndexFolderError, RagError
from rag.ingest.update import IndexReport, OnProgress
from rag.store.files import delete_index
from rag.store.manifest import MANIFEST_FILE, load_manifest
from ui.common.texts import text

KEPT_OPEN = 4
"""Collections that stay open, those asked last: each takes the memory of its models."""

_Version = tuple[int, int]


@dataclass(slots=True)
class _Opened:
    version: _Version | None
    engine: CitedQueryEngine


class Library:
    """The collections under the folders of a Config. Safe to share between threads and visitors.

    A collection that was made here keeps its documents in a folder of its own, into which uploads go; any other mirrors
    a folder of the person's, in which nothing is ever written or deleted.
    """

    def __init__(self, config: Config, notify: Notify = lambda message: None) -> None:
        self.config = config
        self._notify = notify
        self._opened: OrderedDict[str, _Opened] = OrderedDict()
        self._lock = Lock()

    def names(self) -> list[str]:
        """The collections there are, sorted; the one of the seeds always."""
        indexes = _folders(self.config.index_dir, lambda folder: os.path.exists(folder / MANIFEST_FILE))
        return sorted({DEFAULT_INDEX, *indexes, *_folders(self._documents, lambda folder: True)})

    def engine(self, name: str) -> CitedQueryEngine:
        """What answers from a collection as it is now. Raises RagError."""
        with self._lock:
            version, opened = self._version(name), self._opened.get(name)
            if opened is None or opened.version != version:
                # A visitor who is being answered goes on with the engine that he has; it closes after the last one.
                self._opened.pop(name, None)
                opened = _Opened(version, self._open(name))
                self._opened[name] = opened
            self._opened.move_to_end(name)
            while len(self._opened) > KEPT_OPEN:
                self._opened.popitem(last=False)
            return opened.engine

    def folder(self, name: str) -> Path | None:
        """The folder whose documents a collection holds; None where its index is gone."""
        if self.is_own(name):
            return self._documents / name
        try:
            return Path(load_manifest(self.config.index_folder(name)).folder)
        except IndexFolderError:
            return None

    def is_own(self, name: str) -> bool:
        """Whether a collection was made here."""
        self.config.index_folder(name)
        return (self._documents / name).is_dir()

    def create(self, name: str) -> str:
        """A new, empty collection; its name, trimmed. Raises RagError where there is one, or none can be called so."""
        name = name.strip()
        self.config.index_folder(name)
        if name.casefold() in (known.casefold() for known in self.names()):
            raise RagError(text("documents.taken", name=name))
        self._make(name)
        return name

    def for_uploads(self, name: str) -> str:
        """The collection that files dropped on `name` go into: itself where it was made here, else one for uploads."""
        if self.is_own(name):
            return name
        own = text("documents.own_name")
        self._make(own)
        return own

    def delete(self, name: str) -> None:
        """Delete an index, and the documents where the collection was made here. Raises RagError."""
        index = self.config.index_folder(name)
        with self._lock:
            self._opened.pop(name, None)
            delete_index(index)
            try:
                if self.is_own(name):
                    shutil.rmtree(self._documents / name)
            except OSError as error:
                raise RagError(text("documents.not_deleted", name=name, reason=error.strerror)) from None

    def update(self, name: str, on_progress: OnProgress, rebuild: bool = False) -> IndexReport:
        """Bring a collection in step with its folder: see rag.ingest.update.update_index. Raises RagError."""
        folder = self.folder(name)
        if folder is None:
            raise RagError(text("documents.no_folder", name=name))
        return build_index(folder, self.config, name, rebuild, on_progress, self._notify)

    def remove(self, name: str, document_id: str) -> None:
        """Take a document out of a collection; its file too where the collection was made here. Raises RagError."""
        remove_document(self.config, name, document_id)
        if self.is_own(name):
            file = self._documents / name / document_id
            if file.resolve().is_relative_to((self._documents / name).resolve()):
                file.unlink(missing_ok=True)

    @property
    def _documents(self) -> Path:
        return self.config.data_dir / "documents"

    def _make(self, name: str) -> None:
        try:
            (self._documents / name).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RagError(text("documents.not_made", folder=self._documents, reason=error.strerror)) from None

    def _open(self, name: str) -> CitedQueryEngine:
        if self.is_own(name) and self._version(name) is None:
            raise RagError(text("documents.empty", name=name))
        return open_engine(self.config, name, self._notify)

    def _version(self, name: str) -> _Version | None:
        """What changes with the manifest of an index; None where there is none."""
        try:
            found = os.stat(self.config.index_folder(name) / MANIFEST_FILE)
        except OSError:
            return None
        return found.st_mtime_ns, found.st_ino


def _folders(parent: Path, is_one: Callable[[Path], bool]) -> list[str]:
    try:
        return [folder.name for folder in parent.iterdir() if folder.is_dir() and is_one(folder)]
    except OSError:
        return []
