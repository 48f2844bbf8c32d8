"""Identities: who somebody that a provider of OpenID Connect knows is here."""

import unicodedata
from itertools import count
from typing import NamedTuple

from rag.server.accounts import LONGEST_NAME, Account, AccountError, Accounts, as_account, put_account

LONGEST_SUBJECT = 255

_NO_SUBJECT = "What a provider calls somebody is up to 255 signs of ASCII."
_LINKED = "{subject} is {name} here. rag user unlink {subject} ends that."
_ACCOUNT = """SELECT a.id, a.name, a.is_admin FROM identities JOIN accounts a ON a.id = account
    WHERE issuer = ? AND subject = ?"""


class Identity(NamedTuple):
    """What somebody is called by a provider of OpenID Connect, which gives no `subject` to two people."""

    issuer: str
    subject: str


def identity_of(issuer: str, subject: str) -> Identity:
    """An identity with a subject as OpenID Connect Core 1.0, section 2, has it. Raises AccountError."""
    if not 0 < len(subject) <= LONGEST_SUBJECT or not subject.isascii() or not subject.isprintable():
        raise AccountError(_NO_SUBJECT)
    return Identity(issuer, subject)


class Identities:
    """The identities of accounts, in their file. Safe to share between threads and processes; raises AccountError."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts
        self._database = accounts.database

    def link(self, name: str, identity: Identity) -> None:
        """Have whoever is known elsewhere by an identity be this account here, unless they are another."""
        account = self._accounts.named(name)
        with self._database.connected() as connection, connection:
            connection.execute("BEGIN IMMEDIATE")
            row = connection.execute(_ACCOUNT, identity).fetchone()
            if row and as_account(row) != account:
                raise AccountError(_LINKED.format(subject=identity.subject, name=row[1]))
            connection.execute("INSERT OR REPLACE INTO identities VALUES (?, ?, ?)", (*identity, account.id))

    def unlink(self, identity: Identity) -> bool:
        """Have whoever is known by an identity be nobody here, and end the account's sessions: whether it was one."""
        account = self.account(identity)
        if not account:
            return False
        with self._database.connected() as connection, connection:
            connection.execute("DELETE FROM identities WHERE issuer = ? AND subject = ?", identity)
            connection.execute("DELETE FROM sessions WHERE account = ?", (account.id,))
        return True

    def account(self, identity: Identity) -> Account | None:
        """Who somebody known elsewhere is here."""
        with self._database.connected() as connection:
            row = connection.execute(_ACCOUNT, identity).fetchone()
        return as_account(row) if row else None

    def joined(self, identity: Identity, wanted: str) -> Account:
        """The account of an identity; a new one, called as near to `wanted` as no other is, where there is none."""
        stem = _name_of(wanted)
        with self._database.connected() as connection, connection:
            connection.execute("BEGIN IMMEDIATE")
            if row := connection.execute(_ACCOUNT, identity).fetchone():
                return as_account(row)
            taken = {name.casefold() for (name,) in connection.execute("SELECT name FROM accounts")}
            names = (f"{stem}-{number}" if number > 1 else stem for number in count(1))
            account = put_account(connection, next(name for name in names if name.casefold() not in taken))
            connection.execute("INSERT INTO identities VALUES (?, ?, ?)", (*identity, account.id))
        return account

    def all_of(self, account: int) -> list[Identity]:
        """By what an account is known elsewhere."""
        sql = "SELECT issuer, subject FROM identities WHERE account = ? ORDER BY issuer, subject"
        with self._database.connected() as connection:
            return [Identity(*row) for row in connection.execute(sql, (account,)).fetchall()]


def _name_of(wanted: str) -> str:
    """Of what a provider calls somebody, what can be typed and is told apart: letters, figures and a few signs."""
    plain = unicodedata.normalize("NFKC", wanted)
    seen = (sign for sign in plain if _is_letter(sign) or sign in "._@+-")
    kept = "".join(seen).lstrip("._@+-")
    return kept[: LONGEST_NAME - 10] or "account"


def _is_letter(sign: str) -> bool:
    """A letter or figure; a filler is one that nobody sees."""
    return sign.isalnum() and "FILLER" not in unicodedata.name(sign, "")
