from pathlib import Path

import pytest

from rag.chunk import SentenceChunker
from rag.embed import load_tokenizer, packaged_model
from rag.errors import DocumentError, IndexFolderError
from rag.index import IndexReport, check_settings, new_manifest, update_index
from rag.store import FaissStore
from tests.conftest import HashEmbedding

EMBEDDING = HashEmbedding()


@pytest.fixture
def index(tmp_path: Path) -> Path:
    return tmp_path / "indexes" / "papers"


def update(folder: Path, index: Path, chunker: SentenceChunker, rebuild: bool = False) -> IndexReport:
    return update_index(folder, index, EMBEDDING, chunker, max_file_megabytes=1, rebuild=rebuild)


def test_an_update_touches_only_what_changed(documents: Path, index: Path, chunker: SentenceChunker) -> None:
    first = update(documents, index, chunker)
    assert (first.added, first.documents, first.passages) == (["rivers.md", "towns.txt"], 2, 2)

    (documents / "rivers.md").write_text("The Aare is a river.")
    (documents / "lakes.md").write_text("Lake Thun is deep.")
    (documents / "towns.txt").unlink()
    second = update(documents, index, chunker)
    assert (second.added, second.changed, second.removed) == (["lakes.md"], ["rivers.md"], ["towns.txt"])

    third = update(documents, index, chunker)
    assert third.unchanged == ["lakes.md", "rivers.md"]
    assert third.added == third.changed == third.removed == []
    store = FaissStore.open(index)
    assert store.get_document("rivers.md").text == "The Aare is a river."
    assert store.manifest.passages == store.client.ntotal == 2
    assert store.manifest.generation == 2


def test_a_rebuild_gives_the_same_passages(documents: Path, index: Path, chunker: SentenceChunker) -> None:
    def content() -> list[tuple[object, ...]]:
        store = FaissStore.open(index)
        return store._corpus.connection.execute("SELECT * FROM passages ORDER BY id").fetchall()

    update(documents, index, chunker)
    before = content()
    report = update(documents, index, chunker, rebuild=True)
    assert len(report.added) == 2
    assert content() == before


def test_bad_files_are_skipped_and_counted_and_the_rest_indexed(
    documents: Path, index: Path, chunker: SentenceChunker
) -> None:
    (documents / "empty.txt").touch()
    (documents / "copy.txt").write_bytes((documents / "towns.txt").read_bytes())
    report = update(documents, index, chunker)
    assert report.added == ["copy.txt", "rivers.md"]
    assert {file.path: file.duplicate_of for file in report.skipped} == {"empty.txt": None, "towns.txt": "copy.txt"}


def test_a_file_that_went_bad_keeps_its_last_good_version(
    documents: Path, index: Path, chunker: SentenceChunker
) -> None:
    update(documents, index, chunker)
    (documents / "towns.txt").write_bytes(b"\xff")
    report = update(documents, index, chunker)
    assert [file.path for file in report.skipped] == ["towns.txt"]
    assert "Swiss" in FaissStore.open(index).get_document("towns.txt").text


@pytest.mark.parametrize("content", [None, b""])
def test_a_folder_without_documents_changes_nothing(
    documents: Path, index: Path, chunker: SentenceChunker, content: bytes | None
) -> None:
    update(documents, index, chunker)
    for file in documents.iterdir():
        file.unlink()
    if content is not None:
        (documents / "new.txt").write_bytes(content)
    with pytest.raises(DocumentError, match="no .md or .txt file" if content is None else "none of its files"):
        update(documents, index, chunker)
    assert FaissStore.open(index).manifest.documents == 2


def test_an_index_of_another_folder_is_not_overwritten_unasked(
    documents: Path, index: Path, chunker: SentenceChunker, tmp_path: Path
) -> None:
    update(documents, index, chunker)
    other = tmp_path / "other"
    other.mkdir()
    (other / "a.txt").write_text("Text.")
    with pytest.raises(IndexFolderError, match=r"holds the documents of .*documents.*--rebuild"):
        update(other, index, chunker)
    assert update(other, index, chunker, rebuild=True).documents == 1


def test_an_index_made_with_other_settings_is_refused_with_the_command_that_rebuilds_it(
    documents: Path, index: Path, chunker: SentenceChunker
) -> None:
    update(documents, index, chunker)
    other_model = HashEmbedding(model_name="other")
    wanted = new_manifest(documents, other_model, chunker)
    with pytest.raises(
        IndexFolderError, match=rf"model hash, not other.*rag index {documents} --index papers --rebuild"
    ):
        check_settings(FaissStore.open(index), wanted)
    smaller = SentenceChunker(load_tokenizer(packaged_model()), 128)
    with pytest.raises(IndexFolderError, match="max_passage_tokens 200, not 128"):
        update(documents, index, smaller)


def test_a_build_over_a_damaged_or_half_written_index(documents: Path, index: Path, chunker: SentenceChunker) -> None:
    update(documents, index, chunker)
    (index / "manifest.json").write_text("{")
    with pytest.raises(IndexFolderError, match="--rebuild"):
        update(documents, index, chunker)
    assert update(documents, index, chunker, rebuild=True).documents == 2
    assert FaissStore.open(index).manifest.documents == 2


def test_an_index_whose_first_build_was_killed_is_built(documents: Path, index: Path, chunker: SentenceChunker) -> None:
    FaissStore.create(new_manifest(documents, EMBEDDING, chunker), index).close()
    assert update(documents, index, chunker).documents == 2


def test_progress_goes_through_the_files(documents: Path, index: Path, chunker: SentenceChunker) -> None:
    seen = []
    update_index(documents, index, EMBEDDING, chunker, 1, on_progress=lambda *step: seen.append(step))
    assert seen == [
        *[(0, 2, "rivers.md"), (1, 2, "rivers.md")],
        *[(1, 2, "towns.txt"), (2, 2, "towns.txt")],
        (2, 2, ""),
    ]


def test_progress_moves_within_a_long_document(documents: Path, index: Path, chunker: SentenceChunker) -> None:
    (documents / "rivers.md").write_text("The Rhine rises in the Alps and flows past Basel and Cologne. " * 8000)
    seen = []
    update_index(documents, index, EMBEDDING, chunker, 1, on_progress=lambda *step: seen.append(step))
    shares = [done for done, _, path in seen if path == "rivers.md"]
    assert len(shares) > 3
    assert shares == sorted(shares)
