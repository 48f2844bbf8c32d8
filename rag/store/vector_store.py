"""FaissStore: a LlamaIndex vector store in one folder, FAISS for vectors, tantivy for words, SQLite for the rest."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

from llama_index.core.schema import BaseNode
from pydantic import PrivateAttr

from rag.errors import IndexFolderError
from rag.store.calibration import Calibration
from rag.store.copying import copy_contents
from rag.store.faiss_flat import FaissIndex
from rag.store.files import index_lock, writing
from rag.store.index_store import IndexStore
from rag.store.manifest import MANIFEST_FILE, Manifest, build_again, load_manifest, manifest_bytes
from rag.store.snapshot import FolderContents
from rag.store.transaction import Change

UNKNOWN_EMBEDDING = "unknown"
"""Of a store that others put vectors into."""


class FaissStore(IndexStore):
    """An index in one folder. Dense search is exact under filters and up to FLAT_LIMIT passages (faiss_ivf.py), and
    approximate, ranked in full precision, beyond. `persist` makes a change current by one atomic rename.

    `FaissStore(folder, dimension)` is a store for a LlamaIndex VectorStoreIndex of any making: what `folder` holds, or
    an empty one, in which each `add` and `delete` is current when it returns.
    """

    folder: Path

    _contents: FolderContents = PrivateAttr()
    _change: Change | None = PrivateAttr(default=None)
    _is_current_at_once: bool = PrivateAttr(default=False)

    def __init__(self, folder: Path | str, dimension: int | None = None, *, manifest: Manifest | None = None) -> None:
        """Of a store that is opened or made by `open` or `create`, `manifest` is its manifest.

        Raises IndexFolderError where `folder` holds vectors of another dimension, or nothing and no dimension is given.
        """
        folder = Path(folder)
        if manifest:
            super().__init__(stores_text=True, folder=folder, manifest=manifest)
            return
        is_new = not (folder / MANIFEST_FILE).exists()
        store = self._created(folder, dimension) if is_new else type(self).open(folder)
        super().__init__(stores_text=True, folder=folder, manifest=store.manifest)
        self._contents, self._is_current_at_once = store.contents, True
        if dimension not in (None, self.manifest.dimension):
            self.close()
            raise IndexFolderError(
                f"the index {folder} holds vectors of {self.manifest.dimension} dimensions, not {dimension}."
                " Give another folder, or the embedding that it was made with."
            )

    @classmethod
    def _created(cls, folder: Path, dimension: int | None) -> "FaissStore":
        if dimension is None:
            raise IndexFolderError(f"there is no index in {folder}. Give the dimension of its vectors to begin one.")
        folder.mkdir(parents=True, exist_ok=True)
        store = cls.create(Manifest(str(folder), UNKNOWN_EMBEDDING, dimension, 0, 0, 0), folder)
        store.persist()
        return store

    @classmethod
    def open(cls, folder: Path) -> "FaissStore":
        """The store in `folder`, as of now. Raises IndexFolderError if it is missing or damaged."""
        while True:
            before = manifest_bytes(folder)
            try:
                return cls._open(folder)
            except IndexFolderError:
                # A writer may have removed the files between the manifest and their opening: then look again.
                if manifest_bytes(folder) == before:
                    raise

    @classmethod
    def _open(cls, folder: Path) -> "FaissStore":
        manifest = load_manifest(folder)
        store = cls(folder=folder, manifest=manifest)
        try:
            store._contents = FolderContents.open(folder, manifest)
        except Exception as error:  # each library has its own for what is not its file
            reason = (str(error).splitlines() or [type(error).__name__])[0]
            raise IndexFolderError(
                f"the index {folder} is damaged ({reason}). {build_again(manifest.folder, folder.name)}"
            ) from None
        return store

    @classmethod
    def create(cls, manifest: Manifest, folder: Path) -> "FaissStore":
        """An empty store that replaces whatever `folder` holds once it is persisted. Raises IndexFolderError."""
        store = cls(folder=folder, manifest=manifest)
        store._contents = FolderContents([], None, None)
        store._change = Change(folder, manifest, store._contents, index_lock(folder))
        return store

    @classmethod
    def class_name(cls) -> str:
        """The name under which LlamaIndex serialises this store."""
        return "FaissStore"

    @property
    def name(self) -> str:
        """What the index is called: its folder."""
        return self.folder.name

    @property
    def place(self) -> str:
        """Where the index is, for messages."""
        return str(self.folder)

    @property
    def client(self) -> list[FaissIndex]:
        """The FAISS indexes: the exact ones of the segments, and the approximate one where there is one."""
        return [*(s.flat for s in self._contents.segments), *(self._contents.ann or ())[:1]]

    @property
    def contents(self) -> FolderContents:
        """Its documents and passages, for reading: with the change at hand, where there is one."""
        return self._contents

    def begin(self) -> Change:
        """The change at hand; a new one, which readers do not see, where there is none. Raises IndexFolderError."""
        if self._change is None:
            lock = index_lock(self.folder)
            try:
                self._check_current()
                self._change = Change(self.folder, self.manifest, self._contents, lock)
            except BaseException:
                lock.release()
                raise
        return self._change

    def add(self, nodes: Sequence[BaseNode], **kwargs: Any) -> list[str]:
        """Add nodes with their embeddings; see IndexStore."""
        ids = super().add(nodes, **kwargs)
        self._persist_at_once()
        return ids

    def delete(self, ref_doc_id: str, **delete_kwargs: Any) -> None:
        """Remove a document, its text and its nodes."""
        super().delete(ref_doc_id, **delete_kwargs)
        self._persist_at_once()

    def persist(
        self, persist_path: str = "", fs: Any = None, on_progress: Callable[[str], None] = lambda stage: None
    ) -> None:
        """Make everything written so far current, on disk, in one step; `on_progress` hears of what takes long."""
        if self._change is None:
            return
        with writing(self.folder):
            self.manifest = self._change.persist(on_progress)
        self._change = None

    @property
    def dead_passages(self) -> int:
        """Deleted passages that still take up room."""
        return sum(len(segment.dead_passages) for segment in self._contents.segments)

    def compact(self) -> None:
        """Write the index anew without what was deleted, at once. Raises IndexFolderError."""
        lock = index_lock(self.folder)
        try:
            self._check_current()
            with writing(self.folder):
                change = Change(self.folder, self.manifest.emptied(), FolderContents([], None, None), lock)
                copy_contents(self._contents, change)
                self.manifest = change.persist(lambda stage: None)
        except BaseException:
            lock.release()
            raise
        self._contents.close()
        self._contents = change.contents

    def calibrate(self, calibration: Calibration) -> None:
        """Make `calibration` that of the index, at once. Raises IndexFolderError."""
        lock = index_lock(self.folder)
        try:
            self._check_current()
            manifest = replace(self.manifest, calibration=calibration)
            with writing(self.folder):
                manifest.save(self.folder)
            self.manifest = manifest
        finally:
            lock.release()

    def close(self) -> None:
        """Close the files; what was not persisted is dropped."""
        if self._change is not None:
            self._change.drop()
            self._change = None
        self._contents.close()

    def _writing(self) -> AbstractContextManager[None]:
        return writing(self.folder)

    def _persist_at_once(self) -> None:
        if self._is_current_at_once:
            self.persist()

    def _check_current(self) -> None:
        if load_manifest(self.folder) != self.manifest:
            raise IndexFolderError(f"the index {self.folder} was changed by another program meanwhile. Try again.")
