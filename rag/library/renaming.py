"""A collection's new name, given in steps; where they were interrupted, they are gone on with."""

import contextlib
import json
import os
from collections.abc import Callable
from pathlib import Path

from rag.build import open_catalog
from rag.config import Config
from rag.errors import IndexFolderError

RENAMING_FILE = "renaming.json"

OnMoved = Callable[[str, str], None]
"""Called with the old and the new name, for what remembers a collection by its name."""


def documents_folder(config: Config) -> Path:
    """Where the collections that were made here have their documents, a folder each."""
    return config.data_dir / "documents"


def rename_collection(config: Config, name: str, new: str, on_moved: OnMoved) -> None:
    """Give the collection `name` the free name `new`. Raises IndexFolderError and OSError, and all is as before.

    A file says what is being done until all of it is. Killed between two steps, the index is found under one of the
    names and opens; `finish_renaming` does the rest, each step being one rename, or done already.
    """
    config.data_dir.mkdir(parents=True, exist_ok=True)
    scratch = config.data_dir / f"{RENAMING_FILE}.part"
    scratch.write_text(json.dumps([name, new]), encoding="utf-8")
    os.replace(scratch, config.data_dir / RENAMING_FILE)
    finish_renaming(config, on_moved)


def finish_renaming(config: Config, on_moved: OnMoved) -> None:
    """Go on with a renaming that was interrupted, if there is one."""
    journal = config.data_dir / RENAMING_FILE
    try:
        name, new = json.loads(journal.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return
    try:
        _move(config, name, new)
    except (IndexFolderError, OSError):
        with contextlib.suppress(IndexFolderError, OSError):
            _move(config, new, name)
        raise
    else:
        on_moved(name, new)
    finally:
        journal.unlink()


def _move(config: Config, name: str, new: str) -> None:
    catalog, documents = open_catalog(config), documents_folder(config)
    index = catalog.index(new)
    if index.version() is None:
        catalog.index(name).move(new)
    if (documents / name).is_dir() and not (documents / new).exists():
        (documents / name).rename(documents / new)
    if (documents / new).is_dir() and index.version() is not None:
        index.set_documents_folder((documents / new).resolve())
