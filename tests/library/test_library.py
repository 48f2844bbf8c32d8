import json
import threading
from pathlib import Path

import pytest
from filelock import FileLock

from rag.build import build_index
from rag.config import Config
from rag.errors import IndexFolderError, RagError
from rag.formats.folder import SkippedFile
from rag.ingest.report import IndexReport, OnProgress
from rag.library.document_rows import document_rows
from rag.library.library import NAMES_LOCK, Collection, Library
from rag.library.renaming import RENAMING_FILE
from rag.library.updates import FileState, Updates
from rag.store.files import index_lock
from rag.store.manifest import MANIFEST_FILE, load_manifest
from rag.store.verify import verify_index


@pytest.fixture
def library(model_cache: Path, tmp_path: Path) -> Library:
    return Library(Config(cache_dir=model_cache, index_dir=tmp_path / "indexes", data_dir=tmp_path / "data"))


def put(library: Library, name: str, **texts: str) -> None:
    folder = library.folder(name)
    assert folder
    for stem, text in texts.items():
        (folder / f"{stem}.md").write_text(text)


def brought_in_step(library: Library, name: str) -> IndexReport:
    updating = library.begin_update(name)
    updating.job.wait()
    assert updating.job.result, updating.job.message
    return updating.job.result


def rows(library: Library, name: str) -> dict[str, tuple[str, str]]:
    """State and reason of what the tab lists, by path."""
    return {row.id: (row.state, row.reason) for row in document_rows(library.config, name, library.folder(name))}


def test_a_collection_is_made_filled_asked_changed_and_deleted(library: Library, tmp_path: Path) -> None:
    assert library.create(" rivers ") == "rivers"
    assert library.names() == ["rivers", "seeds"]
    with pytest.raises(RagError, match="is empty"):
        library.engine("rivers")
    for taken in ("rivers", "RIVERS"):
        with pytest.raises(RagError, match="already"):
            library.create(taken)
    with pytest.raises(IndexFolderError, match="cannot name an index"):
        library.create("../rivers")
    put(library, "rivers", rhine="The Rhine is 1,233 km long.", elbe="The Elbe is 1,094 km long.")
    assert sorted(brought_in_step(library, "rivers").added) == ["elbe.md", "rhine.md"]
    engine = library.engine("rivers")
    assert library.engine("rivers") is engine
    assert "1,233" in engine.ask("How long is the Rhine?").answer
    put(library, "rivers", rhine="The Rhine is 1,230 km long.")
    assert brought_in_step(library, "rivers").changed == ["rhine.md"]
    assert "1,230" in library.engine("rivers").ask("How long is the Rhine?").answer
    library.remove("rivers", "elbe.md")
    assert [document.id for document in library.engine("rivers").store.contents.documents()] == ["rhine.md"]
    assert not (tmp_path / "data" / "documents" / "rivers" / "elbe.md").exists()
    library.delete("rivers")
    assert library.names() == ["seeds"]
    assert list((tmp_path / "data" / "documents").iterdir()) == []
    with pytest.raises(RagError, match="no index “rivers” any more"):
        library.engine("rivers")


def test_uploads_to_a_mirror_go_elsewhere(library: Library, documents: Path) -> None:
    build_index(documents, library.config, "mirror")
    assert not library.is_own("mirror")
    assert library.folder("mirror") == documents
    assert library.for_uploads("mirror") == "my-documents"
    library.remove("mirror", "towns.txt")
    library.delete("mirror")
    assert sorted(file.name for file in documents.iterdir()) == ["rivers.md", "towns.txt"]


def test_a_failed_file_keeps_its_reason_until_it_is_read_replaced_or_removed(library: Library) -> None:
    library.create("harbour")
    folder = library.folder("harbour")
    assert folder
    for name in ("a.pdf", "b.pdf", "c.pdf"):
        (folder / name).write_bytes(b"%PDF-1.4\nnothing")
    report = brought_in_step(library, "harbour")
    assert (report.documents, [file.path for file in report.skipped]) == (0, ["a.pdf", "b.pdf", "c.pdf"])
    with pytest.raises(RagError, match="is empty"):
        library.engine("harbour")
    # Another process, as after a restart.
    again = Library(library.config)
    for state, reason in rows(again, "harbour").values():
        assert state == "failed"
        assert "a damaged PDF" in reason
    put(library, "harbour", notes="The pier is 90 m long.")
    (folder / "b.pdf").write_bytes(b"%PDF-1.4\nnothing else")
    again.remove("harbour", "c.pdf")
    assert not (folder / "c.pdf").exists()
    assert sorted(load_manifest(library.config.index_folder("harbour")).failures) == ["a.pdf", "b.pdf"]
    assert {path: state for path, (state, _) in rows(again, "harbour").items()} == {
        **{"a.pdf": "failed", "b.pdf": "new", "notes.md": "new"}
    }
    brought_in_step(library, "harbour")
    assert {path: state for path, (state, _) in rows(again, "harbour").items()} == {
        **{"a.pdf": "failed", "b.pdf": "failed", "notes.md": "indexed"}
    }
    # What is not indexed yet is only a file.
    put(library, "harbour", late="The quay is new.")
    library.remove("harbour", "late.md")
    assert not (folder / "late.md").exists()
    with pytest.raises(RagError, match="no document 'none.md'"):
        library.remove("harbour", "none.md")


def test_a_document_that_went_bad_is_listed_as_failed_and_still_held(library: Library) -> None:
    library.create("harbour")
    put(library, "harbour", a="The pier is long.", b="The quay is short.")
    brought_in_step(library, "harbour")
    put(library, "harbour", a="")
    brought_in_step(library, "harbour")
    [a, b] = document_rows(library.config, "harbour", library.folder("harbour"))
    assert (a.state, a.is_held, a.passages, b.state) == ("failed", True, 1, "indexed")
    put(library, "harbour", a="The pier is longer.")
    brought_in_step(library, "harbour")
    assert rows(library, "harbour")["a.md"] == ("indexed", "")


def test_indexing_that_is_called_off_leaves_the_index_as_it_was(library: Library) -> None:
    library.create("large")
    put(library, "large", one="The Rhine is long.")
    brought_in_step(library, "large")
    put(library, "large", **{f"n{number}": f"Bridge {number} was opened in {1000 + number}." for number in range(300)})
    updating = library.begin_update("large")
    while updating.now is None:
        updating.job.wait(0.05)
    for change in (lambda: library.remove("large", "one.md"), lambda: library.rename("large", "small")):
        with pytest.raises(RagError, match="being brought up to date. Stop that"):
            change()
    library.updates.stop("large")
    updating.job.wait()
    assert updating.job.progress.state == "stopped"
    assert [document.id for document in library.engine("large").store.contents.documents()] == ["one.md"]


def test_an_upload_is_followed_file_by_file_by_whoever_looks(library: Library) -> None:
    library.create("harbour")
    put(library, "harbour", a="The pier is long.", empty="", old="The quay is old.")
    refused = SkippedFile("tool.exe", "Not read.")
    library.begin_update("harbour", files=["a.md", "empty.md"], refused=[refused]).job.wait()
    last = library.updates.last("harbour")
    assert last
    assert last.refused == [refused]
    a, empty = last.files
    assert (a, empty.path, empty.state) == (FileState("a.md", "done"), "empty.md", "refused")
    assert "empty" in empty.reason
    library.remove("harbour", "a.md")
    assert library.updates.last("harbour") is None


def test_an_update_that_is_asked_for_meanwhile_waits_and_tells_of_both(tmp_path: Path) -> None:
    updates, go_on, order = Updates(), threading.Event(), []

    def slow(on_progress: OnProgress) -> IndexReport:
        order.append("slow")
        go_on.wait()
        order.append("slow is over")
        return IndexReport("i", "f")

    def quick(on_progress: OnProgress) -> IndexReport:
        order.append("quick")
        return IndexReport("i", "f")

    first = updates.begin("harbour", slow, ["a.md"], [SkippedFile("b.exe", "No.")])
    second = updates.begin("harbour", quick, ["c.md"])
    updates.begin("other", quick).job.wait()
    assert updates.running("harbour") is second
    assert second.is_waiting
    assert [file.path for file in second.files] == ["a.md", "c.md"]
    assert [file.path for file in second.refused] == ["b.exe"]
    go_on.set()
    second.job.wait()
    assert first.job.is_over
    assert not second.is_waiting
    assert [said for said in order if said != "slow"] == ["quick", "slow is over", "quick"]


def test_what_waits_is_called_off_with_what_it_waits_for(tmp_path: Path) -> None:
    updates, called_off = Updates(), threading.Event()

    def until_called_off(on_progress: OnProgress) -> IndexReport:
        called_off.wait()
        first.job.raise_if_called_off()
        return IndexReport("i", "f")

    first = updates.begin("harbour", until_called_off)
    second = updates.begin("harbour", until_called_off)
    updates.stop("harbour")
    called_off.set()
    first.job.wait()
    second.job.wait()
    assert (first.job.progress.state, second.job.progress.state) == ("stopped", "stopped")


def test_collections_are_listed_with_documents_and_size(library: Library, documents: Path) -> None:
    library.create("empty")
    build_index(documents, library.config, "mirror")
    size = sum(info.size for info in load_manifest(library.config.index_folder("mirror")).files.values())
    assert library.collections() == [
        Collection("empty", 0, 0, is_own=True),
        Collection("mirror", 2, size, is_own=False),
        Collection("seeds", 0, 0, is_own=False),
    ]


def test_a_collection_is_renamed_with_its_documents_and_a_mirror_without_its_folder(
    library: Library, documents: Path, tmp_path: Path
) -> None:
    moved = []
    library.create("rivers")
    put(library, "rivers", rhine="The Rhine is 1,233 km long.")
    brought_in_step(library, "rivers")
    build_index(documents, library.config, "mirror")
    (tmp_path / "indexes" / "streams").mkdir()
    (tmp_path / "indexes" / "streams" / "write.lock").touch()
    assert library.rename("rivers", " streams ", lambda *names: moved.append(names)) == "streams"
    assert library.rename("mirror", "glass") == "glass"
    assert library.names() == ["glass", "seeds", "streams"]
    assert moved == [("rivers", "streams")]
    assert library.folder("streams") == tmp_path / "data" / "documents" / "streams"
    assert library.folder("glass") == documents
    assert "1,233" in library.engine("streams").ask("How long is the Rhine?").answer
    assert brought_in_step(library, "streams").unchanged == ["rhine.md"]
    assert brought_in_step(library, "glass").unchanged == ["rivers.md", "towns.txt"]
    assert verify_index(library.config.index_folder("streams")).problems == []
    for name, new, message in (
        ("streams", "GLASS", "already"),
        ("streams", "../out", "cannot name an index"),
        ("seeds", "mine", "keeps its name"),
        ("none", "some", "no index"),
    ):
        with pytest.raises(RagError, match=message):
            library.rename(name, new)
    assert library.rename("streams", "Streams") == "Streams"
    assert library.names() == ["Streams", "glass", "seeds"]


@pytest.mark.parametrize("done", ["nothing", "index", "documents", "folder"])
def test_a_renaming_that_was_killed_leaves_what_opens_and_is_gone_on_with(
    library: Library, tmp_path: Path, done: str
) -> None:
    library.create("rivers")
    put(library, "rivers", rhine="The Rhine is 1,233 km long.")
    brought_in_step(library, "rivers")
    (tmp_path / "data" / RENAMING_FILE).write_text(json.dumps(["rivers", "streams"]))
    steps = [tmp_path / "indexes", tmp_path / "data" / "documents"]
    for parent in steps[: ["nothing", "index", "documents", "folder"].index(done)]:
        (parent / "rivers").rename(parent / "streams")
    held = next(name for name in ("rivers", "streams") if (tmp_path / "indexes" / name / MANIFEST_FILE).exists())
    assert "1,233" in Library(library.config).engine(held).ask("How long is the Rhine?").answer
    moved = []
    again = Library(library.config)
    again.finish_renaming(lambda *names: moved.append(names))
    again.finish_renaming(lambda *names: moved.append(names))
    assert moved == [("rivers", "streams")]
    assert again.names() == ["seeds", "streams"]
    assert brought_in_step(again, "streams").unchanged == ["rhine.md"]


def test_a_renaming_that_fails_leaves_all_as_it_was(library: Library, tmp_path: Path) -> None:
    library.create("rivers")
    put(library, "rivers", rhine="The Rhine is 1,233 km long.")
    brought_in_step(library, "rivers")
    with index_lock(library.config.index_folder("rivers")), pytest.raises(RagError, match="being written"):
        library.rename("rivers", "streams")
    assert library.names() == ["rivers", "seeds"]
    assert not (tmp_path / "data" / RENAMING_FILE).exists()
    assert brought_in_step(library, "rivers").unchanged == ["rhine.md"]


def test_a_name_is_given_once_by_whatever_process(library: Library) -> None:
    refused: list[str] = []

    def create() -> None:
        try:
            library.create("rivers")
        except RagError as error:
            refused.append(str(error))

    documents = library.config.data_dir / "documents"
    documents.mkdir(parents=True)
    asking = threading.Thread(target=create)
    # Another process is at it.
    with FileLock(library.config.data_dir / NAMES_LOCK):
        asking.start()
        asking.join(1)
        assert asking.is_alive()
        (documents / "rivers").mkdir()
    asking.join()
    assert refused == ["There is a collection “rivers” already. Give another name."]
