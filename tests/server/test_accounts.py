"""Accounts in their file: passwords, sessions, keys, grants; and what becomes of them."""

import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Barrier

import pytest

from rag.config import Config
from rag.library.library import Library
from rag.library.rights import Level, acting_with
from rag.server.account_rights import AccountRights
from rag.server.accounts import Account, AccountError, Accounts, accounts_of
from rag.server.identities import Identities, Identity
from rag.server.sessions import FAILURE_SECONDS, MOST_FAILURES, SESSION_SECONDS, Sessions, TooManyFailuresError

PASSWORD = "correct horse battery"


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def accounts(tmp_path: Path) -> Accounts:
    return accounts_of(tmp_path / "data")


@pytest.fixture
def sessions(accounts: Accounts, clock: Clock) -> Sessions:
    return Sessions(accounts, clock)


def test_a_session_lasts_until_it_is_over_or_ended(accounts: Accounts, sessions: Sessions, clock: Clock) -> None:
    assert accounts.all() == []
    ann = accounts.add("ann", PASSWORD)
    assert sessions.log_in("ann", "wrong") is None
    assert sessions.log_in("ann", "") is None
    assert sessions.log_in("bob", PASSWORD) is None
    secret = sessions.log_in("ANN", PASSWORD)
    assert secret
    assert sessions.account(secret) == ann
    assert sessions.account(secret + "x") is None
    clock.now += SESSION_SECONDS + 1
    assert sessions.account(secret) is None
    again, other = sessions.log_in("ann", PASSWORD), sessions.log_in("ann", PASSWORD)
    assert again
    assert other
    sessions.end(again)
    assert sessions.account(again) is None
    assert sessions.account(other) == ann
    accounts.set_password("ann", "another long password")
    assert sessions.account(other) is None
    assert sessions.log_in("ann", PASSWORD) is None


def test_wrong_passwords_are_limited_by_name(accounts: Accounts, sessions: Sessions, clock: Clock) -> None:
    accounts.add("ann", PASSWORD)
    accounts.add("bob", PASSWORD)
    for _ in range(MOST_FAILURES):
        assert sessions.log_in("ann", "wrong") is None
    for name in ("ann", "ANN"):
        with pytest.raises(TooManyFailuresError):
            sessions.log_in(name, PASSWORD)
    assert sessions.log_in("bob", PASSWORD)
    clock.now += FAILURE_SECONDS + 1
    assert sessions.log_in("ann", PASSWORD)


@pytest.mark.parametrize("name", ["", " ", "a b", "a\n", "x" * 101, "\u202eann"])
def test_a_name_that_is_none_is_refused(accounts: Accounts, name: str) -> None:
    with pytest.raises(AccountError, match="A name needs"):
        accounts.add(name, PASSWORD)


def test_short_passwords_and_names_that_are_taken_are_refused(accounts: Accounts) -> None:
    with pytest.raises(AccountError, match="at least 12"):
        accounts.add("ann", "short")
    accounts.add("ann", PASSWORD)
    with pytest.raises(AccountError, match="already"):
        accounts.add("Ann", PASSWORD)
    with pytest.raises(AccountError, match="no account 'bob'"):
        accounts.add_key("bob", "", "read")


def test_a_key_opens_what_its_scope_and_its_account_allow_until_it_is_revoked(accounts: Accounts) -> None:
    accounts.add("ann", None)
    accounts.grant("ann", "papers", Level.OWN)
    accounts.grant("ann", "*", Level.READ)
    levels = {}
    for scope in ("read", "write", "admin"):
        found = accounts.of_key(accounts.add_key("ann", f"for {scope}", scope))  # type: ignore[arg-type]
        assert found
        rights = AccountRights(accounts, *found)
        levels[scope] = rights.level("papers"), rights.level("others"), rights.may_create()
    assert levels == {
        "read": (Level.READ, Level.READ, False),
        "write": (Level.WRITE, Level.READ, False),
        "admin": (Level.OWN, Level.READ, True),
    }
    assert [(key.id, key.label) for key in accounts.api_keys()] == [(1, "for read"), (2, "for write"), (3, "for admin")]
    key = accounts.add_key("ann", "", "read")
    assert accounts.revoke_key(4)
    assert accounts.of_key(key) is None
    assert not accounts.revoke_key(4)


def test_grants_go_along_with_a_name_and_away_with_a_collection(accounts: Accounts) -> None:
    ann, bob = accounts.add("ann", None), accounts.add("bob", None)
    rights = AccountRights(accounts, ann)
    accounts.grant("bob", "papers", Level.WRITE)
    # What was granted for one of that name that is gone, holds for the new one no more.
    rights.created("papers")
    assert accounts.grants(bob.id) == {}
    accounts.grant("bob", "papers", Level.READ)
    rights.renamed("papers", "articles")
    assert accounts.grants(ann.id) == {"articles": Level.OWN}
    assert accounts.grants(bob.id) == {"articles": Level.READ}
    rights.deleted("articles")
    assert accounts.grants(bob.id) == {}
    accounts.grant("bob", "x", Level.READ)
    accounts.grant("bob", "x", Level.NONE)
    assert accounts.grants(bob.id) == {}


def test_of_many_who_upload_at_once_each_has_a_collection_of_their_own(accounts: Accounts, tmp_path: Path) -> None:
    library = Library(Config(index_dir=tmp_path / "indexes", data_dir=tmp_path / "data"))
    people = [accounts.add(f"person{number}", None) for number in range(8)]
    all_there = Barrier(len(people))

    def upload(person: Account) -> str:
        with acting_with(AccountRights(accounts, person)):
            all_there.wait()
            return library.for_uploads("papers")

    with ThreadPoolExecutor(len(people)) as threads:
        names = list(threads.map(upload, people))
    assert len(set(names)) == len(people)
    assert [accounts.grants(person.id) for person in people] == [{name: Level.OWN} for name in names]


def test_a_deleted_account_leaves_nothing_and_its_number_to_nobody(accounts: Accounts, sessions: Sessions) -> None:
    first = accounts.add("ann", PASSWORD)
    key, session = accounts.add_key("ann", "", "admin"), sessions.log_in("ann", PASSWORD)
    assert session
    accounts.remove("ann")
    assert accounts.of_key(key) is sessions.account(session) is None
    assert accounts.add("ann", PASSWORD).id != first.id


def test_no_secret_is_in_the_file_which_is_for_its_owner_alone(accounts: Accounts, sessions: Sessions) -> None:
    accounts.add("ann", PASSWORD)
    secrets = [PASSWORD, accounts.add_key("ann", "", "read"), sessions.log_in("ann", PASSWORD) or ""]
    written = b"".join(file.read_bytes() for file in accounts.file.parent.glob("accounts.sqlite*"))
    assert not [secret for secret in secrets if secret.encode() in written]
    assert stat.S_IMODE(accounts.file.stat().st_mode) == 0o600
    assert b"$argon2id$" in written


def test_a_damaged_file_is_said_and_left(accounts: Accounts) -> None:
    accounts.file.parent.mkdir()
    accounts.file.write_bytes(b"no database" * 100)
    with pytest.raises(AccountError, match=r"accounts\.sqlite is damaged, or no accounts"):
        accounts.all()
    assert accounts.file.read_bytes().startswith(b"no database")


def test_a_file_of_the_first_format_is_brought_to_the_newest(accounts: Accounts) -> None:
    ann = accounts.add("ann", None)
    with closing(sqlite3.connect(accounts.file)) as connection:
        connection.executescript("DROP TABLE identities; DROP TABLE secrets; PRAGMA user_version = 1")
    identity = Identity("https://accounts.example.org", "17")
    again = Accounts(accounts.file)
    with ThreadPoolExecutor(8) as people:
        assert list(people.map(lambda _: again.all(), range(8))) == [[ann]] * 8
    Identities(again).link("ann", identity)
    assert Identities(accounts).account(identity) == ann
    again.remove("ann")
    assert Identities(accounts).account(identity) is None


def test_wrong_passwords_from_before_the_clock_was_set_back_are_forgotten(
    sessions: Sessions, accounts: Accounts, clock: Clock
) -> None:
    accounts.add("ann", PASSWORD)
    for _ in range(MOST_FAILURES):
        assert sessions.log_in("ann", "wrong") is None
    clock.now -= 365 * 24 * 3600
    secret = sessions.log_in("ann", PASSWORD)
    assert secret
    assert sessions.account(secret)


def test_work_that_lasts_sees_what_is_taken_back(accounts: Accounts) -> None:
    ann = accounts.add("ann", None)
    accounts.grant("ann", "papers", Level.OWN)
    rights = AccountRights(accounts, ann, "read")
    assert rights.now().level("papers") == Level.READ
    accounts.grant("ann", "papers", Level.NONE)
    assert rights.now().level("papers") == Level.NONE
    accounts.grant("ann", "papers", Level.OWN)
    accounts.remove("ann")
    assert rights.now().level("papers") == Level.NONE


def test_no_account_has_the_number_of_another_though_the_file_is_lost(accounts: Accounts) -> None:
    numbers = set()
    for _ in range(3):
        numbers.add(accounts.add("ann", None).id)
        accounts.check()
        for file in accounts.file.parent.iterdir():
            file.unlink()
        with pytest.raises(AccountError, match="holds no account"):
            accounts.check()
    assert len(numbers) == 3
