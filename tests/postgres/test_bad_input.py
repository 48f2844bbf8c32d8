"""What a database refuses, loses or lacks is told in words, and nothing is lost."""

import itertools
import subprocess
import sys
from pathlib import Path

import pytest
from llama_index.core.vector_stores.types import VectorStoreQuery

from rag.build import copy_index, open_engine
from rag.config import Config
from rag.errors import ConfigError, DatabaseLostError, IndexBusyError, IndexFolderError
from rag.store.postgres.catalog import PostgresCatalog
from rag.store.postgres.database import database_at
from rag.store.postgres.session import Transaction
from tests.conftest import HashEmbedding, RunRag
from tests.postgres_server import PostgresServer
from tests.store.contract import TEXTS, dense, lexical, made, put

_names = (f"role{number}" for number in itertools.count())


def test_a_database_without_rights_is_named_with_what_to_do(server: PostgresServer, url: str) -> None:
    database, role = url.rsplit("/", 1)[1], next(_names)
    server.sql(database, f"CREATE ROLE {role} LOGIN")
    theirs = PostgresCatalog(server.url(database, role))
    with pytest.raises(IndexFolderError, match=r"no pgvector .*permission denied.*CREATE EXTENSION vector"):
        theirs.names()
    server.sql(database, "CREATE EXTENSION vector")
    with pytest.raises(IndexFolderError, match=r"does not allow it .*GRANT CREATE ON DATABASE"):
        theirs.names()
    made(PostgresCatalog(url))
    with pytest.raises(IndexFolderError, match="does not allow it"):
        theirs.index("i").version()


def test_whoever_may_read_reads_and_writes_nothing(server: PostgresServer, url: str) -> None:
    database, role = url.rsplit("/", 1)[1], next(_names)
    made(PostgresCatalog(url))
    server.sql(
        database,
        f"CREATE ROLE {role} LOGIN",
        f"GRANT USAGE ON SCHEMA footnote, footnote_1 TO {role}",
        f"GRANT SELECT ON ALL TABLES IN SCHEMA footnote, footnote_1 TO {role}",
    )
    theirs = PostgresCatalog(server.url(database, role)).index("i")
    store = theirs.open()
    assert lexical(store, "bern") == [TEXTS[1]]
    with pytest.raises(IndexFolderError, match="does not allow it"):
        put(store, "e", ["lake"])
    store.close()
    with pytest.raises(IndexFolderError, match="does not allow it"):
        theirs.delete()
    assert PostgresCatalog(url).names() == ["i"]


def test_a_database_in_another_encoding_is_refused(server: PostgresServer) -> None:
    server.sql("postgres", "CREATE DATABASE latin ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
    with pytest.raises(IndexFolderError, match="is in LATIN1. Create one in UTF8"):
        PostgresCatalog(server.url("latin")).names()


def test_indexes_of_another_layout_are_refused(server: PostgresServer, url: str) -> None:
    made(PostgresCatalog(url))
    server.sql(url.rsplit("/", 1)[1], "UPDATE footnote.layout SET version = 99")
    with pytest.raises(IndexFolderError, match="another version of footnote-rag .layout 99"):
        # As another process, which looks anew.
        PostgresCatalog(f"{url}?application_name=other").names()


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("postgresql://x@127.0.0.1:1/none", "none at 127.0.0.1:1 cannot be reached.*refused"),
        ("postgresql://x:swordfish@127.0.0.1:1/none", "cannot be reached"),
        ("postgresql://%zz", "cannot be reached|refused"),
    ],
)
def test_a_database_that_is_not_there_is_named_without_its_password(url: str, message: str) -> None:
    with pytest.raises(IndexFolderError, match=message) as caught:
        PostgresCatalog(url).names()
    assert "swordfish" not in str(caught.value)


def test_a_command_tells_it_and_ends(run_rag: RunRag, url: str, documents: Path) -> None:
    lost = run_rag("ask", "Where is Bern?", RAG_STORE="postgresql://x:swordfish@127.0.0.1:1/none")
    assert (lost.returncode, lost.stdout) == (2, "")
    assert "cannot be reached" in lost.stderr
    assert "swordfish" not in lost.stderr
    assert "Traceback" not in lost.stderr
    wrong = run_rag("ask", "Where is Bern?", RAG_STORE="mysql://x:swordfish@h/d")
    assert wrong.returncode == 2
    assert "begins with postgresql://" in wrong.stderr
    assert "swordfish" not in wrong.stderr
    indexed = run_rag("index", documents, "--index", "papers", RAG_STORE=url)
    assert indexed.returncode == 0, indexed
    answered = run_rag("ask", "What is the seat of the Swiss government?", "--index", "papers", RAG_STORE=url)
    assert "Bern" in answered.stdout
    assert "all is as it was written" in run_rag("verify", "--index", "papers", RAG_STORE=url).stdout
    where = run_rag("where", "--index", "papers", RAG_STORE=url).stdout
    assert f"papers in {url.rsplit('/', 1)[1]} at 127.0.0.1" in where
    copied = run_rag("copy", "--to", "folders", "--index", "papers", RAG_STORE=url)
    assert "all is the same there" in copied.stdout
    again = run_rag("copy", "--to", "folders", "--index", "papers", RAG_STORE=url)
    assert "Add --replace" in again.stderr
    assert "Bern" in run_rag("ask", "What is the seat of the Swiss government?", "--index", "papers").stdout
    nowhere = run_rag("copy", "--to", url, "--index", "papers", RAG_STORE=url)
    assert "is there already: name another store" in nowhere.stderr


def test_an_index_of_another_embedding_is_refused(catalog: PostgresCatalog, url: str, tmp_path: Path) -> None:
    made(catalog)
    with pytest.raises(IndexFolderError, match="made with vectors of 64 dimensions, not 384"):
        open_engine(Config(store=url, index_dir=tmp_path), "i")
    with pytest.raises(IndexFolderError, match="embedding model hash, not other"):
        open_engine(
            Config(store=url, index_dir=tmp_path), "i", embedding=HashEmbedding(model_name="other", dimension=64)
        )


def test_an_index_is_copied_over_none_unless_it_is_to_replace_it(
    catalog: PostgresCatalog, url: str, tmp_path: Path
) -> None:
    made(catalog)
    config = Config(store=url, index_dir=tmp_path)
    copied = copy_index(config, "i", "folders")
    assert (copied.documents, copied.passages) == (1, len(TEXTS))
    with pytest.raises(ConfigError, match="Add --replace"):
        copy_index(config, "i", "folders")
    made(catalog, e=["lake"])
    assert copy_index(config, "i", "folders", is_replaced=True).passages == 1
    back = Config(index_dir=tmp_path)
    assert copy_index(back, "i", url, is_replaced=True).passages == 1
    with pytest.raises(IndexFolderError, match="there is no index 'none'"):
        copy_index(config, "none", "folders")


def test_the_database_is_lost_in_mid_question_and_comes_back(server: PostgresServer, url: str) -> None:
    index = made(PostgresCatalog(url))
    store = index.open()
    assert lexical(store, "bern") == [TEXTS[1]]
    server.kill()
    with pytest.raises(DatabaseLostError, match="cannot be reached"):
        lexical(store, "bern")
    with pytest.raises(DatabaseLostError):
        index.version()
    server.start()
    # The index is the same, and is gone on with.
    assert lexical(store, "bern") == [TEXTS[1]]
    assert dense(store, TEXTS[0])[0] == TEXTS[0]
    server.kill()
    server.start()
    made(PostgresCatalog(url), e=["lake"])
    # It is another now, of which nothing is mixed into what was found before.
    with pytest.raises(IndexFolderError, match="was changed while its database"):
        store.query(VectorStoreQuery(query_embedding=HashEmbedding().get_query_embedding("x"), similarity_top_k=1))
    store.close()
    assert index.open().contents.document("e")


def test_connections_that_are_ended_are_made_again(server: PostgresServer, url: str) -> None:
    index = made(PostgresCatalog(url))
    store = index.open()
    assert lexical(store, "bern") == [TEXTS[1]]
    ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'footnote'"
    server.sql("postgres", ended)
    assert lexical(store, "bern") == [TEXTS[1]]
    put(store, "e", ["lake"])
    server.sql("postgres", ended)
    with pytest.raises(IndexFolderError):
        put(store, "f", ["pond"])
    store.close()
    assert sorted(index.open().contents.hashes()) == ["d"]


def test_whoever_holds_an_index_is_waited_for_by_none(url: str) -> None:
    index = made(PostgresCatalog(url))
    held = Transaction(database_at(url), "i")
    with pytest.raises(IndexBusyError):
        index.delete()
    made(PostgresCatalog(url), "j")
    held.close()
    index.delete()
    assert PostgresCatalog(url).names() == ["j"]


def test_without_the_extra_it_is_named(rag_environment: dict[str, str]) -> None:
    program = (
        "import sys; sys.modules['psycopg'] = None\n"
        "from rag.build import open_catalog\nfrom rag.config import Config\n"
        "open_catalog(Config(store='postgresql://x/y'))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env=rag_environment, capture_output=True, text=True, check=False
    )
    assert "pip install 'footnote-rag[postgres]'" in done.stderr


def test_nothing_of_postgresql_is_imported_unless_it_is_asked_for(rag_environment: dict[str, str]) -> None:
    program = (
        "import sys\nfrom rag.build import open_catalog\nfrom rag.config import Config\n"
        "open_catalog(Config()).names()\n"
        "import rag.library.library\nprint([name for name in sys.modules if name.startswith(('psycopg', 'pgvector'))])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env=rag_environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
