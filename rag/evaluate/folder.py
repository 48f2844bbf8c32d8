"""The files of a run's folder: how they are named, read and written."""

import json
import math
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from filelock import FileLock, Timeout
from pydantic import ValidationError

from rag.errors import RunError

INFO_FILE = "run.json"
ANSWERS_FILE = "answers.jsonl"
SUMMARY_FILE = "summary.json"
JUDGEMENTS_FILE = "judgements.jsonl"
REPORT_FILE = "report.html"
MARKDOWN_FILE = "report.md"
FILES = (INFO_FILE, ANSWERS_FILE, SUMMARY_FILE, JUDGEMENTS_FILE, REPORT_FILE, MARKDOWN_FILE)

MAKE_AGAIN = "Make the run again with rag eval --overwrite."

Item = TypeVar("Item")


def write_json(file: Path, value: Any) -> None:
    """Write `value` as indented JSON, in one step."""
    write_text(file, json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def write_text(file: Path, text: str) -> None:
    """Write a file in one step. Raises RunError."""
    try:
        scratch = file.with_name(f".{file.name}.part")
        scratch.write_text(text, encoding="utf-8", newline="\n")
        os.replace(scratch, file)
    except OSError as error:
        raise RunError(f"{file}: cannot be written ({error.strerror}). Give another folder.") from None


def read_json(text: str | bytes) -> Any:
    """The value of a JSON text. Raises ValueError also for NaN, infinite numbers and half characters."""
    value = json.loads(text, parse_constant=_finite, parse_float=_finite)
    # Only an escape can be half a character: checked where there is one.
    escape = "\\ud" if isinstance(text, str) else b"\\ud"
    if escape in text.lower():  # type: ignore[operator]
        json.dumps(value, ensure_ascii=False).encode()
    return value


def _finite(number: str) -> float:
    value = float(number)
    if not math.isfinite(value):
        raise ValueError(f"{number} is no number")
    return value


def read_lines(file: Path, read: Callable[[dict[str, Any]], Item], advice: str = MAKE_AGAIN) -> Iterator[Item]:
    """What `read` makes of each whole line of a file; a last one without a line end was cut off by a kill.

    Raises RunError, with `advice`, for a line that `read` cannot take.
    """
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        return
    except OSError as error:
        raise RunError(f"{file}: cannot be read ({error.strerror}). Check the folder and its permissions.") from None
    for number, line in enumerate(content.split(b"\n")[:-1], start=1):
        try:
            yield read(read_json(line))
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise RunError(f"{file}, line {number}: damaged ({first_line(error)}). {advice}") from None


def cut_torn_line(file: Path) -> None:
    """Shorten a file to its whole lines."""
    content = file.read_bytes() if file.exists() else b""
    whole = content.rfind(b"\n") + 1
    if whole < len(content):
        os.truncate(file, whole)


def remove(file: Path) -> None:
    """Delete a file. Raises RunError."""
    try:
        file.unlink()
    except OSError as error:
        raise RunError(f"{file}: cannot be replaced ({error.strerror}). Give another folder with --out.") from None


@contextmanager
def locked(out: Path) -> Iterator[None]:
    """The folder, made where it is missing, and nobody else writing a run there. Raises RunError."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        with FileLock(out / ".lock", timeout=0):
            yield
    except Timeout:
        raise RunError(f"{out}: another rag eval is writing it. Wait for it, or give another folder.") from None
    except OSError as error:
        raise RunError(f"{out}: cannot be written ({error.strerror}). Give another folder with --out.") from None


def first_line(error: Exception) -> str:
    """The gist of an error."""
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return str(error).splitlines()[0] if str(error) else type(error).__name__
