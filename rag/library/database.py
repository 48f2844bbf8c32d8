"""An SQLite file that several processes share, and that is left as it is where it cannot be used."""

import os
import sqlite3
import weakref
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from types import MappingProxyType

from filelock import FileLock, Timeout

from rag.errors import RagError

_SECONDS_TO_WAIT = 30.0
_DAMAGE = {sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_DAMAGED = "{0} is damaged, or no {1} ({2}). It is left as it is: put a copy back, or move it and {0}-wal away."
_REFUSED = "{} cannot be read or written ({}). Try again, or check its folder and the space on the disk."
_NEWER = "{} is of a newer version of Footnote ({}). Update Footnote, or set RAG_DATA_DIR to another folder."


class Database:
    """A file of tables, made when it is first used, for its owner alone to read. Safe to share between threads.

    `schema` makes the tables of the format `version`, and `upgrades` of a format those of the next; `holds` says for a
    person what they hold. What cannot be done is raised as `error`.
    """

    def __init__(
        self,
        file: Path,
        schema: str,
        version: int,
        holds: str,
        error: type[RagError],
        upgrades: Mapping[int, str] = MappingProxyType({}),
    ) -> None:
        self.file = file
        self._schema = schema
        self._version = version
        self._holds = holds
        self._error = error
        self._upgrades = upgrades

    @contextmanager
    def connected(self) -> Iterator[sqlite3.Connection]:
        """A connection that commits each statement, or what a `with` of the connection holds."""
        try:
            if not self.file.exists():
                self._make()
            uri = f"{self.file.absolute().as_uri()}?mode=rw"
            with closing(sqlite3.connect(uri, timeout=_SECONDS_TO_WAIT, isolation_level=None, uri=True)) as connection:
                version = _version(connection)
                if version in self._upgrades:
                    version = self._upgraded(connection)
                if version > self._version:
                    raise self._error(_NEWER.format(self.file, f"format {version}"))
                if version != self._version:
                    raise self._error(_DAMAGED.format(self.file, self._holds, f"format {version}"))
                # With WAL, what is committed outlives a killed process though no commit waits for the disk, and a power
                # cut leaves the file whole. What a person deletes is to be gone from the file.
                connection.executescript("PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=1; PRAGMA secure_delete=1")
                yield connection
        except (sqlite3.Error, OSError, Timeout) as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGE:
                raise self._error(_DAMAGED.format(self.file, self._holds, error)) from None
            raise self._error(_REFUSED.format(self.file, error)) from None

    def stay_open(self) -> None:
        """Keep a connection for as long as this lives: SQLite opens no file beside which it cannot write."""
        with self.connected():
            connection = sqlite3.connect(self.file, check_same_thread=False)
            # Which reads, or SQLite has not opened it yet.
            _version(connection)
            weakref.finalize(self, connection.close)

    def _upgraded(self, connection: sqlite3.Connection) -> int:
        """The format of a file that is brought to the newest; whole, or not at all."""
        connection.execute("BEGIN IMMEDIATE")
        with connection:
            # Another process may have done so meanwhile.
            while (version := _version(connection)) in self._upgrades:
                for statement in self._upgrades[version].split(";"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {version + 1}")
        return version

    def _make(self) -> None:
        # A file is whole before others open it: SQLite fails, not waits, where several make one, or switch it to WAL.
        self.file.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{self.file}.lock", timeout=_SECONDS_TO_WAIT):
            if not self.file.exists():
                # The log of a file that was deleted would be taken for that of the new one.
                Path(f"{self.file}-wal").unlink(missing_ok=True)
                # What people ask, and who they are, is for no other user of this machine to read.
                scratch = f"{self.file}.part"
                os.close(os.open(scratch, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600))
                with closing(sqlite3.connect(scratch)) as connection:
                    connection.executescript(
                        f"PRAGMA journal_mode = WAL; {self._schema}; PRAGMA user_version = {self._version}"
                    )
                os.replace(scratch, self.file)


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])
