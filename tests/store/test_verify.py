import os
import random
from dataclasses import replace
from pathlib import Path

import pytest

from rag.errors import IndexFolderError
from rag.ingest.chunker import SentenceChunker
from rag.ingest.update import update_index
from rag.store.catalog import VerifyReport
from rag.store.folder_catalog import FolderIndex
from rag.store.manifest import load_manifest
from rag.store.vector_store import FaissStore
from rag.store.verify import verify_index
from tests.conftest import HashEmbedding


@pytest.fixture
def index(documents: Path, tmp_path: Path, chunker: SentenceChunker) -> Path:
    """An index of two documents, a copy of one of them, and one that was deleted."""
    (documents / "copy.md").write_bytes((documents / "rivers.md").read_bytes())
    (documents / "gone.md").write_text("The old bridge.")
    for _ in range(2):
        update_index(documents, FolderIndex(tmp_path / "i"), HashEmbedding(), chunker, 1)
        (documents / "gone.md").unlink(missing_ok=True)
    return tmp_path / "i"


def problems(index: Path) -> list[str]:
    return verify_index(index).problems


def test_an_index_as_it_was_written_has_no_problems(index: Path) -> None:
    seen: list[float] = []
    report = verify_index(index, lambda share, what: seen.append(share))
    assert report == VerifyReport(
        index="i", documents=2, passages=2, files=report.files, bytes=report.bytes, problems=[]
    )
    assert report.files == sum(1 for path in index.rglob("*") if path.is_file() and not path.name.endswith(".lock"))
    assert seen == sorted(seen)


def test_a_flipped_byte_in_any_file_is_detected_and_named(index: Path) -> None:
    seeded = random.Random(0)
    files = [path for path in index.rglob("*") if path.is_file() and path.stat().st_size]
    assert len(files) > 8
    for file in files:
        intact = file.read_bytes()
        for place in {0, len(intact) - 1, *(seeded.randrange(len(intact)) for _ in range(6))}:
            damaged = bytearray(intact)
            damaged[place] ^= 1 << seeded.randrange(8)
            file.write_bytes(damaged)
            try:
                said = " ".join(problems(index))
            except IndexFolderError as error:
                said = str(error)
            assert file.name in said, (file, place)
        file.write_bytes(intact)
    assert problems(index) == []


def test_what_is_wrong_with_contents_is_named_where_no_hash_tells(index: Path) -> None:
    """What a fault of ours would leave: files as they were written, that do not fit each other."""

    def signed(change: object) -> str:
        manifest = load_manifest(index)
        change(manifest)
        return " ".join(problems(index))

    store = FaissStore.open(index)
    segment = store.contents.segments[0].info
    passages = store.manifest.passages
    store.close()
    assert "its manifest says 2 and 99" in signed(lambda m: replace(m, passages=99).save(index))
    assert problems(index)
    load = load_manifest(index)
    replace(load, passages=passages).save(index)
    assert problems(index) == []

    import sqlite3

    from rag.store.manifest import file_info

    def rewrite(statement: str) -> str:
        file = index / segment.corpus_file
        intact = file.read_bytes()
        manifest = load_manifest(index)
        with sqlite3.connect(file) as connection:
            connection.execute(statement)
        connection.close()
        replace(manifest, files=manifest.files | {file.name: file_info(file)}).save(index)
        said = " ".join(problems(index))
        file.write_bytes(intact)
        manifest.save(index)
        return said

    assert "is not the text of its document at" in rewrite("UPDATE passages SET start = start + 1")
    assert "full-text index lacks 0 passages and has" in rewrite("DELETE FROM passages WHERE id LIKE 'towns%'")
    assert "which is not there" in rewrite("UPDATE documents SET same_as = 'none.md' WHERE same_as IS NOT NULL")
    assert problems(index) == []


def test_an_index_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(IndexFolderError, match="no index 'none'"):
        verify_index(tmp_path / "none")


def test_a_file_that_is_missing_or_cut_is_named(index: Path) -> None:
    for file in [path for path in index.rglob("*") if path.is_file() and path.stat().st_size]:
        intact = file.read_bytes()
        os.truncate(file, len(intact) - 1)
        with pytest.raises(IndexFolderError, match=file.name):
            FaissStore.open(index)
        file.write_bytes(intact)
