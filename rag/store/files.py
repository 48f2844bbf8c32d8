"""An index folder on the disk: the right to write it, what the disk refuses, what is of no use any more."""

import contextlib
import io
import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from filelock import FileLock, Timeout

from rag.errors import IndexBusyError, IndexFolderError
from rag.store.fulltext import index_files
from rag.store.manifest import (
    MANIFEST_FILE,
    FileInfo,
    Manifest,
    deleted_file,
    file_info,
    load_manifest,
    numbered_files,
    sync,
)

LOCK_FILE = "write.lock"


@contextlib.contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Turn what a disk refuses into IndexFolderError."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        raise IndexFolderError(
            f"the index {folder} cannot be written ({error}). What it held before is unharmed."
        ) from None


def index_lock(folder: Path) -> FileLock:
    """The right to write `folder`, which is made where it is missing. Raises IndexFolderError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / LOCK_FILE)
        lock.acquire(timeout=0)
    except Timeout:
        raise IndexBusyError(f"the index {folder} is being written by another program. Try again later.") from None
    except OSError as error:
        raise IndexFolderError(
            f"the index folder {folder} cannot be written ({error.strerror})."
            " Make it a folder that may be written, or set RAG_INDEX_DIR."
        ) from None
    return lock


def delete_index(folder: Path) -> None:
    """Delete the index in `folder`, if there is one, at once and for good. Raises IndexFolderError."""
    if not folder.is_dir():
        return
    with index_lock(folder), writing(folder):
        # Without its manifest it is no index any more, whatever stops what follows.
        (folder / MANIFEST_FILE).unlink(missing_ok=True)
        shutil.rmtree(folder)


def move_index(folder: Path, to: Path) -> None:
    """Give the index in `folder`, if there is one, another folder, in one step. Raises IndexFolderError."""
    if not folder.is_dir():
        return
    with index_lock(folder), writing(folder):
        folder.rename(to)
        sync(to.parent)


def set_documents_folder(folder: Path, documents: Path) -> None:
    """Have the index in `folder` be of `documents`, where these were moved. Raises IndexFolderError."""
    with index_lock(folder), writing(folder):
        manifest = load_manifest(folder)
        if manifest.folder != str(documents):
            replace(manifest, folder=str(documents)).save(folder)


def remove_unused(folder: Path) -> None:
    """Remove what is of no current use: files of earlier states, and what a killed process left.

    Nothing is removed beside a manifest that cannot be read, which a person may be able to restore.
    """
    kept = used_names(folder)
    if kept:
        remove(path for path in numbered_files(folder) if path.name not in kept)


def used_names(folder: Path) -> set[str]:
    """What the current manifest, itself included, has in `folder`, by name; nothing where it cannot be read."""
    try:
        manifest = load_manifest(folder)
    except IndexFolderError:
        return set()
    return manifest.expected_files() | {MANIFEST_FILE} | ({manifest.words_folder} if manifest.words_folder else set())


def remove(paths: Iterable[Path]) -> None:
    """Remove files and folders; what cannot be removed now goes with the next change."""
    for path in paths:
        with contextlib.suppress(OSError):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()


def write_deleted(folder: Path, number: int, documents: Sequence[int], passages: Sequence[int]) -> None:
    """Write the file of deleted rows of that number."""
    written = io.BytesIO()
    np.savez(written, documents=np.array(documents, dtype=np.int64), passages=np.array(passages, dtype=np.int64))
    (folder / deleted_file(number)).write_bytes(written.getvalue())


def synced_files(folder: Path, manifest: Manifest, before: Manifest) -> dict[str, FileInfo]:
    """All files of `manifest`, each safe on the disk; those that are in `before` as they are described there."""
    known = dict(before.files)
    names = sorted(manifest.expected_files())
    if manifest.words_folder:
        words = folder / manifest.words_folder
        names += sorted(f"{words.name}/{file.name}" for file in index_files(words))
        if manifest.words_folder != before.words_folder:
            # Linked files have their content and name from the full-text index before.
            prefix = f"{before.words_folder}/"
            known |= {
                f"{words.name}/{name.removeprefix(prefix)}": info
                for name, info in before.files.items()
                if name.startswith(prefix) and not name.endswith(".json")
            }
    described: dict[str, FileInfo] = {}
    for name in names:
        described[name] = known.get(name) or file_info(folder / name)
        if name not in known:
            sync(folder / name)
    if manifest.words_folder:
        sync(folder / manifest.words_folder)
    sync(folder)
    return described
