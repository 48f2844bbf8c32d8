"""A PostgreSQL database: connections to it, whether it can hold indexes, and what it refuses, in words."""

import contextlib
import logging
import weakref
from collections.abc import Iterator
from functools import cache, cached_property
from typing import Any, LiteralString

import psycopg
from pgvector.psycopg import register_vector
from psycopg import errors
from psycopg.conninfo import conninfo_to_dict
from psycopg_pool import ConnectionPool, PoolTimeout

from rag.errors import ConfigError, DatabaseLostError, IndexBusyError, IndexFolderError
from rag.store.postgres.tables import CATALOG, LAYOUT_VERSION

Connection = psycopg.Connection[tuple[Any, ...]]

SECONDS_TO_CONNECT = 10
SECONDS_TO_WAIT = 1
"""For a connection of the pool, before one of its own is made."""

MOST_CONNECTIONS = 16
"""Of one process that ask; a change and each open index have one of their own besides."""

OLDEST_PGVECTOR = (0, 8)
"""The first that goes on searching where a filter leaves too little."""

_KEEP_ALIVE = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}
# It warns at each of its tries to connect; whoever waits for one hears of it.
logging.getLogger("psycopg.pool").setLevel(logging.ERROR)

_REFUSED = "the database {} refused ({}). What it held before is unharmed."
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('footnote', 0))"


class Database:
    """The database that an address names. Safe to share between threads."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.shown = _without_password(url)

    @cached_property
    def _pool(self) -> ConnectionPool[Connection]:
        pool: ConnectionPool[Connection] = ConnectionPool(
            self._url,
            kwargs=self._settings,
            min_size=0,
            max_size=MOST_CONNECTIONS,
            timeout=SECONDS_TO_WAIT,
            configure=_configured,
            check=ConnectionPool.check_connection,
            open=True,
        )
        weakref.finalize(self, pool.close)
        return pool

    @property
    def _settings(self) -> dict[str, Any]:
        given = conninfo_to_dict(self._url)
        usual = {"connect_timeout": SECONDS_TO_CONNECT, "application_name": "footnote", **_KEEP_ALIVE}
        # Whatever the role and the environment have.
        return {name: value for name, value in usual.items() if name not in given} | {"client_encoding": "UTF8"}

    def connect(self) -> Connection:
        """A connection of its own. Raises IndexFolderError."""
        with self.telling():
            connection: Connection = psycopg.connect(self._url, **self._settings)
            try:
                _configured(connection)
            except BaseException:
                connection.close()
                raise
            return connection

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection of the pool, in a transaction. Raises IndexFolderError."""
        self.check()
        with self.telling(), self._pooled() as connection, connection.transaction():
            yield connection

    @contextlib.contextmanager
    def _pooled(self) -> Iterator[Connection]:
        try:
            connection = self._pool.getconn()
        except PoolTimeout:
            # After the database was lost it waits ever longer between its tries; who asks does not.
            with contextlib.closing(self.connect()) as own:
                yield own
            return
        try:
            yield connection
        finally:
            self._pool.putconn(connection)

    def check(self) -> None:
        """Raise IndexFolderError unless indexes can be kept here; looked at once."""
        _ = self._is_checked

    @cached_property
    def _is_checked(self) -> bool:
        with contextlib.closing(self.connect()) as connection, self.telling():
            # What another process made while this one waited for the lock is to be seen.
            connection.isolation_level = psycopg.IsolationLevel.READ_COMMITTED
            (encoding,) = _one(connection, "SHOW server_encoding")
            if encoding != "UTF8":
                raise IndexFolderError(f"the database {self.shown} is in {encoding}. Create one in UTF8.")
            self._check_extension(connection)
            self._check_layout(connection)
            return True

    def _check_extension(self, connection: Connection) -> None:
        asked = "SELECT (SELECT extversion FROM pg_extension WHERE extname = 'vector'), to_regtype('vector')"
        version, visible = _one(connection, asked)
        if version is None:
            try:
                with connection.transaction():
                    connection.execute("CREATE EXTENSION vector")
            except psycopg.Error as error:
                raise IndexFolderError(
                    f"the database {self.shown} has no pgvector ({_first_line(error)}). Install it on its server, and"
                    " have its owner run there: CREATE EXTENSION vector"
                ) from None
            version, visible = _one(connection, asked)
        connection.commit()
        if tuple(int(part) for part in version.split(".")[:2]) < OLDEST_PGVECTOR:
            raise IndexFolderError(
                f"the database {self.shown} has pgvector {version}, too old a version. Install 0.8 or later on its"
                " server and run there: ALTER EXTENSION vector UPDATE"
            )
        if visible is None:
            raise IndexFolderError(
                f"pgvector is in a schema of the database {self.shown} that is not looked into. Add it to the"
                " search_path of the role."
            )

    def _check_layout(self, connection: Connection) -> None:
        """Make the tables of the catalog where they are missing; refuse those of another version."""
        connection.execute(_LOCK)
        (found,) = _one(connection, "SELECT to_regclass('footnote.layout')")
        if found is None:
            connection.execute(CATALOG)
            connection.execute("INSERT INTO footnote.layout VALUES (%s)", (LAYOUT_VERSION,))
        (version,) = _one(connection, "SELECT version FROM footnote.layout")
        connection.commit()
        if version != LAYOUT_VERSION:
            raise IndexFolderError(
                f"the indexes in the database {self.shown} are of another version of footnote-rag (layout {version},"
                f" this one has {LAYOUT_VERSION}). Use the same version everywhere, or another database."
            )

    @contextlib.contextmanager
    def telling(self) -> Iterator[None]:
        """Turn what PostgreSQL and the way to it refuse into IndexFolderError."""
        try:
            yield
        except errors.InsufficientPrivilege as error:
            raise IndexFolderError(
                f"the database {self.shown} does not allow it ({_first_line(error)}). Have its owner run there:"
                " GRANT CREATE ON DATABASE … TO …, and do what made the indexes as the same role."
            ) from None
        except errors.LockNotAvailable as error:
            raise IndexBusyError(f"the database {self.shown} is busy ({_first_line(error)}). Try again.") from None
        except (errors.ProgramLimitExceeded, errors.QueryCanceled, errors.DiskFull) as error:
            raise IndexFolderError(_REFUSED.format(self.shown, _first_line(error))) from error
        except (psycopg.OperationalError, PoolTimeout) as error:
            raise DatabaseLostError(
                f"the database {self.shown} cannot be reached or used ({_first_line(error)}). Nothing that is in it is"
                " harmed. Try again when it answers; its address is the setting `store`."
            ) from error
        except psycopg.Error as error:
            raise IndexFolderError(_REFUSED.format(self.shown, _first_line(error))) from error


@cache
def database_at(url: str) -> Database:
    """The one Database of an address, whose connections all of this process share."""
    return Database(url)


def _one(connection: Connection, statement: LiteralString) -> tuple[Any, ...]:
    """The one row of a statement."""
    found = connection.execute(statement).fetchone()
    if found is None:
        raise psycopg.DataError(f"nothing where something must be: {statement}")
    return found


def _configured(connection: Connection) -> None:
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    found = connection.execute("SELECT to_regtype('vector')").fetchone()
    if found and found[0]:
        register_vector(connection)
    connection.commit()


def _without_password(url: str) -> str:
    try:
        parts = conninfo_to_dict(url)
    except psycopg.Error:
        raise ConfigError(
            "store: not an address of PostgreSQL. Encode what is in it as in any URL, % as %25."
        ) from None
    port = f":{parts['port']}" if parts.get("port") else ""
    return f"{parts.get('dbname') or ''} at {parts.get('host') or 'localhost'}{port}".strip()


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
