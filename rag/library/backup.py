"""A backup of everything that is kept, made while it is used, and put back."""

import io
import json
import lzma
import os
import shutil
import sqlite3
import tarfile
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from rag.config import Config
from rag.errors import IndexFolderError, RagError
from rag.library.renaming import documents_folder
from rag.store.files import set_documents_folder
from rag.store.manifest import MANIFEST_FILE, load_manifest, manifest_bytes
from rag.store.verify import verify_index

VERSION = 1
ABOUT = "backup.json"
INDEXES, DATA = "indexes", "data"

_TORN = (zlib.error, lzma.LZMAError)
"""What a file that was packed and cut off ends with."""

_TRIES = 20
"""To copy an index between two changes of it."""

_NOT_WRITTEN = "{file} cannot be written ({reason})."
_NO_BACKUP = "{file} is no backup that can be put back ({reason})."
_THERE = "{folder} is there already. Move it away, or have RAG_DATA_DIR and RAG_INDEX_DIR name other folders."
_DAMAGED = "the index {name} in the backup is damaged: {problem}. Nothing was put back."
_BUSY = "the index {name} changes too often to be copied. Try again when nothing is being indexed."

OnStep = Callable[[str], None]
"""Called with the name of what is being copied."""


def back_up(config: Config, file: Path, on_step: OnStep = lambda name: None) -> int:
    """Write all indexes and all data into a tar `file`, in one step; its size in bytes. Raises RagError.

    An index is copied as one generation of it, a database as one moment of it, whatever is written meanwhile.
    """
    if not file.name:
        raise RagError(_NOT_WRITTEN.format(file="''", reason="not the name of a file"))
    scratch = file.with_name(f".{file.name}.part")
    try:
        # As the databases in it, for its owner alone.
        os.close(os.open(scratch, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600))
        with TemporaryDirectory(prefix="footnote-backup-") as folder, tarfile.open(scratch, "w") as tar:
            about = {"version": VERSION, "made": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}
            _put(tar, ABOUT, json.dumps(about).encode())
            for index in _folders(config.index_dir):
                if (index / MANIFEST_FILE).exists():
                    on_step(index.name)
                    _put_index(tar, index, Path(folder))
            for path in sorted(config.data_dir.rglob("*")):
                name = path.relative_to(config.data_dir)
                # The indexes lie among the data where nothing else is set.
                if path.is_symlink() or not path.is_file() or _is_passing(path) or config.index_dir in path.parents:
                    continue
                on_step(name.as_posix())
                _put_file(tar, path, f"{DATA}/{name.as_posix()}", Path(folder))
        with scratch.open("rb") as written:
            os.fsync(written.fileno())
        os.replace(scratch, file)
        return file.stat().st_size
    except OSError as error:
        raise RagError(_NOT_WRITTEN.format(file=file, reason=error.strerror or error)) from None
    finally:
        scratch.unlink(missing_ok=True)


def restore(config: Config, file: Path, on_step: OnStep = lambda name: None) -> list[str]:
    """Put a backup back where nothing is; the names of its indexes, each verified before. Raises RagError."""
    for folder in (config.index_dir, config.data_dir):
        if folder.exists() and any(folder.iterdir()):
            raise RagError(_THERE.format(folder=folder))
    parent = config.data_dir.absolute().parent
    try:
        parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=parent, prefix=".footnote-restore-") as scratch:
            found = Path(scratch)
            _extract(file, found)
            indexes = list(_folders(found / INDEXES))
            for index in indexes:
                on_step(index.name)
                if problems := verify_index(index).problems:
                    raise RagError(_DAMAGED.format(name=index.name, problem=problems[0]))
                documents = documents_folder(config) / index.name
                if (found / DATA / "documents" / index.name).is_dir():
                    # Which lies elsewhere now.
                    set_documents_folder(index, documents.resolve())
            for name, to in ((DATA, config.data_dir), (INDEXES, config.index_dir)):
                (found / name).mkdir(exist_ok=True)
                to.parent.mkdir(parents=True, exist_ok=True)
                if to.exists():
                    to.rmdir()
                shutil.move(found / name, to)
            return [index.name for index in indexes]
    except OSError as error:
        raise RagError(_NOT_WRITTEN.format(file=error.filename or parent, reason=error.strerror or error)) from None


def _extract(file: Path, to: Path) -> None:
    try:
        with tarfile.open(file) as tar:
            # Nothing but files and folders, and none outside.
            tar.extractall(to, filter="data")
        about = json.loads((to / ABOUT).read_text(encoding="utf-8"))
        version = about["version"]
    except (tarfile.TarError, OSError, EOFError, ValueError, KeyError, TypeError, *_TORN) as error:
        raise RagError(_NO_BACKUP.format(file=file, reason=error)) from None
    if version != VERSION:
        raise RagError(_NO_BACKUP.format(file=file, reason=f"format {version}, this program reads {VERSION}"))


def _put_index(tar: tarfile.TarFile, index: Path, scratch: Path) -> None:
    """One generation of an index: its files never change, and are gone only after the next one is there."""
    for _ in range(_TRIES):
        held = scratch / index.name
        try:
            manifest = load_manifest(index)
            said = manifest_bytes(index)
            held.mkdir()
            for name in (*manifest.expected_files(), manifest.words_folder):
                if name:
                    _hold(index / name, held / name)
        except FileNotFoundError:
            shutil.rmtree(held, ignore_errors=True)
            continue
        except IndexFolderError:
            # Deleted meanwhile, or damaged before: whoever restores it is to be told by the manifest's absence.
            return
        if said == manifest_bytes(index) or _is_whole(held, said):
            (held / MANIFEST_FILE).write_bytes(said)
            tar.add(held, f"{INDEXES}/{index.name}")
            shutil.rmtree(held)
            return
        shutil.rmtree(held)
    raise RagError(_BUSY.format(name=index.name))


def _is_whole(held: Path, manifest: bytes) -> bool:
    """Whether what was copied is what this manifest, which is not the current one any more, asks for."""
    (held / MANIFEST_FILE).write_bytes(manifest)
    return not verify_index(held).problems


def _hold(source: Path, to: Path) -> None:
    """A second name for a file, or for the files of a folder, that outlives the first; a copy on another disk."""
    if source.is_dir():
        to.mkdir()
        for inside in source.iterdir():
            _hold(inside, to / inside.name)
        return
    try:
        os.link(source, to)
    except FileNotFoundError:
        raise
    except OSError:
        shutil.copyfile(source, to)


def _put_file(tar: tarfile.TarFile, path: Path, name: str, scratch: Path) -> None:
    if path.suffix != ".sqlite":
        try:
            tar.add(path, name)
        except FileNotFoundError:
            # Removed since it was listed.
            return
        return
    copy = scratch / "database"
    copy.unlink(missing_ok=True)
    with (
        closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as source,
        closing(sqlite3.connect(copy)) as target,
    ):
        try:
            source.backup(target)
        except sqlite3.DatabaseError:
            # No database, whatever it is called; or a damaged one, which is kept as it is.
            shutil.copyfile(path, copy)
    copy.chmod(path.stat().st_mode)
    tar.add(copy, name)


def _put(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size, info.mtime = len(data), int(time.time())
    tar.addfile(info, io.BytesIO(data))


def _is_passing(path: Path) -> bool:
    """Whether a file is of no use later: a log that a database's copy holds, a lock, what is being written."""
    return path.name.endswith(("-wal", "-shm", ".lock", ".part"))


def _folders(parent: Path) -> Iterator[Path]:
    if parent.is_dir():
        yield from sorted(folder for folder in parent.iterdir() if folder.is_dir())
