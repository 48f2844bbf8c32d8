"""The files of a public set: found in their folder, unpacked, decoded, parsed and checked line by line."""

import gzip
import json
import re
import zlib
from collections.abc import Iterator, Sequence
from io import BufferedReader
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from rag.errors import DocumentError
from rag.evaluate.importers.collection import Notes

_GZIP = b"\x1f\x8b"
_UNWRITABLE = re.compile("[\0\ud800-\udfff]")
_UNWRITABLE_ESCAPE = re.compile(r"\\u(0000|d[89a-f])", re.IGNORECASE)

Shape = TypeVar("Shape")
Id = Annotated[str, Field(min_length=1)]


class SourceRow(BaseModel):
    """What a set says of something; keys that are not named are ignored, and ids may be numbers."""

    model_config = ConfigDict(frozen=True, coerce_numbers_to_str=True)


def member(folder: Path, names: Sequence[str], kind: str) -> Path:
    """The file of a folder with the first of these names that there is, .gz or not. Raises DocumentError."""
    if not folder.is_dir():
        raise DocumentError(
            f"{folder}: a file, not a folder. Give the folder of the {kind} set, with {names[0]} in it."
        )
    found = optional_member(folder, names)
    if found is None:
        raise DocumentError(f"{folder}: no {' or '.join(names)} in it. Give the folder of a {kind} set.")
    return found


def optional_member(folder: Path, names: Sequence[str]) -> Path | None:
    """The file of a folder with the first of these names that there is, .gz or not, or None."""
    files = (folder / f"{name}{packed}" for name in names for packed in ("", ".gz"))
    return next((file for file in files if file.is_file()), None)


def members(folder: Path, suffix: str) -> list[Path]:
    """The files of a folder with a suffix, .gz or not, by name; hidden ones are left alone."""
    found = [file for file in folder.glob("*") if file.name.removesuffix(".gz").endswith(suffix) and file.is_file()]
    return sorted(file for file in found if not file.name.startswith("."))


def stem(file: Path) -> str:
    """The name of a file up to its suffixes."""
    return Path(file.name.removesuffix(".gz")).stem


def read_lines(file: Path, notes: Notes) -> Iterator[tuple[int, str]]:
    """Number (from 1) and text of each line, without its end. Raises DocumentError."""
    number = 0
    try:
        with _open(file) as lines:
            for number, raw in enumerate(lines, start=1):
                # Not str.splitlines, which also breaks at U+2028, a character that JSON strings may hold.
                line = raw.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
                yield number, _clean(line, notes)
    except UnicodeDecodeError:
        raise DocumentError(f"{file}, line {number}: not UTF-8. Get the file anew, or save it as UTF-8.") from None
    except (OSError, EOFError, zlib.error) as error:
        raise _unreadable(file, error) from None


def read_json_lines(file: Path, shape: TypeAdapter[Shape], notes: Notes, example: str) -> Iterator[tuple[int, Shape]]:
    """Number and content of each line that is not blank. Raises DocumentError for one that is not like `example`."""
    for number, line in read_lines(file, notes):
        if line.strip():
            yield number, _parse(file, number, line, shape, notes, example)


def read_json(file: Path, shape: TypeAdapter[Shape], notes: Notes, example: str) -> Shape:
    """The content of a JSON file. Raises DocumentError where it is not like `example`."""
    if file.is_dir():
        raise DocumentError(f"{file}: a folder, not a file. Give one of the files in it.")
    try:
        with _open(file) as packed:
            text = packed.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DocumentError(f"{file}: not UTF-8 (byte {error.start}). Get it anew, or save it as UTF-8.") from None
    except (OSError, EOFError, zlib.error) as error:
        raise _unreadable(file, error) from None
    return _parse(file, None, text, shape, notes, example)


def _open(file: Path) -> gzip.GzipFile | BufferedReader:
    with file.open("rb") as start:
        packed = start.read(2) == _GZIP
    return gzip.open(file) if packed else file.open("rb")


def _unreadable(file: Path, error: Exception) -> DocumentError:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else error
    return DocumentError(f"{file}: cannot be read ({reason}). Check its permissions, or get it anew.")


def _parse(file: Path, line: int | None, text: str, shape: TypeAdapter[Shape], notes: Notes, example: str) -> Shape:
    """`text`, a line of a file or all of it, as what it should hold."""
    where = f"{file}, line {line}" if line else str(file)
    advice = f"{'A line' if line else 'The file'} should look like {example}."
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise DocumentError(
            f"{file}, line {line or error.lineno}: not JSON ({error.msg}, column {error.colno}). {advice}"
        ) from None
    except (ValueError, RecursionError) as error:
        raise DocumentError(f"{where}: not JSON that can be read ({error}). {advice}") from None
    if _UNWRITABLE_ESCAPE.search(text):
        value = _clean_all(value, notes)
    try:
        return shape.validate_python(value)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"])) or "the whole"
        # What pydantic calls a model, a reader calls an object.
        reason = first["msg"].partition(" or instance of ")[0]
        raise DocumentError(f"{where}: {key}: {reason}. {advice}") from None


def _clean_all(value: Any, notes: Notes) -> Any:
    if isinstance(value, str):
        return _clean(value, notes)
    if isinstance(value, list):
        return [_clean_all(item, notes) for item in value]
    if isinstance(value, dict):
        return {_clean(key, notes): _clean_all(item, notes) for key, item in value.items()}
    return value


def _clean(text: str, notes: Notes) -> str:
    """`text` with characters that no text file may hold replaced one for one, so that offsets stay."""
    clean, count = _UNWRITABLE.subn("\N{REPLACEMENT CHARACTER}", text)
    if count:
        notes.add("characters that no text file holds (NUL, lone surrogates), replaced by U+FFFD", count=count)
    return clean
