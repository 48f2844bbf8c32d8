"""Collections whose indexes lie in PostgreSQL: what the window and the API do with them."""

import json
from pathlib import Path

import pytest

from rag.config import Config
from rag.errors import DatabaseLostError, RagError
from rag.library.library import Library
from rag.library.renaming import RENAMING_FILE
from tests.library.test_library import brought_in_step, put, rows
from tests.postgres_server import PostgresServer


@pytest.fixture
def library(model_cache: Path, tmp_path: Path, url: str) -> Library:
    return library_at(url, model_cache, tmp_path)


def library_at(url: str, model_cache: Path, folder: Path) -> Library:
    return Library(Config(store=url, cache_dir=model_cache, index_dir=folder / "indexes", data_dir=folder / "data"))


def test_a_collection_is_made_filled_asked_changed_renamed_and_deleted(
    library: Library, url: str, model_cache: Path, tmp_path: Path
) -> None:
    assert library.create(" rivers ") == "rivers"
    with pytest.raises(RagError, match="is empty"):
        library.engine("rivers")
    put(library, "rivers", rhine="The Rhine is 1,233 km long.", elbe="The Elbe is 1,094 km long.")
    assert sorted(brought_in_step(library, "rivers").added) == ["elbe.md", "rhine.md"]
    engine = library.engine("rivers")
    assert library.engine("rivers") is engine
    assert "1,233" in engine.ask("How long is the Rhine?").answer
    assert rows(library, "rivers") == {"elbe.md": ("indexed", ""), "rhine.md": ("indexed", "")}
    # Another server on the same database.
    other = library_at(url, model_cache, tmp_path)
    assert "rivers" in other.names()
    assert "1,094" in other.engine("rivers").ask("How long is the Elbe?").answer
    (found,) = [one for one in other.collections() if one.name == "rivers"]
    assert (found.documents, found.is_own) == (2, True)
    assert found.bytes > 0
    library.remove("rivers", "elbe.md")
    # What one changed, the other sees at the next question.
    assert [*other.engine("rivers").store.contents.hashes()] == ["rhine.md"]
    put(other, "rivers", oder="The Oder is 840 km long.")
    assert brought_in_step(other, "rivers").added == ["oder.md"]
    assert "840" in library.engine("rivers").ask("How long is the Oder?").answer
    assert library.rename("rivers", "streams") == "streams"
    with pytest.raises(RagError, match="There is no index"):
        other.engine("rivers")
    assert "840" in other.engine("streams").ask("How long is the Oder?").answer
    assert library.folder("streams") == tmp_path / "data" / "documents" / "streams"
    with pytest.raises(RagError, match="There is a collection"):
        library.create("Streams")
    library.delete("streams")
    assert "streams" not in other.names()
    assert not (tmp_path / "indexes").exists()


def test_a_renaming_that_was_killed_is_gone_on_with(library: Library, tmp_path: Path) -> None:
    library.create("rivers")
    put(library, "rivers", rhine="The Rhine is 1,233 km long.")
    brought_in_step(library, "rivers")
    library.catalog.index("rivers").move("streams")
    (tmp_path / "data" / RENAMING_FILE).write_text(json.dumps(["rivers", "streams"]))
    moved: list[tuple[str, str]] = []
    library.finish_renaming(lambda old, new: moved.append((old, new)))
    assert moved == [("rivers", "streams")]
    assert library.names() == ["seeds", "streams"]
    assert library.catalog.index("streams").documents_folder() == tmp_path / "data" / "documents" / "streams"


def test_while_the_database_is_lost_it_is_said(library: Library, server: PostgresServer) -> None:
    library.create("rivers")
    put(library, "rivers", rhine="The Rhine is 1,233 km long.")
    brought_in_step(library, "rivers")
    library.engine("rivers")
    server.kill()
    for asked in (library.names, lambda: library.engine("rivers"), lambda: library.rename("rivers", "streams")):
        with pytest.raises(DatabaseLostError, match="cannot be reached"):
            asked()
    put(library, "rivers", elbe="The Elbe is 1,094 km long.")
    updating = library.begin_update("rivers")
    updating.job.wait()
    assert "cannot be reached" in updating.job.message
    server.start()
    assert brought_in_step(library, "rivers").added == ["elbe.md"]
    assert "1,094" in library.engine("rivers").ask("How long is the Elbe?").answer
