"""The indexes in a PostgreSQL database."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from rag.config import check_index_name
from rag.errors import DatabaseLostError, IndexFolderError
from rag.store.catalog import Catalog, OnShare, StoredIndex, VerifyReport, Version
from rag.store.manifest import Manifest
from rag.store.postgres.database import Database, database_at
from rag.store.postgres.retired import drop_retired
from rag.store.postgres.session import Transaction, current
from rag.store.postgres.store import PostgresStore, set_manifest
from rag.store.postgres.verify import verify_index


class PostgresIndex(StoredIndex):
    """The index `name` in a database."""

    def __init__(self, database: Database, name: str) -> None:
        self.database = database
        self.name = name

    @property
    def place(self) -> str:
        """Where it is, for messages."""
        return f"{self.name} in {self.database.shown}"

    @property
    def deletion(self) -> str:
        """How to delete it, as the end of a sentence."""
        return "delete it in the window that rag chat opens"

    def version(self) -> Version | None:
        """What changes with its manifest; None where there is none."""
        found = self._row("schema, generation")
        return found and tuple(found)

    def manifest(self) -> Manifest:
        """The settings that it was made with, and its counts."""
        with self.database.reading() as connection:
            return current(connection, self.database, self.name).manifest

    def documents_folder(self) -> Path | None:
        """The folder whose documents it holds; None where there is no index. Raises DatabaseLostError."""
        try:
            return Path(self.manifest().folder)
        except DatabaseLostError:
            raise
        except IndexFolderError:
            return None

    def changed_at(self) -> int:
        """When it was last changed, in nanoseconds since 1970; 0 where there is none."""
        found = self._row("changed")
        return int(found[0].timestamp() * 1e9) if found else 0

    def size(self) -> int:
        """The bytes of its tables and their indexes."""
        found = self._row(
            "(SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname = schema AND c.relkind = 'r')"
        )
        return int(found[0] or 0) if found else 0

    def open(self) -> PostgresStore:
        """What it holds now."""
        return PostgresStore.open(self.database, self.name)

    def create(self, manifest: Manifest) -> PostgresStore:
        """An empty store that replaces whatever it holds once it is persisted."""
        return PostgresStore.create(self.database, self.name, manifest)

    def delete(self) -> None:
        """Delete it, if it is there, at once and for good."""
        self._in_transaction(
            "WITH gone AS (DELETE FROM footnote.indexes WHERE name = %s RETURNING schema)"
            " INSERT INTO footnote.retired SELECT schema FROM gone",
            (self.name,),
        )
        drop_retired(self.database)

    def move(self, name: str) -> None:
        """Give it another name that is free, if it is there, in one step."""
        check_index_name(name)
        self._in_transaction("UPDATE footnote.indexes SET name = %s WHERE name = %s", (name, self.name), name)

    def set_documents_folder(self, folder: Path) -> None:
        """Have it be of `folder`, where its documents were moved."""
        manifest = self.manifest()
        if manifest.folder != str(folder):
            set_manifest(self.database, self.name, replace(manifest, folder=str(folder)))

    def verify(self, on_progress: OnShare = lambda share, what: None) -> VerifyReport:
        """Look at everything in it."""
        return verify_index(self, on_progress)

    def _row(self, columns: str) -> tuple[Any, ...] | None:
        with self.database.reading() as connection:
            statement: Any = f"SELECT {columns} FROM footnote.indexes WHERE name = %s"
            return connection.execute(statement, (self.name,)).fetchone()

    def _in_transaction(self, statement: str, values: tuple[str, ...], other: str | None = None) -> None:
        """Run a statement with the right to change the index, and the `other` one."""
        transaction = Transaction(self.database, self.name)
        try:
            if other is not None:
                transaction.take(other)
            transaction.execute(statement, values)
            transaction.commit()
        finally:
            transaction.close()


class PostgresCatalog(Catalog):
    """The indexes in the database at an address."""

    def __init__(self, url: str) -> None:
        self._database = database_at(url)

    @property
    def place(self) -> str:
        """The database, without what opens it."""
        return self._database.shown

    def names(self) -> list[str]:
        """The indexes that are there, sorted. Raises IndexFolderError where the database cannot be asked."""
        with self._database.reading() as connection:
            return [name for (name,) in connection.execute("SELECT name FROM footnote.indexes ORDER BY name")]

    def index(self, name: str) -> PostgresIndex:
        """The index of that name, be it there or not. Raises IndexFolderError for what cannot name one."""
        check_index_name(name)
        return PostgresIndex(self._database, name)
