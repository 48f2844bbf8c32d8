"""A folder of files as LlamaIndex Documents, with the text that citations point into."""

import hashlib
import os
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import DocumentError
from rag.words import is_utf8

if TYPE_CHECKING:
    from llama_index.core.schema import Document

SUFFIXES = frozenset({".md", ".txt"})
LONGEST_TITLE = 120


@dataclass(frozen=True, slots=True)
class SkippedFile:
    """A file that is not indexed: its path relative to the folder, what is wrong, and what to do."""

    path: str
    reason: str
    duplicate_of: str | None = None


def find_files(folder: Path) -> list[Path]:
    """Files of a supported type below `folder`, sorted by path; hidden files and folders are left alone.

    A folder below that cannot be listed is among them, so that it is reported like a file that cannot be read.
    Raises DocumentError if `folder` is missing, unreadable or not a folder.
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
    return sorted(found)


def load_documents(folder: Path, max_file_megabytes: int) -> Iterator["Document | SkippedFile"]:
    """Each file of `folder` as a Document, or as a SkippedFile with the reason, in order of path.

    A Document's id is its path relative to `folder`; its metadata holds title and sha256 of the file. Where two
    files have the same content, the first is loaded and the second skipped.
    """
    path_by_hash: dict[str, str] = {}
    for file in find_files(folder):
        path = os.fsencode(file.relative_to(folder).as_posix()).decode("utf-8", "replace")
        try:
            document = load_file(file, path, max_file_megabytes)
        except DocumentError as error:
            yield SkippedFile(path, str(error))
            continue
        first = path_by_hash.setdefault(document.metadata["sha256"], path)
        if first == path:
            yield document
        else:
            yield SkippedFile(path, f"the same content as {first}, which is indexed. Remove one of the two.", first)


def load_file(file: Path, path: str, max_file_megabytes: int) -> "Document":
    """`file` as a Document with id `path`. Line ends become \\n. Raises DocumentError with what to do."""
    from llama_index.core.schema import Document

    if "\N{REPLACEMENT CHARACTER}" in path or any(unicodedata.category(character) == "Cc" for character in path):
        raise DocumentError("its name is not valid UTF-8 or holds control characters. Rename it.")
    raw = _read(file, max_file_megabytes)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DocumentError(f"not UTF-8 (byte {error.start}). Save the file as UTF-8.") from None
    if "\0" in text:
        raise DocumentError("holds NUL characters, so it is no text file. Save it as UTF-8 text.")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise DocumentError("empty. Remove the file or give it text.")
    metadata = {"title": _title(text, file), "sha256": hashlib.sha256(raw).hexdigest()}
    return Document(id_=path, text=text, metadata=metadata)


def _is_supported(name: str) -> bool:
    return not name.startswith(".") and Path(name).suffix.lower() in SUFFIXES


def _read(file: Path, max_file_megabytes: int) -> bytes:
    try:
        if file.is_symlink() and not file.exists():
            raise DocumentError("a broken link. Remove it or restore what it points to.")
        if file.is_dir():
            raise DocumentError("a folder that cannot be read. Change its permissions.")
        if not file.is_file():
            raise DocumentError("not a regular file. Move it out of the folder.")
        size = file.stat().st_size
        if size > max_file_megabytes * 1_000_000:
            raise DocumentError(
                f"{size / 1e6:.0f} MB, more than the {max_file_megabytes} MB allowed."
                " Split the file, or raise max_file_megabytes in rag.toml."
            )
        return file.read_bytes()
    except OSError as error:
        raise DocumentError(f"cannot be read ({error.strerror}). Check the file and its permissions.") from None


def _title(text: str, file: Path) -> str:
    """The first line where it is a heading or stands alone like one, else the name of the file."""
    first, _, rest = text.strip().partition("\n")
    if first.startswith("#"):
        return first.lstrip("#").strip() or file.stem
    stands_alone = len(first) <= LONGEST_TITLE and (not rest or rest.startswith("\n"))
    return first.strip() if stands_alone and first[-1].isalnum() else file.stem
