"""What a database refuses, loses or lacks is told in words, and nothing is lost."""

import gc
import itertools
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from llama_index.core.vector_stores.types import VectorStoreQuery

from rag.build import copy_index, open_engine
from rag.config import Config
from rag.errors import ConfigError, DatabaseLostError, IndexBusyError, IndexFolderError, RagError
from rag.library.library import Library
from rag.store.postgres.catalog import PostgresCatalog
from rag.store.postgres.database import database_at
from rag.store.postgres.session import Transaction
from rag.store.postgres.tables import CATALOG, LAYOUT_VERSION
from tests.conftest import HashEmbedding, RunRag
from tests.postgres_server import PostgresServer
from tests.store.contract import TEXTS, dense, lexical, made, manifest, put

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
        ("postgresql://%zz", "not an address of PostgreSQL"),
    ],
)
def test_a_database_that_is_not_there_is_named_without_its_password(url: str, message: str) -> None:
    with pytest.raises(RagError, match=message) as caught:
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


def told(program: str, environment: dict[str, str]) -> tuple[str, str]:
    """What a program prints, and what of errors."""
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False)
    return done.stdout.strip(), done.stderr


def test_without_the_extra_it_is_named(rag_environment: dict[str, str]) -> None:
    program = (
        "import sys; sys.modules['psycopg'] = None\n"
        "from rag.build import open_catalog\nfrom rag.config import Config\n"
        "open_catalog(Config(store='postgresql://x/y'))"
    )
    assert "pip install 'footnote-rag[postgres]'" in told(program, rag_environment)[1]


def test_nothing_of_postgresql_is_imported_unless_it_is_asked_for(rag_environment: dict[str, str]) -> None:
    program = (
        "import sys\nfrom rag.build import open_catalog\nfrom rag.config import Config\n"
        "open_catalog(Config()).names()\n"
        "import rag.library.library\nprint([name for name in sys.modules if name.startswith(('psycopg', 'pgvector'))])"
    )
    assert told(program, rag_environment)[0] == "[]"


def test_what_another_process_makes_while_one_waits_is_seen(url: str) -> None:
    with psycopg.connect(url) as first, ThreadPoolExecutor(1) as others:
        first.execute("CREATE EXTENSION vector")
        first.commit()
        first.execute("SELECT pg_advisory_xact_lock(hashtextextended('footnote', 0))")
        names = others.submit(PostgresCatalog(url).names)
        waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        while first.execute(waiting).fetchone() == (0,):
            assert not names.done(), names.result()
        first.execute(CATALOG)
        first.execute("INSERT INTO footnote.layout VALUES (%s)", (LAYOUT_VERSION,))
        first.commit()
        assert names.result() == []


@pytest.mark.parametrize("password", ["sword%fish", "sw@rdfish", "sw/rdfish"])
def test_a_password_that_is_not_encoded_is_refused_and_not_shown(run_rag: RunRag, password: str) -> None:
    for address in (f"postgresql://u:{password}@127.0.0.1:1/db", f"postgresql://127.0.0.1:1/db?password={password}"):
        told = run_rag("ask", "Where?", RAG_STORE=address)
        assert told.returncode == 2
        assert "fish" not in told.stdout + told.stderr


def test_what_a_role_has_for_its_texts_and_its_time_does_not_matter(server: PostgresServer, url: str) -> None:
    server.sql("postgres", f"ALTER DATABASE {url.rsplit('/', 1)[1]} SET client_encoding = 'LATIN1'")
    index = made(PostgresCatalog(url), **{"ü漢": ["zwölf 漢字 lakes"]})
    store = index.open()
    assert lexical(store, "zwölf") == ["zwölf 漢字 lakes"]
    store.close()
    assert index.verify().problems == []


def test_an_index_that_is_renamed_to_a_name_is_not_lost_to_a_build_under_way(catalog: PostgresCatalog) -> None:
    one = made(catalog)
    new = catalog.index("new").create(manifest())
    put(new, "d", ["lake"])
    with pytest.raises(IndexBusyError):
        one.move("new")
    new.persist()
    new.close()
    assert catalog.names() == ["i", "new"]
    with pytest.raises(IndexFolderError):
        one.move("new")


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        ("UPDATE footnote_1.texts SET text = 'x' || text", "not the text of its document"),
        ("UPDATE footnote_1.texts SET text = text || 'x'", "has not the .* characters"),
        ("UPDATE footnote_1.passages SET start = 0 WHERE start > 0", "not the text|before the one before"),
        ("UPDATE footnote_1.vectors SET embedding = embedding + embedding", "not of unit length"),
        ("DELETE FROM footnote_1.vectors", "has no vector"),
        ("DELETE FROM footnote_1.postings WHERE form = 'bern'", "1 forms of words are not found"),
        ("UPDATE footnote_1.postings SET counts = '\\x05' WHERE form = 'bern'", "forms of words"),
        ("DELETE FROM footnote_1.languages", "not looked for in their language"),
        ("DELETE FROM footnote_1.passages WHERE row = 0", "passages, its manifest says"),
        ("UPDATE footnote_1.counters SET next_passage = 0", "which there are already"),
        ("UPDATE footnote_1.documents SET same_as = 'none', characters = NULL", "is stored as the same as none"),
        ("UPDATE footnote.indexes SET manifest = replace(manifest, '/documents', '/other')", "checksum differs"),
        ("DROP SCHEMA footnote_1 CASCADE", "its tables are gone.*--rebuild"),
    ],
)
def test_what_was_changed_by_hand_is_found(server: PostgresServer, url: str, damage: str, told: str) -> None:
    index = made(PostgresCatalog(url))
    server.sql(url.rsplit("/", 1)[1], damage)
    try:
        problem = " ".join(index.verify().problems)
    except IndexFolderError as error:
        problem = str(error)
    assert re.search(told, problem), problem


def test_whoever_reads_the_tables_of_a_replaced_index_holds_nobody_up(server: PostgresServer, url: str) -> None:
    made(PostgresCatalog(url))
    with psycopg.connect(url) as reading:
        reading.execute("SELECT count(*) FROM footnote_1.documents")
        index = made(PostgresCatalog(url), e=["lake"])
        assert lexical(index.open(), "lake") == ["lake"]
        # It is let be, and dropped with the next that is.
        assert reading.execute("SELECT count(*) FROM footnote.retired").fetchone() == (1,)
    made(PostgresCatalog(url))
    with psycopg.connect(url) as reading:
        found = reading.execute("SELECT count(*) FROM pg_namespace WHERE nspname = 'footnote_1'").fetchone()
        assert found == (0,)


def test_an_engine_that_is_replaced_holds_no_connection(
    url: str, model_cache: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    config = Config(store=url, cache_dir=model_cache, index_dir=tmp_path / "i", data_dir=tmp_path / "data")
    library = Library(config)
    library.create("notes")
    gc.collect()
    gc.disable()
    request.addfinalizer(gc.enable)
    for number in range(4):
        (library.folder("notes") / "a.md").write_text(f"The gate opens at {number} o'clock.")
        library.update("notes", lambda progress: None, rebuild=number % 2 == 1)
        assert str(number) in library.engine("notes").ask("When does the gate open?").answer
    with psycopg.connect(url) as reading:
        held = reading.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction'"
        ).fetchone()
    assert held == (1,)
