"""PostgreSQL, or the program, that is killed in mid-ingest: nothing is half visible, and the next run ends it."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from rag.errors import IndexFolderError
from rag.ingest.chunker import SentenceChunker
from rag.ingest.update import update_index
from rag.store.catalog import StoredIndex
from rag.store.postgres.catalog import PostgresCatalog
from tests.conftest import HashEmbedding
from tests.postgres_server import PostgresServer

DOCUMENTS = 12


class KilledAt(HashEmbedding):
    """Kills somebody when it embeds for the n-th time."""

    number: int
    kill: object
    seen: int = 0

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        self.seen += 1
        if self.seen == self.number:
            self.kill()
        return super()._get_text_embeddings(texts)


def make_documents(folder: Path, version: int) -> None:
    folder.mkdir(exist_ok=True)
    for number in range(DOCUMENTS):
        lines = [f"Of version {version}, line {line} of document {number}." for line in range(60)]
        (folder / f"{number}.md").write_text("\n\n".join(lines))


def held(index: StoredIndex) -> tuple[int, set[str]]:
    """How many documents there are, and of which versions."""
    store = index.open()
    try:
        texts = [store.contents.document(name).text for name in store.contents.hashes()]
        return len(texts), {text.split(",")[0] for text in texts}
    finally:
        store.close()


def update(folder: Path, index: StoredIndex, chunker: SentenceChunker, embedding: HashEmbedding) -> None:
    update_index(folder, index, embedding, chunker, 1)


def test_a_database_that_is_killed_20_times_in_mid_ingest_shows_nothing_half(
    server: PostgresServer, catalog: PostgresCatalog, tmp_path: Path, chunker: SentenceChunker
) -> None:
    index = catalog.index("i")
    make_documents(tmp_path / "d", 0)
    update(tmp_path / "d", index, chunker, HashEmbedding())
    killed = 0
    for kill in range(20):
        version = index.version()
        make_documents(tmp_path / "d", kill + 1)
        try:
            update(tmp_path / "d", index, chunker, KilledAt(number=1 + kill % 5, kill=server.kill))
        except IndexFolderError:
            killed += 1
            server.start()
            assert index.version() == version
            assert held(index) == (DOCUMENTS, {f"Of version {kill}"})
            update(tmp_path / "d", index, chunker, HashEmbedding())
        assert held(index) == (DOCUMENTS, {f"Of version {kill + 1}"})
    assert killed == 20
    assert index.verify().problems == []


PROGRAM = """
import os, signal, sys
from pathlib import Path
from rag.ingest.chunker import SentenceChunker
from rag.models.default_embedding import default_counter
from rag.store.postgres.catalog import PostgresCatalog
from tests.postgres.test_killing import KilledAt, update

url, folder, number = sys.argv[1:]
embedding = KilledAt(number=int(number), kill=lambda: os.kill(os.getpid(), signal.SIGKILL))
update(Path(folder), PostgresCatalog(url).index("i"), SentenceChunker(default_counter(), 128), embedding)
"""


@pytest.mark.parametrize("number", [1, 4])
def test_a_program_that_is_killed_leaves_the_index_and_no_lock(
    catalog: PostgresCatalog, url: str, tmp_path: Path, chunker: SentenceChunker, number: int
) -> None:
    index = catalog.index("i")
    make_documents(tmp_path / "d", 0)
    done = subprocess.run([sys.executable, "-c", PROGRAM, url, str(tmp_path / "d"), str(number)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert catalog.names() == []
    update(tmp_path / "d", index, chunker, HashEmbedding())
    assert held(index) == (DOCUMENTS, {"Of version 0"})
    assert index.verify().problems == []
