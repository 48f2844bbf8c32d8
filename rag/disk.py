"""An index folder on the disk: the right to write it, what the disk refuses, what is of no use any more."""

import contextlib
import shutil
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from rag.errors import IndexFolderError
from rag.manifest import load_manifest, numbered_files

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
        raise IndexFolderError(f"the index {folder} is being written by another program. Try again later.") from None
    except OSError as error:
        raise IndexFolderError(
            f"the index folder {folder} cannot be written ({error.strerror})."
            " Make it a folder that may be written, or set RAG_INDEX_DIR."
        ) from None
    return lock


def remove_unused(folder: Path) -> None:
    """Remove what is of no current use: files of earlier states, and what a killed process left.

    Nothing is removed beside a manifest that cannot be read, which a person may be able to restore.
    """
    try:
        manifest = load_manifest(folder)
    except IndexFolderError:
        return
    kept = manifest.expected_files() | {manifest.words_folder}
    remove(path for path in numbered_files(folder) if path.name not in kept)


def remove(paths: Iterable[Path]) -> None:
    """Remove files and folders; what cannot be removed now goes with the next change."""
    for path in paths:
        with contextlib.suppress(OSError):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
