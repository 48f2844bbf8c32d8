"""Who may do what: the rights of whoever a library is asked for, collection by collection."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import IntEnum
from pathlib import Path
from typing import Protocol

from rag.errors import RagError


class Level(IntEnum):
    """What somebody may do with a collection; each holds those before it.

    READ is to ask and to read, WRITE to change what documents it holds, OWN to rename and delete it.
    """

    NONE = 0
    READ = 1
    WRITE = 2
    OWN = 3


class NotAllowedError(RagError):
    """What whoever asks may not do."""


class Rights(Protocol):
    """The rights of somebody, and what becomes of them when collections come and go."""

    @property
    def owner(self) -> str:
        """Whose they are, as what is kept for them is called; empty where there are no accounts."""

    def now(self) -> "Rights":
        """What is left of them, for work that lasts: others may have taken some back."""

    def level(self, collection: str) -> Level:
        """What may be done with a collection."""

    def owns(self, collection: str) -> bool:
        """Whether a collection is theirs, and not merely one that they may do everything with."""

    def may_create(self) -> bool:
        """Whether collections may be made."""

    def created(self, collection: str) -> None:
        """Take note that a collection was made."""

    def renamed(self, old: str, new: str) -> None:
        """Take note that a collection is called otherwise now."""

    def deleted(self, collection: str) -> None:
        """Take note that a collection is gone, so that one of the same name belongs to nobody."""


class NoRights:
    """Of nobody: where there are accounts, whatever is done without one."""

    owner = ""

    def now(self) -> "Rights":
        """The same."""
        return self

    def level(self, collection: str) -> Level:
        """Nothing."""
        return Level.NONE

    def owns(self, collection: str) -> bool:
        """Nothing is."""
        return False

    def may_create(self) -> bool:
        """They may not."""
        return False

    def created(self, collection: str) -> None:
        """Nothing is kept."""

    def renamed(self, old: str, new: str) -> None:
        """Nothing is kept."""

    def deleted(self, collection: str) -> None:
        """Nothing is kept."""


class AllRights(NoRights):
    """Of whoever sits at the machine itself, where there are no accounts."""

    def level(self, collection: str) -> Level:
        """Everything."""
        return Level.OWN

    def owns(self, collection: str) -> bool:
        """Everything is."""
        return True

    def may_create(self) -> bool:
        """They may."""
        return True


SCOPE_KEY = "footnote.rights"
"""Under which the scope of a request holds the rights of whoever sent it."""

CALLER: ContextVar[Rights] = ContextVar("caller")
"""The rights of whoever is being answered, where that is known."""


@contextmanager
def acting_with(rights: Rights) -> Iterator[None]:
    """Have these be the rights of the CALLER within it."""
    token = CALLER.set(rights)
    try:
        yield
    finally:
        CALLER.reset(token)


def owner() -> str:
    """Which account the caller has; empty without one."""
    rights = CALLER.get(None)
    return rights.owner if rights else ""


def own_folder(data_dir: Path) -> Path:
    """Where the caller's own question sets and runs are: in the folder of data, with accounts in one of each."""
    return data_dir / "accounts" / owner() if owner() else data_dir
