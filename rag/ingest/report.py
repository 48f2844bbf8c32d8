"""What is told of an update of an index: how far it is, and what it did."""

from collections.abc import Callable
from dataclasses import dataclass, field

from rag.errors import DocumentError
from rag.formats.folder import SkippedFile


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an update is: files done of all, and bytes likewise, a part of a file in part; tokens embedded so far.

    `path` is that of the file at hand, or what is done after the last one. `share` of that file is done; `failure` says
    why it is not taken.
    """

    files_done: float
    files: int
    bytes_done: float
    bytes: int
    tokens: int
    path: str
    share: float = 0.0
    failure: str = ""


OnProgress = Callable[[Progress], None]


@dataclass(slots=True)
class IndexReport:
    """What an update did, by path: documents added, changed, moved (from, to), removed, unchanged, stored as the same
    as another (path, of), files skipped, and notes on what of a file could not be read; characters that were read by
    their documents' language; what the index holds then, and what may make it better; and what it took.
    """

    index: str
    folder: str
    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    moved: list[tuple[str, str]] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    duplicates: list[tuple[str, str]] = field(default_factory=list)
    skipped: list[SkippedFile] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)
    languages: dict[str, int] = field(default_factory=dict)
    advice: str = ""
    documents: int = 0
    passages: int = 0
    tokens: int = 0
    seconds: float = 0.0


class NothingIndexedError(DocumentError):
    """None of the files of a folder can be indexed; `report` says of each why."""

    def __init__(self, message: str, report: IndexReport) -> None:
        super().__init__(message)
        self.report = report
