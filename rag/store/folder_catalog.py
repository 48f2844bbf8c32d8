"""Indexes as folders in one folder."""

import os
from pathlib import Path

from rag.config import check_index_name
from rag.store.catalog import Catalog, OnShare, StoredIndex, VerifyReport, Version
from rag.store.files import delete_index, move_index, set_documents_folder
from rag.store.manifest import MANIFEST_FILE, Manifest, folder_of, load_manifest
from rag.store.vector_store import FaissStore
from rag.store.verify import verify_index


class FolderIndex(StoredIndex):
    """The index in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.name = folder.name

    @property
    def place(self) -> str:
        """Where it is, for messages."""
        return str(self.folder)

    @property
    def deletion(self) -> str:
        """How to delete it, as the end of a sentence."""
        return f"delete the folder {self.folder}"

    def version(self) -> Version | None:
        """What changes with its manifest; None where there is none."""
        try:
            found = os.stat(self.folder / MANIFEST_FILE)
        except OSError:
            return None
        return found.st_mtime_ns, found.st_ino

    def manifest(self) -> Manifest:
        """The settings that it was made with, and its counts."""
        return load_manifest(self.folder)

    def documents_folder(self) -> Path | None:
        """The folder whose documents it holds, told even where the rest of its manifest cannot be used."""
        return folder_of(self.folder)

    def changed_at(self) -> int:
        """When it was last changed, in nanoseconds since 1970; 0 where there is none."""
        try:
            return (self.folder / MANIFEST_FILE).stat().st_mtime_ns
        except OSError:
            return 0

    def size(self) -> int:
        """The bytes of its files."""
        return sum(info.size for info in self.manifest().files.values())

    def open(self) -> FaissStore:
        """What it holds now."""
        return FaissStore.open(self.folder)

    def create(self, manifest: Manifest) -> FaissStore:
        """An empty store that replaces whatever it holds once it is persisted."""
        return FaissStore.create(manifest, self.folder)

    def delete(self) -> None:
        """Delete it, if it is there, at once and for good."""
        delete_index(self.folder)

    def move(self, name: str) -> None:
        """Give it another name that is free, if it is there, in one step."""
        check_index_name(name)
        move_index(self.folder, self.folder.with_name(name))

    def set_documents_folder(self, folder: Path) -> None:
        """Have it be of `folder`, where its documents were moved."""
        set_documents_folder(self.folder, folder)

    def verify(self, on_progress: OnShare = lambda share, what: None) -> VerifyReport:
        """Look at everything in it."""
        return verify_index(self.folder, on_progress)


class FolderCatalog(Catalog):
    """The indexes in `folder`, a folder each."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def place(self) -> str:
        """The folder."""
        return str(self.folder)

    def names(self) -> list[str]:
        """The indexes that are there, sorted; none where the folder cannot be read."""
        try:
            return sorted(path.name for path in self.folder.iterdir() if (path / MANIFEST_FILE).exists())
        except OSError:
            return []

    def index(self, name: str) -> FolderIndex:
        """The index of that name, be it there or not. Raises IndexFolderError for what cannot name one."""
        check_index_name(name)
        return FolderIndex(self.folder / name)
