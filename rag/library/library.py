"""Library: the collections that are offered, an index each, opened when first asked and kept in step."""

import shutil
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path

from filelock import FileLock

from rag import DEFAULT_INDEX
from rag.build import Notify, build_index, open_catalog, open_engine, remove_document
from rag.config import Config, check_index_name
from rag.engine import CitedQueryEngine
from rag.errors import DocumentError, IndexFolderError, RagError
from rag.formats.folder import SkippedFile, find_files
from rag.ingest.report import IndexReport, NothingIndexedError, OnProgress
from rag.library.checks import Check
from rag.library.open_engines import OpenEngines
from rag.library.renaming import OnMoved, documents_folder, finish_renaming, rename_collection
from rag.library.rights import CALLER, AllRights, Level, NotAllowedError, Rights, acting_with
from rag.library.turnstile import Turnstile, turnstile_of
from rag.library.updates import Updates, Updating
from rag.store.catalog import StoredIndex, Version
from rag.text.words import is_utf8

NAMES_LOCK = "names.lock"
_SECONDS_TO_WAIT = 30.0

OWN_NAME = "my-documents"
"""The collection that uploads go into, where those on the one that is chosen cannot."""

NO_INDEX = "There is no index “{name}” any more. Choose another collection."
EMPTY = "The collection “{name}” is empty. Upload documents to it."
TAKEN = "There is a collection “{name}” already. Give another name."
NOT_MADE = "{folder} cannot be written ({reason}). Change its permissions, or set RAG_DATA_DIR."
NOT_DELETED = "The files of “{name}” cannot be deleted ({reason})."
NOT_RENAMED = "“{name}” cannot be renamed ({reason}). It is called as before."
SEEDS_STAY = "“{name}” holds the examples that come with Footnote, and keeps its name."
MAY_NOT = "You may read the collection “{name}”, and not change it so. Ask its owner."
NO_DOCUMENT = "There is no document {document}."
MAY_NOT_CREATE = "You may not make collections."
BUSY = "“{name}” is being brought up to date. Stop that, or wait until it is done."
NO_FILES = (
    "{folder}: no document in it of a type that can be read. What was indexed before is kept; remove it if need be."
)

Rewording = Callable[[StoredIndex], AbstractContextManager[None]]
"""Given an index: within it, errors of that index are raised in other words."""


@dataclass(frozen=True, slots=True)
class Collection:
    """A collection as a menu lists it: documents and bytes of its index, and whether it was made here."""

    name: str
    documents: int
    bytes: int
    is_own: bool


class Library:
    """The collections under the folders of a Config. Safe to share between threads and visitors.

    A collection that was made here keeps its documents in a folder of its own, into which uploads go; any other mirrors
    a folder of the person's, in which nothing is ever written or deleted. `rewording` has errors of an index told in
    other words, where who reads them has buttons and no commands. Whatever is done is done with the rights of the
    CALLER, or with those `otherwise` where there is none; a collection that may not be read is as if it were not there.
    """

    def __init__(
        self,
        config: Config,
        notify: Notify = lambda message: None,
        rewording: Rewording = lambda index: nullcontext(),
        otherwise: Rights | None = None,
    ) -> None:
        self.config = config
        self.catalog = open_catalog(config)
        self._otherwise = otherwise or AllRights()
        self._rewording = rewording
        self.updates = Updates()
        self.turnstile = turnstile_of(config)
        """What is asked of collections goes through it, by whatever way."""
        self.evaluations = Turnstile(1, sys.maxsize, sys.maxsize, sys.maxsize, time.monotonic)
        """Through which evaluations go, one after the other, whoever begins them."""
        self.checks: list[Check] = []
        """What those look at besides who keep something for its visitors."""
        self._notify = notify
        self.engines = OpenEngines(self._open, self._version)
        # A name that was free is not given twice, whichever process gives it.
        self._names_lock = FileLock(config.data_dir / NAMES_LOCK)

    def names(self) -> list[str]:
        """The collections that may be read, sorted; the one of the seeds always."""
        rights = self._rights
        return [name for name in self._all_names() if rights.level(name) >= Level.READ]

    @contextmanager
    def _naming(self) -> Iterator[None]:
        folder = self.config.data_dir
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._names_lock.acquire(timeout=_SECONDS_TO_WAIT)
        except OSError as error:
            raise RagError(NOT_MADE.format(folder=folder, reason=error.strerror or error)) from None
        try:
            yield
        finally:
            self._names_lock.release()

    def _all_names(self) -> list[str]:
        return sorted({DEFAULT_INDEX, *self.catalog.names(), *_folders(self._documents)})

    def collections(self) -> list[Collection]:
        """The collections there are, sorted, as their manifests describe them."""
        return [self._described(name) for name in self.names()]

    def engine(self, name: str) -> CitedQueryEngine:
        """What answers from a collection as it is now. Raises RagError."""
        self._check(name, Level.READ)
        return self.engines.get(name)

    def check_readable(self, name: str) -> None:
        """Raise IndexFolderError where the caller may not read a collection any more, for work that lasts."""
        with acting_with(self._rights.now()):
            self._check(name, Level.READ)

    def folder(self, name: str) -> Path | None:
        """The folder whose documents a collection holds; None where its index is gone. Raises IndexFolderError."""
        self._check(name, Level.READ)
        return self._documents / name if self.is_own(name) else self.catalog.index(name).documents_folder()

    def is_own(self, name: str) -> bool:
        """Whether a collection was made here."""
        check_index_name(name)
        return (self._documents / name).is_dir()

    def create(self, name: str) -> str:
        """A new, empty collection; its name, trimmed. Raises RagError where there is one, or none can be called so."""
        name = name.strip()
        if not self._rights.may_create():
            raise NotAllowedError(MAY_NOT_CREATE)
        with self._naming():
            self._check_free(name, self._all_names())
            self._make(name)
            self._rights.created(name)
        return name

    def rename(self, name: str, new: str, on_moved: OnMoved = lambda name, new: None) -> str:
        """Give a collection another name; the new one, trimmed. Raises RagError.

        Where it was made here, its documents move along; a folder of the person's stays as it is. `on_moved` is called
        in between, so that what it changes is changed too if this is interrupted: see `finish_renaming`.
        """
        new = new.strip()
        if name == DEFAULT_INDEX:
            raise RagError(SEEDS_STAY.format(name=name))
        self._check(name, Level.OWN)
        if new == name:
            return name
        self._check_idle(name)
        with self._naming(), self.engines.without(name):
            names = self._all_names()
            if name not in names:
                raise RagError(NO_INDEX.format(name=name))
            self._check_free(new, [known for known in names if known != name])
            try:
                if self._version(new) is None:
                    # What an interrupted first build left there.
                    self.catalog.index(new).delete()
                rename_collection(self.config, name, new, self._taking_along(on_moved))
            except OSError as error:
                raise RagError(NOT_RENAMED.format(name=name, reason=error.strerror)) from None
        self.updates.forget(name)
        return new

    def finish_renaming(self, on_moved: OnMoved) -> None:
        """Do the rest of a renaming during which the program was killed, if there is one. Raises RagError."""
        try:
            finish_renaming(self.config, self._taking_along(on_moved))
        except OSError as error:
            raise RagError(f"{error.filename}: {error.strerror}") from None

    def _taking_along(self, on_moved: OnMoved) -> OnMoved:
        """`on_moved`, after rights; both may be done once more where they were interrupted."""

        def moved(old: str, new: str) -> None:
            self._rights.renamed(old, new)
            on_moved(old, new)

        return moved

    def for_uploads(self, name: str) -> str:
        """The collection that files dropped on `name` go into: itself where it was made here, else one for uploads."""
        if self.is_own(name) and self._rights.level(name) >= Level.WRITE:
            return name
        names = (f"{OWN_NAME}-{number}" if number > 1 else OWN_NAME for number in count(1))
        with self._naming():
            taken = self._all_names()
            # Each account has one of its own.
            own = next(one for one in names if one not in taken or self._rights.owns(one))
            return own if own in taken else self.create(own)

    def delete(self, name: str) -> None:
        """Delete an index, and the documents where the collection was made here. Raises RagError."""
        index = self.catalog.index(name)
        self._check(name, Level.OWN)
        self._check_idle(name)
        with self.engines.without(name):
            index.delete()
            try:
                if self.is_own(name):
                    shutil.rmtree(self._documents / name)
            except OSError as error:
                raise RagError(NOT_DELETED.format(name=name, reason=error.strerror)) from None
        self._rights.deleted(name)
        self.updates.forget(name)

    def begin_update(
        self, name: str, rebuild: bool = False, files: Sequence[str] = (), refused: Sequence[SkippedFile] = ()
    ) -> Updating:
        """Begin to bring a collection in step, whoever looks on; of an upload, `files` were taken and `refused` not."""
        self._check(name, Level.WRITE)
        return self.updates.begin(name, partial(self.update, name, rebuild=rebuild), files, refused)

    def last_update(self, name: str) -> Updating | None:
        """The update of a collection that was begun last; None where it may not be read."""
        return self.updates.last(name) if self._rights.level(name) else None

    def running_update(self, name: str) -> Updating | None:
        """The update of a collection that is not over; None where it may not be read."""
        return self.updates.running(name) if self._rights.level(name) else None

    def stop_update(self, name: str) -> None:
        """End what is going on in a collection. Raises RagError."""
        self._check(name, Level.WRITE)
        self.updates.stop(name)

    def update(self, name: str, on_progress: OnProgress, rebuild: bool = False) -> IndexReport:
        """Bring a collection in step with its folder: see rag.ingest.update.update_index. Raises RagError."""
        self._check(name, Level.WRITE)
        folder = self.folder(name)
        if folder is None:
            raise RagError(NO_INDEX.format(name=name))
        if not find_files(folder):
            raise RagError(NO_FILES.format(folder=folder))
        index = self.catalog.index(name)
        with self._rewording(index):
            if self.is_own(name) and self._version(name) and not rebuild:
                # Which may have been moved with all of its data.
                index.set_documents_folder(folder.resolve())
            try:
                return build_index(folder, self.config, name, rebuild, on_progress, self._notify)
            except NothingIndexedError as error:
                return error.report

    def remove(self, name: str, document_id: str) -> None:
        """Take a document out of a collection; its file too where the collection was made here. Raises RagError."""
        self._check(name, Level.WRITE)
        if "\0" in document_id or not is_utf8(document_id):
            raise DocumentError(NO_DOCUMENT.format(document=repr(document_id)))
        self._check_idle(name)
        file = self._documents / name / document_id
        is_own = self.is_own(name) and file.resolve().is_relative_to((self._documents / name).resolve())
        if not is_own or self._version(name):
            try:
                with self._rewording(self.catalog.index(name)):
                    remove_document(self.config, name, document_id)
            except DocumentError:
                # It may not be indexed yet.
                if not (is_own and file.is_file()):
                    raise
        if is_own:
            try:
                file.unlink(missing_ok=True)
            except OSError as error:
                raise RagError(NOT_DELETED.format(name=document_id, reason=error.strerror)) from None
        self.updates.forget(name)

    @property
    def _rights(self) -> Rights:
        return CALLER.get(self._otherwise)

    def _check(self, name: str, level: Level) -> None:
        """Raise NotAllowedError where the caller may not do so much; what may not even be read is not there."""
        held = self._rights.level(name)
        if held < Level.READ:
            raise IndexFolderError(NO_INDEX.format(name=name))
        if held < level:
            raise NotAllowedError(MAY_NOT.format(name=name))

    @property
    def _documents(self) -> Path:
        return documents_folder(self.config)

    def _described(self, name: str) -> Collection:
        try:
            index = self.catalog.index(name)
            return Collection(name, index.manifest().documents, index.size(), self.is_own(name))
        except IndexFolderError:
            return Collection(name, 0, 0, self.is_own(name))

    def _check_free(self, name: str, taken: Sequence[str]) -> None:
        check_index_name(name)
        if name.casefold() in (known.casefold() for known in taken):
            raise RagError(TAKEN.format(name=name))

    def _check_idle(self, name: str) -> None:
        if self.updates.running(name):
            raise RagError(BUSY.format(name=name))

    def _make(self, name: str) -> None:
        try:
            (self._documents / name).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RagError(NOT_MADE.format(folder=self._documents, reason=error.strerror)) from None

    def _open(self, name: str) -> CitedQueryEngine:
        index, is_own = self.catalog.index(name), self.is_own(name)
        with self._rewording(index):
            if is_own and (self._version(name) is None or not index.manifest().documents):
                raise RagError(EMPTY.format(name=name))
            if self._version(name) is None and name != DEFAULT_INDEX:
                raise RagError(NO_INDEX.format(name=name))
            return open_engine(self.config, name, self._notify)

    def _version(self, name: str) -> Version | None:
        """What changes with an index; None where there is none."""
        return self.catalog.index(name).version()


def _folders(parent: Path) -> list[str]:
    try:
        return [folder.name for folder in parent.iterdir() if folder.is_dir()]
    except OSError:
        return []
