"""Indexes in folders are held to what every index is."""

from pathlib import Path

import pytest

from rag.store.folder_catalog import FolderCatalog
from tests.store.contract import *  # noqa: F403


@pytest.fixture
def catalog(tmp_path: Path) -> FolderCatalog:
    return FolderCatalog(tmp_path / "indexes")
