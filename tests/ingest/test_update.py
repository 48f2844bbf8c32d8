import os
from pathlib import Path

import pytest
from llama_index.core.vector_stores.types import VectorStoreQuery, VectorStoreQueryMode
from pydantic import Field

from rag.errors import DocumentError, IndexFolderError
from rag.ingest.chunker import SentenceChunker
from rag.ingest.report import IndexReport, NothingIndexedError, Progress
from rag.ingest.update import update_index
from rag.models.default_embedding import default_counter
from rag.models.vector_cache import CachedEmbedding
from rag.store.compatibility import check_settings, new_manifest
from rag.store.folder_catalog import FolderIndex
from rag.store.manifest import FailedFile, load_manifest
from rag.store.vector_store import FaissStore
from rag.store.verify import verify_index
from tests.conftest import HashEmbedding

EMBEDDING = HashEmbedding()


@pytest.fixture
def index(tmp_path: Path) -> Path:
    return tmp_path / "indexes" / "papers"


def update(folder: Path, index: Path, chunker: SentenceChunker, rebuild: bool = False) -> IndexReport:
    return update_index(folder, FolderIndex(index), EMBEDDING, chunker, max_file_megabytes=1, rebuild=rebuild)


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
    assert store.contents.document("rivers.md").text == "The Aare is a river."
    assert store.manifest.passages == 2
    assert [index.ntotal for index in store.client] == [4]


def test_a_rebuild_gives_the_same_passages(documents: Path, index: Path, chunker: SentenceChunker) -> None:
    def content() -> list[tuple[object, ...]]:
        store = FaissStore.open(index)
        (segment,) = store.contents.segments
        return segment.corpus.connection.execute("SELECT * FROM passages ORDER BY id").fetchall()

    update(documents, index, chunker)
    before = content()
    report = update(documents, index, chunker, rebuild=True)
    assert len(report.added) == 2
    assert content() == before


def test_bad_files_are_skipped_and_counted_and_the_rest_indexed(
    documents: Path, index: Path, chunker: SentenceChunker
) -> None:
    (documents / "empty.txt").touch()
    report = update(documents, index, chunker)
    assert report.added == ["rivers.md", "towns.txt"]
    assert [file.path for file in report.skipped] == ["empty.txt"]


def test_a_file_that_went_bad_keeps_its_last_good_version(
    documents: Path, index: Path, chunker: SentenceChunker
) -> None:
    update(documents, index, chunker)
    (documents / "towns.txt").write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR")
    report = update(documents, index, chunker)
    assert [file.path for file in report.skipped] == ["towns.txt"]
    assert "Swiss" in FaissStore.open(index).contents.document("towns.txt").text


def test_failures_are_kept_in_the_step_in_which_the_rest_changes(
    documents: Path, index: Path, chunker: SentenceChunker
) -> None:
    bad = documents / "towns.txt"
    update(documents, index, chunker)
    bad.write_bytes(b"")
    os.utime(bad, ns=(5, 5))
    skipped = update(documents, index, chunker).skipped
    manifest = load_manifest(index)
    assert manifest.failures == {"towns.txt": FailedFile(skipped[0].reason, size=0, modified=5)}
    update(documents, index, chunker)
    assert load_manifest(index) == manifest
    bad.write_text("Zug is a town.")
    update(documents, index, chunker)
    assert load_manifest(index).failures == {}
    bad.write_bytes(b"")
    update(documents, index, chunker)
    bad.unlink()
    assert update(documents, index, chunker).removed == ["towns.txt"]
    assert load_manifest(index).failures == {}


def test_failures_are_kept_where_nothing_else_can_be(documents: Path, index: Path, chunker: SentenceChunker) -> None:
    for name in ("rivers.md", "towns.txt"):
        (documents / name).write_bytes(b"")
    for rebuild in (False, True):
        with pytest.raises(NothingIndexedError, match="none of its files") as error:
            update(documents, index, chunker, rebuild)
        assert [file.path for file in error.value.report.skipped] == ["rivers.md", "towns.txt"]
        assert sorted(load_manifest(index).failures) == ["rivers.md", "towns.txt"]
        assert verify_index(index).problems == []
    # It holds nothing that another folder could overwrite.
    other = documents.with_name("other")
    other.mkdir()
    (other / "a.txt").write_text("Text.")
    assert update(other, index, chunker).added == ["a.txt"]
    manifest = load_manifest(index)
    assert (manifest.folder, manifest.failures) == (str(other), {})


@pytest.mark.parametrize("content", [None, b""])
def test_a_folder_without_documents_changes_nothing(
    documents: Path, index: Path, chunker: SentenceChunker, content: bytes | None
) -> None:
    update(documents, index, chunker)
    for file in documents.iterdir():
        file.unlink()
    if content is not None:
        (documents / "new.txt").write_bytes(content)
    with pytest.raises(DocumentError, match="no document in it" if content is None else "none of its files"):
        update(documents, index, chunker)
    manifest = FaissStore.open(index).manifest
    assert manifest.documents == 2
    assert [*manifest.failures] == ([] if content is None else ["new.txt"])


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
    wanted = new_manifest(documents, other_model, chunker.max_passage_tokens)
    with pytest.raises(
        IndexFolderError, match=rf"model hash, not other.*rag index {documents} --index papers --rebuild"
    ):
        check_settings(FaissStore.open(index), wanted)
    smaller = SentenceChunker(default_counter(), 128)
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
    FaissStore.create(new_manifest(documents, EMBEDDING, chunker.max_passage_tokens), index).close()
    assert update(documents, index, chunker).documents == 2


def test_progress_goes_through_the_files(documents: Path, index: Path, chunker: SentenceChunker) -> None:
    seen = []
    update_index(documents, FolderIndex(index), EMBEDDING, chunker, 1, on_progress=seen.append)
    assert [(step.files_done, step.files, step.path) for step in seen] == [
        # Both are read before the first batch of passages is full.
        *[(0, 2, "rivers.md"), (0, 2, "towns.txt")],
        *[(1, 2, "rivers.md"), (2, 2, "towns.txt")],
        (2, 2, "Finishing the full-text index"),
        (2, 2, "Writing the index"),
    ]
    assert seen[-1].bytes_done == seen[-1].bytes == sum(file.stat().st_size for file in documents.iterdir())
    assert [step.tokens for step in seen] == sorted(step.tokens for step in seen)


def test_progress_says_of_each_file_when_it_is_done_and_why_it_is_not_taken(
    documents: Path, index: Path, chunker: SentenceChunker
) -> None:
    update(documents, index, chunker)
    (documents / "copy.md").write_bytes((documents / "rivers.md").read_bytes())
    (documents / "empty.md").touch()
    (documents / "lakes.md").write_text("Lake Thun is deep. " * 8000)
    seen = []
    update_index(documents, FolderIndex(index), EMBEDDING, chunker, 1, on_progress=seen.append)
    done = {step.path for step in seen if step.share == 1}
    assert done == {"copy.md", "empty.md", "lakes.md", "rivers.md", "towns.txt"}
    assert {step.path for step in seen if step.failure} == {"empty.md"}
    shares = [step.share for step in seen if step.path == "lakes.md"]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0, 1)


def test_progress_moves_within_a_long_document(documents: Path, index: Path, chunker: SentenceChunker) -> None:
    (documents / "rivers.md").write_text("The Rhine rises in the Alps and flows past Basel and Cologne. " * 8000)
    seen = []
    update_index(documents, FolderIndex(index), EMBEDDING, chunker, 1, on_progress=seen.append)
    shares = [step.bytes_done for step in seen if step.path == "rivers.md"]
    assert len(shares) > 3
    assert shares == sorted(shares)


def paths(store: FaissStore) -> dict[str, str | None]:
    """Documents, each with the one whose text it has."""
    return {info.id: info.same_as for info in store.contents.documents()}


def texts_found(index: Path, words: str) -> set[tuple[str, ...]]:
    """Documents of the passages that hold any of `words`, each with those that have the same text."""
    store = FaissStore.open(index)
    query = VectorStoreQuery(query_str=words, similarity_top_k=99, mode=VectorStoreQueryMode.TEXT_SEARCH)
    found = {(node.ref_doc_id, *node.metadata.get("also", [])) for node in store.query(query).nodes}
    store.close()
    return found


def test_the_same_content_is_stored_once_and_found_under_each_path(
    documents: Path, index: Path, chunker: SentenceChunker
) -> None:
    (documents / "copies").mkdir()
    for name in ("copies/r.md", "z.md"):
        (documents / name).write_bytes((documents / "rivers.md").read_bytes())
    report = update(documents, index, chunker)
    assert report.duplicates == [("rivers.md", "copies/r.md"), ("z.md", "copies/r.md")]
    assert (report.documents, report.passages) == (2, 2)
    store = FaissStore.open(index)
    assert paths(store) == {
        **{"copies/r.md": None, "rivers.md": "copies/r.md", "towns.txt": None, "z.md": "copies/r.md"}
    }
    assert store.contents.document("z.md").text == store.contents.document("copies/r.md").text
    assert store.contents.document("z.md").metadata["folder"] == ""
    assert texts_found(index, "Rhine") == {("copies/r.md", "rivers.md", "z.md")}
    again = update(documents, index, chunker)
    assert len(again.unchanged) == 4
    assert not again.added


@pytest.mark.parametrize("how", ["index", "remove"])
def test_where_the_holder_of_a_text_goes_another_takes_its_place(
    documents: Path, index: Path, chunker: SentenceChunker, how: str
) -> None:
    for name in ("b.md", "c.md"):
        (documents / name).write_bytes((documents / "rivers.md").read_bytes())
    update(documents, index, chunker)
    if how == "index":
        (documents / "b.md").unlink()
        assert update(documents, index, chunker).removed == ["b.md"]
    else:
        store = FaissStore.open(index)
        store.delete("b.md")
        store.persist()
    store = FaissStore.open(index)
    assert paths(store) == {"c.md": None, "rivers.md": "c.md", "towns.txt": None}
    assert (store.manifest.documents, store.manifest.passages) == (2, 2)
    assert texts_found(index, "Rhine") == {("c.md", "rivers.md")}
    assert verify_index(index).problems == []


def test_a_copy_that_changes_becomes_a_document_of_its_own(
    documents: Path, index: Path, chunker: SentenceChunker
) -> None:
    (documents / "a.md").write_bytes((documents / "rivers.md").read_bytes())
    update(documents, index, chunker)
    (documents / "a.md").write_text("The Aare is short.")
    report = update(documents, index, chunker)
    assert report.changed == ["a.md", "rivers.md"]
    assert texts_found(index, "Rhine Aare") == {("a.md",), ("rivers.md",)}
    assert verify_index(index).problems == []


class CountingEmbedding(HashEmbedding):
    """HashEmbedding that keeps the texts it was asked for."""

    embedded: list[str] = Field(default_factory=list)

    def _get_text_embedding(self, text: str) -> list[float]:
        self.embedded.append(text)
        return super()._get_text_embedding(text)


def test_a_moved_document_is_told_and_no_known_text_is_embedded_again(
    documents: Path, index: Path, chunker: SentenceChunker, tmp_path: Path
) -> None:
    counting = CountingEmbedding()

    def update_cached(to: Path, rebuild: bool = False) -> tuple[IndexReport, list[str]]:
        cached = CachedEmbedding(counting, tmp_path / "vectors")
        report = update_index(documents, FolderIndex(to), cached, chunker, 1, rebuild=rebuild)
        cached.close()
        texts = [text for text in counting.embedded if text != "dimension"]
        counting.embedded.clear()
        return report, texts

    _, texts = update_cached(index)
    assert len(texts) == 2
    (documents / "rivers.md").rename(documents / "streams.md")
    report, texts = update_cached(index)
    assert (report.moved, report.added, report.removed, texts) == ([("rivers.md", "streams.md")], [], [], [])
    assert update_cached(index, rebuild=True)[1] == update_cached(index.with_name("other"))[1] == []
    (documents / "towns.txt").write_text("Zug is a town.")
    assert update_cached(index)[1] == ["Zug is a town."]


def test_pages_and_headings_are_said_of_passages(index: Path, chunker: SentenceChunker, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "pages.txt").write_text("The first page. " * 40 + "\f" + "The second page. " * 40)
    (folder / "parts.md").write_text(
        "# One\n\n" + "Of the first part. " * 60 + "\n\n# Two\n\n" + "Of the second. " * 60
    )
    update(folder, index, chunker)
    store = FaissStore.open(index)
    rows = store.contents.rows()
    found = {
        (node.ref_doc_id, node.metadata.get("page"), node.metadata.get("section"))
        for node in store.contents.nodes(rows.tolist()).values()
    }
    assert {
        ("pages.txt", 1, None),
        ("pages.txt", 2, None),
        ("parts.md", None, "One"),
        ("parts.md", None, "Two"),
    } <= found
    assert [section.title for section in store.contents.sections("parts.md")] == ["One", "Two"]


def test_an_update_that_is_interrupted_leaves_the_index_and_keeps_what_it_embedded(
    documents: Path, index: Path, chunker: SentenceChunker, tmp_path: Path
) -> None:
    update(documents, index, chunker)
    new = [f"The lake {number} is deep." for number in range(200)]
    for number, text in enumerate(new):
        (documents / f"new-{number}.md").write_text(text)
    counting = CountingEmbedding()
    cached = CachedEmbedding(counting, tmp_path / "vectors")

    def interrupt(progress: Progress) -> None:
        if progress.files_done >= 64:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        update_index(documents, FolderIndex(index), cached, chunker, 1, on_progress=interrupt)
    assert verify_index(index).problems == []
    assert FaissStore.open(index).manifest.documents == 2
    before = [text for text in counting.embedded if text in new]
    assert 64 <= len(before) < len(new)
    counting.embedded.clear()
    update_index(documents, FolderIndex(index), cached, chunker, 1)
    assert sorted([*before, *(text for text in counting.embedded if text != "dimension")]) == sorted(new)
    cached.close()


def test_many_small_changes_stay_few_files(documents: Path, index: Path, chunker: SentenceChunker) -> None:
    for number in range(20):
        (documents / f"{number}.md").write_text(f"The lake {number} is deep.")
        update(documents, index, chunker)
    manifest = FaissStore.open(index).manifest
    assert len(manifest.segments) <= 5
    assert manifest.documents == 22
    assert verify_index(index).problems == []
