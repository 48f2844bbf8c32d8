"""One state of an index in PostgreSQL, asked by any number of threads; and the transaction that makes the next one."""

import contextlib
import weakref
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from threading import RLock
from typing import Any, Protocol

import psycopg
from psycopg_pool import PoolTimeout

from rag.errors import IndexBusyError, IndexFolderError
from rag.store.manifest import Manifest, build_again, manifest_of
from rag.store.postgres.database import Connection, Database

SEARCHED = 400
"""Passages that an approximate search keeps in view at least."""

_SETTINGS = (
    "SELECT set_config('search_path', '{schema}, ' || current_setting('search_path'), true),"
    f" set_config('hnsw.ef_search', '{SEARCHED}', true), set_config('hnsw.iterative_scan', 'strict_order', true),"
    " set_config('hnsw.max_scan_tuples', '1000000', true), set_config('jit', 'off', true), pg_postmaster_start_time()"
)
_TIMES_READ = 20
_WAITS = "SET LOCAL lock_timeout = '10s'"
"""For those who read the tables in other ways, such as pg_dump."""


@dataclass(frozen=True, slots=True)
class Current:
    """What the catalog says of an index: the schema of its tables, and its manifest."""

    schema: str
    manifest: Manifest


class Session(Protocol):
    """What the contents of an index are read by: statements over its tables, which stand first in the search path."""

    def fetch(self, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a statement, values in binary. Raises IndexFolderError."""


class Snapshot:
    """An index as it was when this was opened, whatever is committed since.

    One connection keeps the state, an exported snapshot of PostgreSQL's; connections of the pool read it. Where the
    database was lost in between, the same generation is gone on with. Raises IndexFolderError.
    """

    def __init__(self, database: Database, name: str) -> None:
        self._database = database
        self._name = name
        self._lock = RLock()
        self._holder: Connection | None = None
        self.current = self._begin()

    def fetch(self, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a statement. Raises IndexFolderError."""
        try:
            return self._fetched(statement, values)
        except IndexFolderError as error:
            was_lost = isinstance(error.__cause__, psycopg.OperationalError | PoolTimeout)
            if not error.__cause__ or (self._is_held() and not was_lost):
                raise
        self._hold_again()
        return self._fetched(statement, values)

    def close(self) -> None:
        """Let the state go."""
        if self._holder:
            self._holder.close()

    def _fetched(self, statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        settings = f"SET TRANSACTION SNAPSHOT '{self._id}'; {_SETTINGS.format(schema=self.current.schema)}"
        with self._database.reading() as connection:
            told = connection.execute(settings)
            told.nextset()
            *_, began = told.fetchone() or (None,)
            if began != self._server_began:
                # A server that was started anew counts its snapshots anew: this may be somebody else's.
                raise psycopg.OperationalError("the server was started anew")
            return connection.execute(statement, values or None, binary=True).fetchall()

    def _begin(self) -> Current:
        self._database.check()
        missing = ""
        for _ in range(_TIMES_READ):
            holder = self._database.connect()
            try:
                with self._database.telling():
                    found = current(holder, self._database, self._name)
                    # Whoever would drop its tables waits for this lock to be gone.
                    holder.execute("SELECT pg_advisory_xact_lock_shared(hashtextextended(%s, 0))", (found.schema,))
                    is_there = holder.execute("SELECT to_regnamespace(%s) IS NOT NULL", (found.schema,)).fetchone()
                    snapshot = holder.execute("SELECT pg_export_snapshot(), pg_postmaster_start_time()").fetchone()
            except BaseException:
                holder.close()
                raise
            if snapshot and is_there and is_there[0]:
                self._id, self._server_began = snapshot
                self._holder = holder
                self._closing = weakref.finalize(self, holder.close)
                return found
            holder.close()
            if found.schema == missing:
                raise IndexFolderError(
                    f"the index {self._name!r} in {self._database.shown} is damaged: its tables are gone."
                    f" {build_again(found.manifest.folder, self._name)}"
                )
            missing = found.schema
        raise IndexBusyError(f"the index {self._name!r} changes too often to be opened. Try again.")

    def _hold_again(self) -> None:
        """Go on after the database was lost, where the index is still the same. Raises IndexFolderError."""
        with self._lock:
            if self._is_held():
                return
            self.close()
            before, now = self.current, self._begin()
            if now != before:
                raise IndexFolderError(
                    f"the index {self._name!r} was changed while its database {self._database.shown} could not be"
                    " reached. Ask again."
                )

    def _is_held(self) -> bool:
        """Whether the state is still kept."""
        try:
            return self._holder is not None and self._holder.execute("SELECT 1").fetchone() == (1,)
        except psycopg.Error:
            return False


class Transaction:
    """The transaction of a change to an index, which this process alone sees. Safe to share between threads.

    Raises IndexBusyError where another has one of the same index.
    """

    def __init__(self, database: Database, name: str) -> None:
        database.check()
        self.database = database
        self.connection = database.connect()
        self._lock = RLock()
        self._closing = weakref.finalize(self, self.connection.close)
        try:
            with self.telling() as connection:
                # Each statement is to see what the last writer committed, however late it did.
                connection.isolation_level = psycopg.IsolationLevel.READ_COMMITTED
                # A plan that is kept is one for tables that were empty.
                connection.prepare_threshold = None
                connection.execute(_WAITS)
            self.take(name)
        except BaseException:
            self.close()
            raise

    def take(self, name: str) -> None:
        """Have the index of that name, be it there or not, be for this change alone. Raises IndexBusyError."""
        ((is_taken,),) = self.fetch("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", (f"footnote {name}",))
        if not is_taken:
            raise IndexBusyError(f"the index {name!r} is being written by another program. Try again later.")

    @contextlib.contextmanager
    def telling(self) -> Iterator[Connection]:
        """Its connection, for one thread at a time. Raises IndexFolderError."""
        with self._lock, self.database.telling():
            yield self.connection

    def look_into(self, schema: str) -> None:
        """Have the tables of `schema` be those that statements are about."""
        with self.telling() as connection:
            connection.execute(_SETTINGS.format(schema=schema))

    def fetch(self, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a statement. Raises IndexFolderError."""
        with self.telling() as connection:
            return connection.execute(statement, values or None, binary=True).fetchall()

    def execute(self, statement: str, values: Sequence[Any] = ()) -> int:
        """How many rows a statement changed. Raises IndexFolderError."""
        with self.telling() as connection:
            return connection.execute(statement, values or None).rowcount

    def put(self, table: str, rows: Sequence[Sequence[Any]], types: Sequence[str]) -> None:
        """Add rows to a table, all columns of these types. Raises IndexFolderError."""
        if not rows:
            return
        statement: Any = f"COPY {table} FROM STDIN (FORMAT BINARY)"
        with self.telling() as connection, connection.cursor() as cursor, cursor.copy(statement) as copy:
            copy.set_types(types)
            for row in rows:
                copy.write_row(row)

    def commit(self) -> None:
        """Make the change current, and end it."""
        with self.telling() as connection:
            connection.commit()
        self.close()

    def close(self) -> None:
        """Drop what was not committed."""
        self.connection.close()


def current(connection: Connection, database: Database, name: str) -> Current:
    """What the catalog says of the index `name`. Raises IndexFolderError where there is none."""
    found = connection.execute("SELECT schema, manifest FROM footnote.indexes WHERE name = %s", (name,)).fetchone()
    if found is None:
        raise IndexFolderError(
            f"there is no index {name!r} in the database {database.shown}. Make it: rag index FOLDER --index {name}"
        )
    try:
        return Current(str(found[0]), manifest_of(str(found[1])))
    except ValueError as error:
        raise IndexFolderError(
            f"what the database {database.shown} says of the index {name!r} cannot be read ({error})."
            f" {build_again('FOLDER', name)}"
        ) from None
