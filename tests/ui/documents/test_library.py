from pathlib import Path

import pytest

from rag.config import Config
from rag.errors import IndexFolderError, RagError
from rag.ingest.update import IndexReport
from ui.documents.indexing import begin_update
from ui.documents.library import Library


@pytest.fixture
def library(model_cache: Path, tmp_path: Path) -> Library:
    return Library(Config(cache_dir=model_cache, index_dir=tmp_path / "indexes", data_dir=tmp_path / "data"))


def put(library: Library, name: str, **texts: str) -> None:
    folder = library.folder(name)
    assert folder
    for stem, text in texts.items():
        (folder / f"{stem}.md").write_text(text)


def brought_in_step(library: Library, name: str) -> IndexReport:
    updating = begin_update(library, name, rebuild=False)
    updating.job.wait()
    assert updating.job.result, updating.job.message
    return updating.job.result


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
    with pytest.raises(RagError):
        library.engine("rivers")


def test_uploads_to_a_mirror_go_elsewhere(library: Library, documents: Path) -> None:
    from rag.build import build_index

    build_index(documents, library.config, "mirror")
    assert not library.is_own("mirror")
    assert library.folder("mirror") == documents
    assert library.for_uploads("mirror") == "my-documents"
    library.remove("mirror", "towns.txt")
    library.delete("mirror")
    assert sorted(file.name for file in documents.iterdir()) == ["rivers.md", "towns.txt"]


def test_indexing_that_is_called_off_leaves_the_index_as_it_was(library: Library) -> None:
    library.create("large")
    put(library, "large", one="The Rhine is long.")
    brought_in_step(library, "large")
    put(library, "large", **{f"n{number}": f"Bridge {number} was opened in {1000 + number}." for number in range(300)})
    updating = begin_update(library, "large", rebuild=False)
    while updating.progress.empty():
        updating.job.wait(0.05)
    updating.job.call_off()
    updating.job.wait()
    assert updating.job.progress.state == "stopped"
    assert [document.id for document in library.engine("large").store.contents.documents()] == ["one.md"]
