"""Files that people upload, put where an index reads them."""

import os
import shutil
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path

from rag.formats.folder import SkippedFile
from rag.formats.readers import READERS
from rag.library.library import Library
from rag.library.sizes import size_text

LONGEST_NAME = 120

NOT_SAVED = "Cannot be saved ({reason})."
UPLOAD_LOST = "the upload was lost on the way"
NOT_READ = "Files of the type {suffix} are not read. Types that are: {types}."
TOO_LARGE = "{size}, more than the limit of {most} MB. Split the file."


def take_files(library: Library, name: str, files: Sequence[Path]) -> tuple[str, list[str], list[SkippedFile]]:
    """Put uploaded files where the collection `name` reads them, or the one for uploads, and begin to index them.

    The collection that they went to, the names of those that were taken, and what was not and why. Raises RagError.
    """
    own = library.for_uploads(name)
    folder = library.folder(own)
    given = [(file.name, file) for file in files]
    taken, refused = put_files(given, folder, library.config.max_file_megabytes) if folder else ([], [])
    if taken:
        library.begin_update(own, files=taken, refused=refused)
    return own, taken, refused


def put_files(
    files: Sequence[tuple[str, Path]], folder: Path, max_megabytes: int
) -> tuple[list[str], list[SkippedFile]]:
    """Move uploaded files, each with the name it had, into `folder`. The names there, and what was not taken and why.

    A file takes the place of one of its name from before; two of one name in the same upload are told apart.
    """
    taken: list[str] = []
    refused: list[SkippedFile] = []
    for given, file in files:
        name = safe_name(given)
        reason = _reason_against(name, file, max_megabytes)
        if reason is None:
            name = next(other for other in _others(name) if other not in taken)
            try:
                _move(file, folder / name)
                taken.append(name)
            except OSError as error:
                reason = NOT_SAVED.format(reason=error.strerror)
        if reason is not None:
            refused.append(SkippedFile(name, reason))
    return taken, refused


def safe_name(given: str) -> str:
    """The last part of a file's name, without what a file system or a person could take for something else."""
    last = given.replace("\\", "/").rpartition("/")[2]
    kept = "".join(character if _is_plain(character) else "_" for character in last).strip(" .")
    stem, suffix = os.path.splitext(kept)
    return f"{stem[:LONGEST_NAME]}{suffix[:20]}" or "_"


def _is_plain(character: str) -> bool:
    return unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co", "Cn"} and character not in '<>:"|?*'


def _others(name: str) -> Iterator[str]:
    """The name itself, then with a number."""
    stem, suffix = os.path.splitext(name)
    yield name
    number = 2
    while True:
        yield f"{stem} ({number}){suffix}"
        number += 1


def _reason_against(name: str, file: Path, max_megabytes: int) -> str | None:
    suffix = os.path.splitext(name)[1].lower()
    if suffix not in READERS:
        types = ", ".join(sorted(known.removeprefix(".") for known in READERS))
        return NOT_READ.format(suffix=suffix or name, types=types)
    if not file.is_file():
        return NOT_SAVED.format(reason=UPLOAD_LOST)
    if file.stat().st_size > max_megabytes * 1_000_000:
        return TOO_LARGE.format(size=size_text(file.stat().st_size), most=max_megabytes)
    return None


def _move(file: Path, to: Path) -> None:
    """Put a file in its place in one step, so that an index never reads half of it."""
    scratch = to.with_name(f".{to.name}.part")
    shutil.move(file, scratch)
    os.replace(scratch, to)
