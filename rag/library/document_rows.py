"""The rows of the tab of documents: what a collection holds, and the files of its folder that it does not hold."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rag.build import list_documents, open_catalog
from rag.config import Config
from rag.errors import IndexFolderError, RagError
from rag.formats.folder import document_path, find_files
from rag.ingest.update import stamp_of
from rag.store.document_info import DocumentInfo
from rag.store.manifest import FailedFile

State = Literal["indexed", "changed", "gone", "new", "failed"]


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """A document as the tab lists it; `size` in bytes, None where its file is gone.

    `notes` say what of it was not read, `reason` why its file could not be; `is_held` whether the index holds it, be it
    as it was before.
    """

    id: str
    title: str
    type: str
    pages: int
    passages: int
    size: int | None
    state: State
    encoding: str | None = None
    notes: Sequence[str] = ()
    reason: str = ""
    is_held: bool = True

    @property
    def own_title(self) -> str:
        """The title, where it says more than the file's name."""
        return "" if self.title in (self.id, Path(self.id).stem) else self.title


def document_rows(config: Config, name: str, folder: Path | None) -> list[DocumentRow]:
    """The documents of a collection that mirrors `folder`, and then the files that are not in it."""
    index = open_catalog(config).index(name)
    try:
        infos = list_documents(config, name)
        failures = index.manifest().failures
        written = index.changed_at()
    except IndexFolderError:
        infos, failures, written = [], {}, 0
    try:
        files = {document_path(folder, file): file for file in find_files(folder)} if folder else {}
    except RagError:
        files = {}
    return [*_held(infos, files, failures, written), *_others(infos, files, failures)]


def _held(
    infos: Sequence[DocumentInfo], files: dict[str, Path], failures: dict[str, FailedFile], written: int
) -> Iterator[DocumentRow]:
    for info in infos:
        file = files.get(info.id)
        size, changed = stamp_of(file) if file else (None, 0)
        reason = _reason(failures.get(info.id), file)
        state: State = "gone" if not file else "failed" if reason else "changed" if changed > written else "indexed"
        figures = info.pages, info.passages, size, state
        yield DocumentRow(info.id, info.title, info.type, *figures, info.encoding, info.notes, reason)


def _others(
    infos: Sequence[DocumentInfo], files: dict[str, Path], failures: dict[str, FailedFile]
) -> Iterator[DocumentRow]:
    known = {info.id for info in infos}
    for path, file in files.items():
        if path not in known:
            reason = _reason(failures.get(path), file)
            state: State = "failed" if reason else "new"
            figures = 0, 0, stamp_of(file)[0], state
            yield DocumentRow(path, "", file.suffix.lstrip("."), *figures, reason=reason, is_held=False)


def _reason(failure: FailedFile | None, file: Path | None) -> str:
    """Why a file could not be read, while it is the one that could not be."""
    is_same = failure and file and (failure.size, failure.modified) == stamp_of(file)
    return failure.reason if failure and is_same else ""
