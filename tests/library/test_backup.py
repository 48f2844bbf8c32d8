"""A backup is whole whatever is written meanwhile, and is put back only where nothing is."""

import io
import lzma
import sqlite3
import stat
import tarfile
import threading
from contextlib import closing
from pathlib import Path

import pytest

from rag.config import Config
from rag.errors import RagError
from rag.library.backup import ABOUT, back_up, restore
from rag.library.library import Library
from rag.store.manifest import MANIFEST_FILE
from rag.store.verify import verify_index


def config_in(folder: Path, model_cache: Path) -> Config:
    return Config(cache_dir=model_cache, index_dir=folder / "data" / "indexes", data_dir=folder / "data")


@pytest.fixture
def library(model_cache: Path, tmp_path: Path) -> Library:
    """With one collection of one document, and a database that is open."""
    found = Library(config_in(tmp_path / "old", model_cache))
    found.create("rivers")
    write(found, "rhine", "The Rhine is 1,233 km long.")
    return found


def write(library: Library, stem: str, text: str) -> None:
    folder = library.folder("rivers")
    assert folder
    (folder / f"{stem}.md").write_text(f"{text}\n")
    updating = library.begin_update("rivers")
    updating.job.wait()
    assert updating.job.result, updating.job.message


def test_what_is_kept_is_put_back_elsewhere_and_answers(library: Library, model_cache: Path, tmp_path: Path) -> None:
    data = library.config.data_dir
    with closing(sqlite3.connect(data / "conversations.sqlite")) as connection:
        connection.executescript("PRAGMA journal_mode = WAL; CREATE TABLE said (what); INSERT INTO said VALUES ('a')")
        connection.execute("INSERT INTO said VALUES ('not committed')")
        (data / "runs" / "first").mkdir(parents=True)
        (data / "runs" / "first" / "info.json").write_text("{}")
        file = tmp_path / "footnote.tar"
        assert back_up(library.config, file) == []
        (data / "conversations.sqlite").chmod(0o600)
        (data / "odd.sqlite").write_bytes(b"no database" * 100)
        back_up(library.config, file)
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    config = config_in(tmp_path / "new", model_cache)
    assert restore(config, file) == ["rivers"]
    assert stat.S_IMODE((config.data_dir / "conversations.sqlite").stat().st_mode) == 0o600
    assert (config.data_dir / "odd.sqlite").read_bytes() == b"no database" * 100
    with closing(sqlite3.connect(config.data_dir / "conversations.sqlite")) as connection:
        assert connection.execute("SELECT what FROM said").fetchall() == [("a",)]
    assert (config.data_dir / "runs" / "first" / "info.json").read_text() == "{}"
    moved = Library(config)
    assert moved.folder("rivers") == config.data_dir / "documents" / "rivers"
    assert "1,233" in moved.engine("rivers").ask("How long is the Rhine?").answer
    write(moved, "elbe", "The Elbe is 1,094 km long.")
    assert "1,094" in moved.engine("rivers").ask("How long is the Elbe?").answer
    with pytest.raises(RagError, match="is there already"):
        restore(config, file)


def test_an_index_that_changes_meanwhile_is_copied_as_one_generation(
    library: Library, model_cache: Path, tmp_path: Path
) -> None:
    is_over = threading.Event()

    def change() -> None:
        for number in range(6):
            write(library, "rhine", f"The Rhine is {number + 10} km long.")
        is_over.set()

    beside = threading.Thread(target=change)
    beside.start()
    files = []
    while not is_over.is_set() or not files:
        files.append(tmp_path / f"{len(files)}.tar")
        back_up(library.config, files[-1])
    beside.join()
    for number, file in enumerate(files):
        config = config_in(tmp_path / f"new{number}", model_cache)
        assert restore(config, file) == ["rivers"]
        assert verify_index(config.index_folder("rivers")).problems == []


def test_what_is_no_backup_or_damaged_changes_nothing(library: Library, model_cache: Path, tmp_path: Path) -> None:
    config = config_in(tmp_path / "new", model_cache)
    none = tmp_path / "none.tar"
    none.write_bytes(b"no tar" * 1000)
    with tarfile.open(tmp_path / "evil.tar", "w") as tar:
        for name in (ABOUT, "../outside"):
            info = tarfile.TarInfo(name)
            info.size = 2
            tar.addfile(info, io.BytesIO(b"{}"))
    whole = tmp_path / "whole.tar"
    back_up(library.config, whole)
    cut = tmp_path / "cut.tar"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    torn = tmp_path / "torn.txz"
    torn.write_bytes(lzma.compress(whole.read_bytes())[:-100])
    damaged = tmp_path / "damaged.tar"
    with tarfile.open(whole) as old, tarfile.open(damaged, "w") as new:
        for member in old.getmembers():
            data = old.extractfile(member)
            content = data.read() if data else b""
            if member.name.endswith(".faiss"):
                content = content[:-8] + b"\0" * 8
            new.addfile(member, io.BytesIO(content))
    for file in (none, tmp_path / "evil.tar", cut, torn, damaged, tmp_path / "not there"):
        with pytest.raises(RagError):
            restore(config, file)
        assert not config.data_dir.exists()
        assert not (tmp_path / "outside").exists()
        assert [path.name for path in config.data_dir.parent.glob(".footnote-restore-*")] == []


def test_a_backup_that_cannot_be_written_leaves_the_one_before(library: Library, tmp_path: Path) -> None:
    file = tmp_path / "footnote.tar"
    back_up(library.config, file)
    before = file.read_bytes()
    manifest = library.config.index_folder("rivers") / MANIFEST_FILE
    assert manifest.exists()
    with pytest.raises(RagError, match="cannot be written"):
        back_up(library.config, tmp_path / "no such folder" / "footnote.tar")
    assert file.read_bytes() == before
    assert list(tmp_path.glob(".*.part")) == []


def test_a_damaged_index_is_said_and_the_rest_is_kept(library: Library, model_cache: Path, tmp_path: Path) -> None:
    library.create("torn")
    torn = library.config.index_folder("torn")
    torn.mkdir()
    (torn / MANIFEST_FILE).write_text("{")
    file = tmp_path / "footnote.tar"
    (said,) = back_up(library.config, file)
    assert "torn" in said
    assert restore(config_in(tmp_path / "new", model_cache), file) == ["rivers"]
