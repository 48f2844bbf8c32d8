"""Sessions of accounts: begun with a password, or by who somebody is elsewhere, and found by the secret of a cookie."""

import secrets
from collections.abc import Callable
from functools import cached_property

from argon2.exceptions import InvalidHashError, VerificationError

from rag.server.accounts import LONGEST_NAME, Account, AccountError, Accounts, as_account, hash_of
from rag.server.identities import Identities, Identity

SESSION_SECONDS = 30 * 24 * 3600
OPENID_SESSION_SECONDS = 12 * 3600
"""Of a session begun by who somebody is elsewhere, where they may not be known any more."""

MOST_FAILURES, FAILURE_SECONDS = 5, 15 * 60
"""Wrong passwords for one name, after which it is not tried any more for that long."""

_TOO_MANY_FAILURES = "Too many wrong passwords came for this name. Try again in 15 minutes."


class TooManyFailuresError(AccountError):
    """A name for which too many wrong passwords came."""


class Sessions:
    """The sessions of accounts, in their file. Safe to share between threads and processes; raises AccountError.

    `now` gives seconds since the epoch.
    """

    def __init__(self, accounts: Accounts, now: Callable[[], float]) -> None:
        self._accounts = accounts
        self._database = accounts.database
        self._now = now
        self._identities = Identities(accounts)

    def log_in(self, name: str, password: str) -> str | None:
        """The secret of a new session; None where name and password do not go together.

        Raises TooManyFailuresError where too many wrong ones came before; the right one is not looked at then.
        """
        now = self._now()
        name = name[:LONGEST_NAME]
        with self._database.connected() as connection, connection:
            # A try counts as a failure until it was none, so that no more are made at once than one after the other.
            connection.execute("BEGIN IMMEDIATE")
            # Those of the future are from before the clock was set back, and would count for as long.
            connection.execute("DELETE FROM failures WHERE at < ? OR at > ?", (now - FAILURE_SECONDS, now))
            (failures,) = connection.execute("SELECT count(*) FROM failures WHERE name = ?", (name,)).fetchone()
            if failures >= MOST_FAILURES:
                raise TooManyFailuresError(_TOO_MANY_FAILURES)
            connection.execute("INSERT INTO failures VALUES (?, ?)", (name, now))
            row = connection.execute("SELECT id, password FROM accounts WHERE name = ?", (name,)).fetchone()
        if not self._is_password(row[1] if row else None, password):
            return None
        with self._database.connected() as connection:
            connection.execute("DELETE FROM failures WHERE name = ?", (name,))
        return self._begin(row[0], SESSION_SECONDS)

    def log_in_as(self, identity: Identity, name: str, makes_accounts: bool) -> str | None:
        """The secret of a new session of whoever is linked with an identity elsewhere; None where nobody is.

        With `makes_accounts`, somebody new has an account made, called `name` as far as it can be.
        """
        account = self._identities.joined(identity, name) if makes_accounts else self._identities.account(identity)
        return self._begin(account.id, OPENID_SESSION_SECONDS) if account else None

    def account(self, secret: str) -> Account | None:
        """Whose session it is, None where it is over."""
        sql = """SELECT a.id, a.name, a.is_admin FROM sessions JOIN accounts a ON a.id = account
            WHERE hash = ? AND until > ?"""
        with self._database.connected() as connection:
            row = connection.execute(sql, (hash_of(secret), self._now())).fetchone()
        return as_account(row) if row else None

    def end(self, secret: str) -> None:
        """End a session."""
        with self._database.connected() as connection:
            connection.execute("DELETE FROM sessions WHERE hash = ?", (hash_of(secret),))

    def _begin(self, account: int, seconds: float) -> str:
        secret, now = secrets.token_urlsafe(32), self._now()
        with self._database.connected() as connection, connection:
            connection.execute("DELETE FROM sessions WHERE until < ?", (now,))
            connection.execute("INSERT INTO sessions VALUES (?, ?, ?)", (hash_of(secret), account, now + seconds))
        return secret

    def _is_password(self, hashed: str | None, password: str) -> bool:
        try:
            return self._accounts.hasher.verify(hashed or self._nobody, password) and hashed is not None
        except (VerificationError, InvalidHashError):
            return False

    @cached_property
    def _nobody(self) -> str:
        """What is compared with where there is no account, so that this takes as long."""
        return self._accounts.hasher.hash(secrets.token_urlsafe())
