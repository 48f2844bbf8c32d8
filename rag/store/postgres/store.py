"""PostgresStore: a LlamaIndex vector store in a PostgreSQL database, which several servers may share."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from pydantic import PrivateAttr

from rag.errors import IndexFolderError
from rag.store.calibration import Calibration
from rag.store.copying import copy_contents
from rag.store.index_store import IndexStore
from rag.store.manifest import Manifest
from rag.store.postgres.change import Change
from rag.store.postgres.contents import PostgresContents
from rag.store.postgres.database import Database
from rag.store.postgres.retired import drop_retired
from rag.store.postgres.session import Current, Snapshot, Transaction


class PostgresStore(IndexStore):
    """An index in a database: vectors in pgvector, postings and everything else in tables.

    Dense search is exact under filters and up to EXACT_LIMIT passages (change.py), and by HNSW beyond. LlamaIndex's own
    PGVectorStore gives no embeddings back, and knows no documents, no layouts, and no change of several tables in one.
    """

    _database: Database = PrivateAttr()
    _name: str = PrivateAttr()
    _snapshot: Snapshot | None = PrivateAttr(default=None)
    _contents: PostgresContents | None = PrivateAttr(default=None)
    _change: Change | None = PrivateAttr(default=None)

    def __init__(self, database: Database, name: str, manifest: Manifest) -> None:
        """A store as `open` and `create` make it."""
        super().__init__(stores_text=True, manifest=manifest)
        self._database, self._name = database, name

    @classmethod
    def open(cls, database: Database, name: str) -> "PostgresStore":
        """The index `name`, as of now. Raises IndexFolderError if there is none."""
        snapshot = Snapshot(database, name)
        store = cls(database, name, snapshot.current.manifest)
        store._snapshot, store._contents = snapshot, PostgresContents(snapshot)
        return store

    @classmethod
    def create(cls, database: Database, name: str, manifest: Manifest) -> "PostgresStore":
        """An empty store that replaces whatever there is of that name once it is persisted. Raises IndexFolderError."""
        store = cls(database, name, manifest)
        store._change = Change(database, name, manifest, None, is_new=True)
        return store

    @classmethod
    def class_name(cls) -> str:
        """The name under which LlamaIndex serialises this store."""
        return "PostgresStore"

    @property
    def name(self) -> str:
        """What the index is called."""
        return self._name

    @property
    def place(self) -> str:
        """Where the index is, for messages."""
        return f"{self._name} in {self._database.shown}"

    @property
    def client(self) -> Database:
        """The database."""
        return self._database

    @property
    def contents(self) -> PostgresContents:
        """Its documents and passages, for reading: with the change at hand, where there is one."""
        if self._change:
            return self._change.contents
        if self._contents is None:
            self._snapshot = Snapshot(self._database, self._name)
            self._contents = PostgresContents(self._snapshot)
        return self._contents

    @property
    def dead_passages(self) -> int:
        """Deleted passages that still take up room, in the full-text index."""
        return self.contents.dead_passages

    def begin(self) -> Change:
        """The change at hand; a new one, which readers do not see, where there is none. Raises IndexFolderError."""
        if self._change is None:
            self._change = Change(self._database, self._name, self.manifest, self._current, is_new=False)
        return self._change

    def persist(
        self, persist_path: str = "", fs: Any = None, on_progress: Callable[[str], None] = lambda stage: None
    ) -> None:
        """Make everything written so far current in one transaction; `on_progress` hears of what takes long."""
        if self._change is None:
            return
        self.manifest = self._change.persist(on_progress)
        self._change = None
        self._let_go()
        drop_retired(self._database)

    def compact(self) -> None:
        """Write the index anew without what was deleted, at once. Raises IndexFolderError."""
        change = Change(self._database, self._name, self.manifest.emptied(), self._current, is_new=True)
        try:
            copy_contents(self.contents, change)
            self.manifest = change.persist(lambda stage: None)
        finally:
            change.drop()
        self._let_go()
        drop_retired(self._database)

    def calibrate(self, calibration: Calibration) -> None:
        """Make `calibration` that of the index, at once. Raises IndexFolderError."""
        self.manifest = set_manifest(self._database, self._name, replace(self.manifest, calibration=calibration))
        self._let_go()

    def close(self) -> None:
        """End the connections; what was not persisted is dropped."""
        if self._change is not None:
            self._change.drop()
            self._change = None
        self._let_go()

    @property
    def _current(self) -> Current | None:
        """What the index is while nothing is changed."""
        _ = self.contents
        return self._snapshot.current if self._snapshot else None

    def _let_go(self) -> None:
        if self._snapshot:
            self._snapshot.close()
        self._snapshot = self._contents = None


def set_manifest(database: Database, name: str, manifest: Manifest) -> Manifest:
    """Make `manifest`, with the next generation, that of an index. Raises IndexFolderError."""
    changed = replace(manifest, generation=manifest.generation + 1)
    transaction = Transaction(database, name)
    try:
        updated = transaction.execute(
            "UPDATE footnote.indexes SET manifest = %s, generation = %s, changed = now()"
            " WHERE name = %s AND generation = %s",
            (changed.text(), changed.generation, name, manifest.generation),
        )
        if not updated:
            raise IndexFolderError(f"the index {name!r} was changed by another program meanwhile. Try again.")
        transaction.commit()
    finally:
        transaction.close()
    return changed
