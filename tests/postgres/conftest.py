"""One server of PostgreSQL for all tests of a process, and a database for each."""

import itertools
from collections.abc import Iterator

import pytest

from rag.store.postgres.catalog import PostgresCatalog
from tests.postgres_server import PostgresServer, running_postgres

_numbers = itertools.count()


@pytest.fixture(scope="session")
def server() -> Iterator[PostgresServer]:
    with running_postgres() as server:
        yield server


@pytest.fixture
def url(server: PostgresServer) -> str:
    """The address of a database that is empty."""
    return server.create(f"d{next(_numbers)}")


@pytest.fixture
def catalog(url: str) -> PostgresCatalog:
    return PostgresCatalog(url)
