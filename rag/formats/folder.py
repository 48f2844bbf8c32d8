"""A folder of files as LlamaIndex Documents, with the text that citations point into."""

import hashlib
import os
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pathspec import PathSpec

from rag.errors import DocumentError
from rag.formats.parsed_document import ParsedDocument
from rag.formats.readers import READERS
from rag.metadata import (
    AUTHOR,
    DATE,
    ENCODING,
    FOLDER,
    LANGUAGE,
    MODIFIED,
    NOTES,
    OWN_DATE,
    SHA256,
    TITLE,
    TYPE,
    add_metadata,
)
from rag.text.languages import language_of
from rag.text.words import is_utf8

if TYPE_CHECKING:
    from llama_index.core.schema import Document

LONGEST_TITLE = 120
IGNORE_FILE = ".ragignore"


@dataclass(frozen=True, slots=True)
class SkippedFile:
    """A file that is not indexed: its path relative to the folder, what is wrong, and what to do."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file's bytes as they were read at once, with the sha256 of them; `path` is relative to the folder."""

    path: str
    sha256: str
    modified: str
    raw: bytes = field(repr=False)

    @property
    def suffix(self) -> str:
        """The end of its name that says its format, in lower case, with the dot."""
        return Path(self.path).suffix.lower()


def find_files(folder: Path) -> list[Path]:
    """Files of a supported type below `folder`, sorted by path; hidden files and folders are left alone.

    A folder below that cannot be listed is among them, so that it is reported like a file that cannot be read, as is a
    link to a file outside of `folder`. What the file .ragignore in `folder` matches is left out. Raises DocumentError
    where `folder` is missing, unreadable or not a folder.
    """
    if not is_utf8(str(folder)):
        raise DocumentError(f"{folder}: its name is not valid UTF-8. Rename it.")
    if not os.path.exists(folder):
        raise DocumentError(f"{folder}: no such folder. Check the path and the permissions on the way to it.")
    if not os.path.isdir(folder):
        raise DocumentError(f"{folder}: a file, not a folder. Give the folder that it lies in.")
    if not os.access(folder, os.R_OK | os.X_OK):
        raise DocumentError(f"{folder}: no permission to read this folder. Change its permissions.")
    found: list[Path] = []

    def keep_unlisted(error: OSError) -> None:
        found.append(Path(error.filename))

    for parent, folders, names in os.walk(folder, onerror=keep_unlisted):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found.extend(Path(parent, name) for name in names if _is_supported(name))
    ignored = _ignored(folder)
    return sorted(file for file in found if not ignored.match_file(document_path(folder, file)))


def source_files(folder: Path, files: list[Path], max_file_megabytes: int) -> Iterator[SourceFile | SkippedFile]:
    """Each of `files` below `folder` with its content, or as a SkippedFile with the reason."""
    for file in files:
        path = document_path(folder, file)
        try:
            yield _source_file(folder, file, path, max_file_megabytes)
        except DocumentError as error:
            yield SkippedFile(path, str(error))


def document_path(folder: Path, file: Path) -> str:
    """How a document is called: the path of its file relative to the folder, with / on every system."""
    return os.fsencode(file.relative_to(folder).as_posix()).decode("utf-8", "replace")


def as_document(file: SourceFile, parsed: ParsedDocument) -> "Document":
    """What was read from `file` as a Document with its path as id.

    Its metadata holds title, type, folder, date (its own, or the day it was changed), language, the sha256 of the file,
    and encoding and notes where there are any.
    """
    document = name_only(file)
    document.metadata[TITLE] = parsed.title or _title(parsed.text, Path(file.path))
    document.metadata[DATE] = parsed.date or file.modified
    document.metadata[LANGUAGE] = language_of(parsed.text)
    if parsed.date:
        add_metadata(document, {OWN_DATE: parsed.date})
    if parsed.author:
        add_metadata(document, {AUTHOR: parsed.author[:LONGEST_TITLE]})
    if parsed.encoding:
        document.metadata[ENCODING] = parsed.encoding
    if parsed.notes:
        # Which may be longer than a passage, from which parsers take the room that metadata needs.
        add_metadata(document, {NOTES: parsed.notes})
    document.set_content(parsed.text)
    return document


def name_only(file: SourceFile) -> "Document":
    """The Document of a file whose text is stored already, under another path: its metadata alone."""
    from llama_index.core.schema import Document

    parent = Path(file.path).parent.as_posix()
    metadata = {
        TITLE: Path(file.path).stem,
        TYPE: file.suffix.removeprefix("."),
        FOLDER: "" if parent == "." else parent,
        DATE: file.modified,
        MODIFIED: file.modified,
        SHA256: file.sha256,
    }
    return Document(id_=file.path, text="", metadata=metadata)


def _ignored(folder: Path) -> PathSpec[Any]:
    """What the folder's .ragignore, if any, leaves out: patterns as in a .gitignore."""
    file = folder / IGNORE_FILE
    if not os.path.lexists(file):
        return PathSpec([])
    try:
        return PathSpec.from_lines("gitignore", file.read_text(encoding="utf-8").splitlines())
    except (OSError, ValueError) as error:
        raise DocumentError(f"{file} cannot be read as patterns, one a line ({error}). Correct or remove it.") from None


def _is_supported(name: str) -> bool:
    return not name.startswith(".") and Path(name).suffix.lower() in READERS


def _source_file(folder: Path, file: Path, path: str, max_file_megabytes: int) -> SourceFile:
    if "\N{REPLACEMENT CHARACTER}" in path or any(unicodedata.category(character) == "Cc" for character in path):
        raise DocumentError("its name is not valid UTF-8 or holds control characters. Rename it.")
    try:
        if file.is_symlink():
            if not file.exists():
                raise DocumentError("a broken link. Remove it or restore what it points to.")
            if not file.resolve().is_relative_to(folder.resolve()):
                raise DocumentError("a link out of the folder, which is not followed. Put the file itself there.")
        if file.is_dir():
            raise DocumentError("a folder that cannot be read. Change its permissions.")
        if not file.is_file():
            raise DocumentError("not a regular file. Move it out of the folder.")
        raw, modified = _read_unchanged(file, max_file_megabytes)
    except OSError as error:
        raise DocumentError(f"cannot be read ({error.strerror}). Check the file and its permissions.") from None
    return SourceFile(path, hashlib.sha256(raw).hexdigest(), modified, raw)


def _read_unchanged(file: Path, max_file_megabytes: int) -> tuple[bytes, str]:
    """A file's bytes and the day it was changed. Raises DocumentError where it changes while it is read."""
    with file.open("rb") as handle:
        before = os.fstat(handle.fileno())
        if before.st_size > max_file_megabytes * 1_000_000:
            raise DocumentError(
                f"{before.st_size / 1e6:.1f} MB, more than the {max_file_megabytes} MB allowed."
                " Split the file, or raise max_file_megabytes in rag.toml."
            )
        raw = handle.read(before.st_size + 1)
        after = os.fstat(handle.fileno())
    if len(raw) != before.st_size or (before.st_mtime_ns, before.st_size) != (after.st_mtime_ns, after.st_size):
        raise DocumentError("it was being changed while it was read. Index the folder again.")
    return raw, datetime.fromtimestamp(before.st_mtime, UTC).date().isoformat()


def _title(text: str, file: Path) -> str:
    """The first line where it is a heading or stands alone like one, else the name of the file."""
    first, _, rest = text.strip().partition("\n")
    if first.startswith("#"):
        return first.lstrip("#").strip() or file.stem
    stands_alone = len(first) <= LONGEST_TITLE and (not rest or rest.startswith("\n"))
    return first.strip() if stands_alone and first[-1].isalnum() else file.stem
