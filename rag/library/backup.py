"""A backup of everything that is kept, made while it is used, and put back."""

import io
import json
import lzma
import os
import shutil
import sqlite3
import stat
import tarfile
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from tempfile import TemporaryDirectory

from rag.config import Config
from rag.errors import IndexFolderError, RagError
from rag.library.renaming import documents_folder
from rag.store.files import set_documents_folder
from rag.store.manifest import MANIFEST_FILE, Manifest, load_manifest, manifest_bytes
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


def back_up(config: Config, file: Path, on_step: OnStep = lambda name: None) -> list[str]:
    """Write all indexes and all data into a tar `file`, in one step; why an index is left out, of each that is damaged.

    An index is copied as one generation of it, a database as one moment of it, whatever is written meanwhile. Raises
    RagError.
    """
    if not file.name:
        raise RagError(_NOT_WRITTEN.format(file="''", reason="not the name of a file"))
    scratch = file.with_name(f".{file.name}.part")
    left_out = []
    try:
        # As the databases in it, for its owner alone.
        os.close(os.open(scratch, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600))
        with tarfile.open(scratch, "w") as tar:
            about = {"version": VERSION, "made": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}
            _put(tar, ABOUT, json.dumps(about).encode())
            for index in _folders(config.index_dir):
                if (index / MANIFEST_FILE).exists():
                    on_step(index.name)
                    try:
                        _put_index(tar, index)
                    except IndexFolderError as error:
                        left_out.append(str(error))
            for path in sorted(config.data_dir.rglob("*")):
                name = path.relative_to(config.data_dir)
                # The indexes lie among the data where nothing else is set.
                if path.is_symlink() or not path.is_file() or _is_passing(path) or config.index_dir in path.parents:
                    continue
                on_step(name.as_posix())
                _put_file(tar, path, f"{DATA}/{name.as_posix()}")
        with scratch.open("rb") as written:
            os.fsync(written.fileno())
        os.replace(scratch, file)
        return left_out
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


def _put_index(tar: tarfile.TarFile, index: Path) -> None:
    """One generation of an index. Raises IndexFolderError where it is damaged.

    Its files never change, and go only after the next generation is there; what is open is read to its end all the
    same.
    """
    for _ in range(_TRIES):
        with ExitStack() as held:
            said = manifest_bytes(index)
            if not said:
                # Deleted since it was listed.
                return
            try:
                names = _names_of(index, load_manifest(index))
                files = [held.enter_context((index / name).open("rb")) for name in names]
            except FileNotFoundError:
                continue
            except IndexFolderError:
                if said == manifest_bytes(index):
                    raise
                continue
            if said != manifest_bytes(index):
                continue
            for name, file in zip(names, files, strict=True):
                tar.addfile(tar.gettarinfo(arcname=f"{INDEXES}/{index.name}/{name}", fileobj=file), file)
            _put(tar, f"{INDEXES}/{index.name}/{MANIFEST_FILE}", said)
            return
    raise IndexFolderError(_BUSY.format(name=index.name))


def _names_of(index: Path, manifest: Manifest) -> list[str]:
    """The files of a generation, beside its manifest."""
    words = (index / manifest.words_folder).rglob("*") if manifest.words_folder else ()
    return sorted({*manifest.expected_files(), *(str(file.relative_to(index)) for file in words if file.is_file())})


def _put_file(tar: tarfile.TarFile, path: Path, name: str) -> None:
    try:
        if path.suffix == ".sqlite":
            _put_database(tar, path, name)
        else:
            tar.add(path, name)
    except FileNotFoundError:
        # Removed since it was listed.
        return


def _put_database(tar: tarfile.TarFile, path: Path, name: str) -> None:
    """A moment of a database; what is none, whatever it is called, and a damaged one, as it is."""
    with (
        closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as source,
        closing(sqlite3.connect(":memory:")) as moment,
    ):
        try:
            source.backup(moment)
        except sqlite3.DatabaseError:
            tar.add(path, name)
            return
        _put(tar, name, moment.serialize(), stat.S_IMODE(path.stat().st_mode))


def _put(tar: tarfile.TarFile, name: str, data: bytes, mode: int = 0o600) -> None:
    info = tarfile.TarInfo(name)
    info.size, info.mode, info.mtime = len(data), mode, int(time.time())
    tar.addfile(info, io.BytesIO(data))


def _is_passing(path: Path) -> bool:
    """Whether a file is of no use later: a log that a database's copy holds, a lock, what is being written."""
    return path.name.endswith(("-wal", "-shm", ".lock", ".part"))


def _folders(parent: Path) -> Iterator[Path]:
    if parent.is_dir():
        yield from sorted(folder for folder in parent.iterdir() if folder.is_dir())
