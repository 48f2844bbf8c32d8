"""Indexing on a real Ray cluster of three nodes, each of processes of its own: make test-ray."""

from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from rag.build import build_index
from rag.cluster.connection import Cluster
from rag.config import Config
from rag.errors import ConfigError
from rag.ingest.report import IndexReport, Progress
from rag.store.manifest import load_manifest
from rag.store.vector_store import FaissStore
from rag.store.verify import verify_index
from tests.bad_files import make_bad_files
from tests.conftest import REPOSITORY, HashEmbedding
from tests.ingest.deadly import DEADLY, DEADLY_ONCE, DeadlyChunker

pytestmark = pytest.mark.ray

NOT_OF_THE_DOCUMENTS = {"index", "seconds", "folder"}


@pytest.fixture
def config(model_cache: Path, tmp_path: Path) -> Config:
    cache = tmp_path / "cache"
    cache.mkdir()
    for model in model_cache.glob("all-MiniLM*"):
        (cache / model.name).symlink_to(model)
    return Config(cache_dir=cache, index_dir=tmp_path / "indexes", max_file_megabytes=5)


def contents(index: Path) -> tuple[list[object], np.ndarray]:
    """All rows of all tables of an index in their order, and its vectors, float32 [passages, dimension]."""
    store = FaissStore.open(index)
    rows: list[object] = []
    for segment in store.contents.segments:
        query = segment.corpus.connection.execute
        for (table,) in query("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall():
            rows.append((table, query(f"SELECT * FROM {table}").fetchall()))
    vectors = np.concatenate([index.reconstruct_n(0, index.ntotal) for index in store.client])
    store.close()
    return rows, vectors


def told(report: IndexReport) -> dict[str, object]:
    return {name: value for name, value in asdict(report).items() if name not in NOT_OF_THE_DOCUMENTS}


def assert_same(config: Config, here: IndexReport, there: IndexReport) -> None:
    assert told(here) == told(there)
    one, other = (config.index_folder(report.index) for report in (here, there))
    rows, vectors = contents(one)
    other_rows, other_vectors = contents(other)
    assert other_rows == rows
    np.testing.assert_allclose(other_vectors, vectors, rtol=0, atol=1e-5)
    assert load_manifest(one).failures == load_manifest(other).failures
    assert verify_index(other).problems == []


def test_the_cluster_has_the_cores_of_its_nodes(cluster: Cluster) -> None:
    assert cluster.cores == 2
    assert not cluster.is_here


def test_files_of_all_formats_and_faults_make_the_index_of_one_process(
    cluster: Cluster, config: Config, tmp_path: Path
) -> None:
    folder = tmp_path / "documents"
    folder.mkdir()
    make_bad_files(folder)
    # Of the files of each kind, which stand beside each other, one in three.
    for number, file in enumerate(sorted(path for path in folder.rglob("*") if path.is_file())):
        if number % 3:
            file.unlink()
    for name in ("a.txt", "b.txt", "c.txt"):
        (folder / name).write_text("The same in each of them.\n")
    embedding = HashEmbedding()
    here = build_index(folder, config, "here", embedding=embedding)
    there = build_index(folder, config, "there", embedding=embedding, cluster=cluster)
    assert len(here.skipped) > 20 < len(here.added)
    assert ("b.txt", "a.txt") in here.duplicates
    assert_same(config, here, there)


def test_an_update_reads_what_changed_as_one_process_does(cluster: Cluster, config: Config, documents: Path) -> None:
    for name in ("a.txt", "b.txt", "c.txt"):
        (documents / name).write_text("The same in each of them.\n")
    for name in ("d.pdf", "e.pdf"):
        (documents / name).write_bytes(b"the same, and no PDF")
    embedding = HashEmbedding()
    for name in ("here", "there"):
        build_index(documents, config, name, embedding=embedding)
    (documents / "a.txt").write_text("Another than in b and c.\n")
    (documents / "rivers.md").rename(documents / "streams.md")
    (documents / "e.pdf").unlink()
    here = build_index(documents, config, "here", embedding=embedding)
    there = build_index(documents, config, "there", embedding=embedding, cluster=cluster)
    assert (there.changed, there.moved) == (["a.txt", "b.txt", "c.txt"], [("rivers.md", "streams.md")])
    assert_same(config, here, there)


def test_the_default_embedding_makes_the_vectors_of_one_process(cluster: Cluster, config: Config) -> None:
    here = build_index(REPOSITORY / "seeds", config, "here")
    there = build_index(REPOSITORY / "seeds", config, "there", cluster=cluster)
    assert here.passages > 10
    assert_same(config, here, there)


def test_a_worker_that_is_killed_loses_nothing_and_a_document_that_kills_each_fails_alone(
    cluster: Cluster, config: Config, tmp_path: Path
) -> None:
    folder, traces = tmp_path / "documents", tmp_path / "traces"
    folder.mkdir()
    traces.mkdir()
    for number in range(30):
        deadly = {7: DEADLY_ONCE, 20: DEADLY}.get(number, "")
        (folder / f"{number:02}.txt").write_text(f"Document {number} is about the number {number}. {deadly}\n")
    embedding = HashEmbedding()
    there = build_index(
        folder, config, "there", embedding=embedding, node_parser=DeadlyChunker(traces), cluster=cluster
    )
    (failed,) = there.skipped
    assert failed.path == "20.txt"
    assert "each worker that read it died (3 did)" in failed.reason
    assert {trace.name: len(trace.read_text().split()) for trace in traces.iterdir()} == {
        "07.txt": 1,
        "20.txt": 3,
    }
    (folder / "20.txt").unlink()
    rest = build_index(folder, config, "there", embedding=embedding, cluster=cluster)
    here = build_index(folder, config, "here", embedding=embedding)
    assert len(rest.unchanged) == len(here.added) == 29
    rows, vectors = contents(config.index_folder("here"))
    other_rows, other_vectors = contents(config.index_folder("there"))
    assert other_rows == rows
    np.testing.assert_allclose(other_vectors, vectors, rtol=0, atol=1e-5)


def test_what_no_worker_can_do_fails_the_run_and_leaves_the_index(
    cluster: Cluster, config: Config, documents: Path
) -> None:
    class Local(HashEmbedding):
        pass

    with pytest.raises(ConfigError, match="cannot be sent to other machines"):
        build_index(documents, config, "there", embedding=Local(), cluster=cluster)
    # The name that a worker finds is another's than what the driver has.
    with pytest.raises(ConfigError, match="a worker embeds with hash where this machine does with other"):
        build_index(documents, config, "there", embedding=Renamed(model_name="other"), cluster=cluster)
    assert not (config.index_folder("there") / "manifest.json").exists()


class Renamed(HashEmbedding):
    """An embedding that is called otherwise once it has travelled."""

    def __reduce__(self) -> tuple[object, ...]:
        return HashEmbedding, ()


def test_an_update_that_is_interrupted_leaves_the_index_as_it_was(
    cluster: Cluster, config: Config, documents: Path
) -> None:
    embedding = HashEmbedding()
    build_index(documents, config, "there", embedding=embedding)
    before = contents(config.index_folder("there"))[0]
    for number in range(200):
        (documents / f"{number}.txt").write_text(f"Document {number} is about the number {number}.\n")

    def interrupt(progress: Progress) -> None:
        if progress.files_done > 20:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build_index(documents, config, "there", embedding=embedding, cluster=cluster, on_progress=interrupt)
    assert contents(config.index_folder("there"))[0] == before
