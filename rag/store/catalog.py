"""The indexes that there are, by name, wherever they are kept."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from pathlib import Path

from rag.store.index_store import IndexStore
from rag.store.manifest import Manifest

Version = Hashable
"""What changes with what an index holds."""

OnShare = Callable[[float, str], None]
"""Called with the share that is done and what is looked at."""


@dataclass(slots=True)
class VerifyReport:
    """What was looked at, and everything that is wrong."""

    index: str
    documents: int
    passages: int
    files: int
    bytes: int
    problems: list[str] = field(default_factory=list)


class StoredIndex(ABC):
    """An index by its name, which need not be there. Everything that touches it raises IndexFolderError."""

    name: str

    @property
    @abstractmethod
    def place(self) -> str:
        """Where it is, for messages."""

    @property
    @abstractmethod
    def deletion(self) -> str:
        """How to delete it, as the end of a sentence."""

    @abstractmethod
    def version(self) -> Version | None:
        """What changes with what it holds; None where there is none."""

    @abstractmethod
    def manifest(self) -> Manifest:
        """The settings that it was made with, and its counts."""

    @abstractmethod
    def documents_folder(self) -> Path | None:
        """The folder whose documents it holds, told even where the rest of its manifest cannot be used."""

    @abstractmethod
    def changed_at(self) -> int:
        """When it was last changed, in nanoseconds since 1970; 0 where there is none."""

    @abstractmethod
    def size(self) -> int:
        """The bytes that it takes up."""

    @abstractmethod
    def open(self) -> IndexStore:
        """What it holds now."""

    @abstractmethod
    def create(self, manifest: Manifest) -> IndexStore:
        """An empty store that replaces whatever it holds once it is persisted."""

    @abstractmethod
    def delete(self) -> None:
        """Delete it, if it is there, at once and for good."""

    @abstractmethod
    def move(self, name: str) -> None:
        """Give it another name that is free, if it is there, in one step."""

    @abstractmethod
    def set_documents_folder(self, folder: Path) -> None:
        """Have it be of `folder`, where its documents were moved."""

    @abstractmethod
    def verify(self, on_progress: OnShare = lambda share, what: None) -> VerifyReport:
        """Look at everything in it."""


class Catalog(ABC):
    """All indexes in one place."""

    @property
    @abstractmethod
    def place(self) -> str:
        """Where that is, for messages."""

    @abstractmethod
    def names(self) -> list[str]:
        """The indexes that are there, sorted; none where there is no such folder. Raises DatabaseLostError."""

    @abstractmethod
    def index(self, name: str) -> StoredIndex:
        """The index of that name, be it there or not. Raises IndexFolderError for what cannot name one."""
