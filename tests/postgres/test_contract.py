"""Indexes in PostgreSQL are held to what every index is."""

from tests.store.contract import *  # noqa: F403
