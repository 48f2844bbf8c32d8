"""Schemas of indexes that were replaced or deleted, dropped once nobody reads them."""

import contextlib

from rag.errors import IndexFolderError
from rag.store.postgres.database import Database
from rag.store.postgres.session import Transaction

DROPPER = ""
"""What names no index."""


def drop_retired(database: Database) -> None:
    """Drop the tables of what is of no use any more; those that are read, and what fails, are left to the next time."""
    with contextlib.suppress(IndexFolderError):
        transaction = Transaction(database, DROPPER)
        try:
            transaction.execute("SET LOCAL lock_timeout = '1s'")
            for (schema,) in transaction.fetch("SELECT schema FROM footnote.retired ORDER BY schema"):
                ((is_free,),) = transaction.fetch(
                    "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", (schema,)
                )
                if is_free:
                    transaction.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
                    transaction.execute("DELETE FROM footnote.retired WHERE schema = %s", (schema,))
            transaction.commit()
        finally:
            transaction.close()
