"""Accounts, their API keys, and what each may do, in one SQLite file; which has room for sessions and identities."""

import hashlib
import secrets
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from argon2 import PasswordHasher

from rag.errors import RagError
from rag.library.database import Database
from rag.library.rights import Level
from rag.text.words import is_utf8

FILE = "accounts.sqlite"
VERSION = 2

EVERY_COLLECTION = "*"
"""In a grant: whatever collections there are."""

LONGEST_NAME = 100
SHORTEST_PASSWORD = 12

Scope = Literal["read", "write", "admin"]
"""What an API key may do at most; never more than its account."""

_FIRST_SCHEMA = """
CREATE TABLE accounts (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE COLLATE NOCASE, password TEXT,
    is_admin INTEGER NOT NULL
);
CREATE TABLE grants (
    account INTEGER NOT NULL REFERENCES accounts ON DELETE CASCADE, collection TEXT NOT NULL, level INTEGER NOT NULL,
    PRIMARY KEY (account, collection)
);
CREATE TABLE sessions (
    hash TEXT PRIMARY KEY, account INTEGER NOT NULL REFERENCES accounts ON DELETE CASCADE, until REAL NOT NULL
);
CREATE TABLE keys (
    id INTEGER PRIMARY KEY, hash TEXT NOT NULL UNIQUE, account INTEGER NOT NULL REFERENCES accounts ON DELETE CASCADE,
    label TEXT NOT NULL, scope TEXT NOT NULL
);
CREATE TABLE failures (name TEXT NOT NULL COLLATE NOCASE, at REAL NOT NULL);
"""
_SECOND_SCHEMA = """
CREATE TABLE secrets (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE identities (
    issuer TEXT NOT NULL, subject TEXT NOT NULL, account INTEGER NOT NULL REFERENCES accounts ON DELETE CASCADE,
    PRIMARY KEY (issuer, subject)
);
"""
_SCHEMA = _FIRST_SCHEMA + _SECOND_SCHEMA
_UPGRADES = {1: _SECOND_SCHEMA}

NO_ACCOUNTS = "The accounts cannot be read or written, so nobody is let in; the log of the server says why."
_NO_ACCOUNT = "There is no account {name!r}. rag user list tells what there is."
_TAKEN = "There is an account {name!r} already."
_SHORT = f"A password needs at least {SHORTEST_PASSWORD} characters."
_NO_NAME = "A name needs 1 to 100 characters, none of which is blank."
_NO_LABEL = "A label is to be text in UTF-8."


class AccountError(RagError):
    """An account that cannot be made, changed or found."""


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody with a name. An administrator may do everything."""

    id: int
    name: str
    is_admin: bool


@dataclass(frozen=True, slots=True)
class Key:
    """An API key, of which no more is kept than a hash."""

    id: int
    account: str
    label: str
    scope: Scope


class Accounts:
    """The accounts in a file. Safe to share between threads and processes; raises AccountError."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.database = Database(file, _SCHEMA, VERSION, "accounts", AccountError, _UPGRADES)
        self.hasher = PasswordHasher()

    def add(self, name: str, password: str | None, is_admin: bool = False) -> Account:
        """A new account; without a password nobody can log in to it, but keys can be made."""
        if not 0 < len(name) <= LONGEST_NAME or any(
            character.isspace() or not character.isprintable() for character in name
        ):
            raise AccountError(_NO_NAME)
        hashed = None if password is None else self._hashed(password)
        with self.database.connected() as connection:
            return put_account(connection, name, hashed, is_admin)

    def stay_open(self) -> None:
        """Have the file be open for as long as this lives: where there is no room left, it could not be opened."""
        self.database.stay_open()

    def secret(self, name: str) -> str:
        """What all servers of this file know, and nobody else; made when it is first asked for."""
        with self.database.connected() as connection:
            connection.execute("INSERT OR IGNORE INTO secrets VALUES (?, ?)", (name, secrets.token_urlsafe(32)))
            return str(connection.execute("SELECT value FROM secrets WHERE name = ?", (name,)).fetchone()[0])

    def check(self) -> None:
        """Raise AccountError where the file cannot be used, or holds nobody."""
        if not self.all():
            raise AccountError(f"{self.file} holds no account. Put a copy back, or make one: rag user add NAME --admin")

    def all(self) -> list[Account]:
        """The accounts there are, by name; none where there is no file."""
        if not self.file.exists():
            return []
        with self.database.connected() as connection:
            rows = connection.execute("SELECT id, name, is_admin FROM accounts ORDER BY name").fetchall()
        return [as_account(row) for row in rows]

    def named(self, name: str) -> Account:
        """The account of a name."""
        if not is_utf8(name):
            raise AccountError(_NO_ACCOUNT.format(name=name))
        with self.database.connected() as connection:
            row = connection.execute("SELECT id, name, is_admin FROM accounts WHERE name = ?", (name,)).fetchone()
        if not row:
            raise AccountError(_NO_ACCOUNT.format(name=name))
        return as_account(row)

    def numbered(self, number: int) -> Account | None:
        """The account of a number, None where there is none any more."""
        with self.database.connected() as connection:
            row = connection.execute("SELECT id, name, is_admin FROM accounts WHERE id = ?", (number,)).fetchone()
        return as_account(row) if row else None

    def remove(self, name: str) -> None:
        """Delete an account with its sessions, keys and grants."""
        self._change("DELETE FROM accounts WHERE id = ?", self.named(name).id)

    def set_password(self, name: str, password: str) -> None:
        """Give an account another password, and end its sessions."""
        account, hashed = self.named(name), self._hashed(password)
        with self.database.connected() as connection, connection:
            connection.execute("UPDATE accounts SET password = ? WHERE id = ?", (hashed, account.id))
            connection.execute("DELETE FROM sessions WHERE account = ?", (account.id,))

    def grant(self, name: str, collection: str, level: Level) -> None:
        """Have an account do so much with a collection, or with EVERY_COLLECTION; NONE takes it back."""
        account = self.named(name)
        if level:
            self._change("INSERT OR REPLACE INTO grants VALUES (?, ?, ?)", account.id, collection, int(level))
        else:
            self._change("DELETE FROM grants WHERE account = ? AND collection = ?", account.id, collection)

    def grants(self, account: int) -> dict[str, Level]:
        """What an account was granted, by collection."""
        with self.database.connected() as connection:
            rows = connection.execute("SELECT collection, level FROM grants WHERE account = ?", (account,)).fetchall()
        return {collection: Level(level) for collection, level in rows}

    def renamed(self, old: str, new: str) -> None:
        """Have what was granted for a collection hold for its new name; done twice, it is as done once."""
        with self.database.connected() as connection, connection:
            connection.execute("BEGIN IMMEDIATE")
            held = connection.execute("SELECT count(*) FROM grants WHERE collection = ?", (old,)).fetchone()
            if held != (0,):
                connection.execute("DELETE FROM grants WHERE collection = ?", (new,))
                connection.execute("UPDATE grants SET collection = ? WHERE collection = ?", (new, old))

    def deleted(self, collection: str) -> None:
        """Take back what was granted for a collection."""
        self._change("DELETE FROM grants WHERE collection = ?", collection)

    def add_key(self, name: str, label: str, scope: Scope) -> str:
        """A new API key of an account, which is shown this once."""
        account = self.named(name)
        if not is_utf8(label):
            raise AccountError(_NO_LABEL)
        secret = f"fn-{secrets.token_urlsafe(32)}"
        sql = "INSERT INTO keys (hash, account, label, scope) VALUES (?, ?, ?, ?)"
        self._change(sql, hash_of(secret), account.id, label, scope)
        return secret

    def api_keys(self) -> list[Key]:
        """The API keys there are."""
        sql = "SELECT k.id, a.name, label, scope FROM keys k JOIN accounts a ON a.id = account ORDER BY k.id"
        with self.database.connected() as connection:
            return [Key(*row) for row in connection.execute(sql).fetchall()]

    def revoke_key(self, number: int) -> bool:
        """Have a key open nothing any more: whether there was one."""
        return 0 < number < 2**63 and self._change("DELETE FROM keys WHERE id = ?", number) > 0

    def of_key(self, secret: str) -> tuple[Account, Scope] | None:
        """Whose key it is and what it may do, None where it is none."""
        sql = "SELECT a.id, a.name, a.is_admin, scope FROM keys k JOIN accounts a ON a.id = account WHERE hash = ?"
        with self.database.connected() as connection:
            row = connection.execute(sql, (hash_of(secret),)).fetchone()
        return (as_account(row), row[3]) if row else None

    def _hashed(self, password: str) -> str:
        if len(password) < SHORTEST_PASSWORD or not is_utf8(password):
            raise AccountError(_SHORT)
        return self.hasher.hash(password)

    def _change(self, sql: str, *values: str | float) -> int:
        with self.database.connected() as connection:
            return connection.execute(sql, values).rowcount


def put_account(
    connection: sqlite3.Connection, name: str, hashed: str | None = None, is_admin: bool = False
) -> Account:
    """A new account. Raises AccountError where there is one of that name."""
    # A number that no account had before, in whatever file: what is kept for an account goes by it.
    number = secrets.randbits(62)
    try:
        connection.execute("INSERT INTO accounts VALUES (?, ?, ?, ?)", (number, name, hashed, is_admin))
    except sqlite3.IntegrityError:
        raise AccountError(_TAKEN.format(name=name)) from None
    return Account(number, name, is_admin)


def as_account(row: tuple[int, str, int]) -> Account:
    """Of columns id, name and is_admin."""
    return Account(row[0], row[1], bool(row[2]))


def hash_of(secret: str) -> str:
    """Of a secret that nobody can guess, so that a quick hash will do."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def accounts_of(data_dir: Path) -> Accounts:
    """The accounts that are kept in the folder of data."""
    return Accounts(data_dir / FILE)
