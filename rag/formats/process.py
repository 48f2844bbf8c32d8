"""Readers in a process of their own, so that a file that breaks one costs that file only."""

import importlib
import os
import pickle
import subprocess
import sys
from contextlib import suppress
from threading import Event, Timer
from types import TracebackType
from typing import IO, Self, cast

from rag.errors import DocumentError
from rag.formats.parsed_document import ParsedDocument

READ_HERE = frozenset({".txt", ".md", ".csv", ".tsv", ".json", ".jsonl"})
"""Read by the standard library and a detector of encodings; every other format goes to the other process."""

MAX_SECONDS = 300.0
SECONDS_PER_MEGABYTE = 60
"""On top of MAX_SECONDS, for scanned pages, whose text recognition takes seconds each."""

MAX_GIGABYTES = 4.0

OUT_OF_MEMORY = "needs more than {gigabytes:g} GB of memory to be read. Split the file."
OUT_OF_TIME = "not read within {seconds:g} seconds. Split the file, or save it anew."
CRASHED = "its reader crashed ({what}). The file may be damaged: open and save it again."
FAILED = "its reader failed ({what}). The file may be damaged: open and save it again."


ReadOutcome = ParsedDocument | DocumentError | MemoryError


class ReaderProcess:
    """A reader of files, one at a time, whose process starts with the first file that needs it and ends with `with`.

    A file may take `max_seconds` and more the larger it is, and on POSIX `max_gigabytes` of address space. `readers` is
    the module that holds READERS, the reader of each suffix.
    """

    def __init__(
        self,
        max_seconds: float = MAX_SECONDS,
        max_gigabytes: float = MAX_GIGABYTES,
        readers: str = "rag.formats.readers",
    ) -> None:
        self._max_seconds = max_seconds
        self._max_gigabytes = max_gigabytes
        self._readers = readers
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stop()

    @property
    def pid(self) -> int | None:
        """Of the process, None where there is none now."""
        return self._process.pid if self._process else None

    def read(self, raw: bytes, suffix: str) -> ParsedDocument:
        """What `raw`, a file's bytes, says; `suffix` is in lower case with its dot. Raises DocumentError."""
        outcome = outcome_of(self._readers, raw, suffix) if suffix in READ_HERE else self._ask(raw, suffix)
        if isinstance(outcome, MemoryError):
            # What is left of the memory is in pieces.
            self._stop()
            raise DocumentError(OUT_OF_MEMORY.format(gigabytes=self._max_gigabytes))
        if isinstance(outcome, DocumentError):
            raise outcome
        return outcome

    def _ask(self, raw: bytes, suffix: str) -> ReadOutcome:
        process = self._running()
        max_seconds = self._max_seconds + SECONDS_PER_MEGABYTE * (len(raw) // 1_000_000)
        questions, answers = cast("IO[bytes]", process.stdin), cast("IO[bytes]", process.stdout)
        expired = Event()

        def expire() -> None:
            expired.set()
            process.kill()

        timer = Timer(max_seconds, expire)
        timer.daemon = True
        timer.start()
        try:
            pickle.dump((raw, suffix, max_seconds), questions)
            questions.flush()
            # The other process is ours, with no fewer rights than this one: its pickles are as trusted as its code.
            outcome = cast("ReadOutcome", pickle.load(answers))  # noqa: S301
        except (OSError, EOFError, pickle.UnpicklingError):
            code = self._stop()
            if not expired.is_set():
                what = f"signal {-code}" if code < 0 else f"exit code {code}"
                return DocumentError(CRASHED.format(what=what))
        except BaseException:
            # Its answer would be taken for that of the next file.
            self._stop()
            raise
        finally:
            timer.cancel()
            timer.join()
        if expired.is_set():
            self._stop()
            return DocumentError(OUT_OF_TIME.format(seconds=max_seconds))
        return outcome

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process and self._process.poll() is not None:
            self._stop()
        if not self._process:
            arguments = [self._readers, str(int(self._max_gigabytes * 1e9))]
            command = [sys.executable, "-P", "-W", "ignore", "-m", "rag.formats.worker", *arguments]
            self._process = subprocess.Popen(  # noqa: S603
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                # numpy's threads, which no reader uses, would take address space by the number of cores.
                env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
            )
        return self._process

    def _stop(self) -> int:
        """End the process; returns the exit code that subprocess gives it, its own where it had ended by itself."""
        process, self._process = self._process, None
        if not process:
            return 0
        process.kill()
        code = process.wait()
        for pipe in (process.stdin, process.stdout):
            # What a dead process was still to be sent cannot be flushed.
            with suppress(OSError):
                cast("IO[bytes]", pipe).close()
        return code


def outcome_of(readers: str, raw: bytes, suffix: str) -> ReadOutcome:
    """What the reader of `suffix` in the module `readers` makes of `raw`; a fault of its own is a DocumentError too."""
    reader = importlib.import_module(readers).READERS[suffix]
    try:
        return cast("ParsedDocument", reader(raw))
    except DocumentError as error:
        return DocumentError(*error.args)
    except MemoryError:
        # Another one, for this one's traceback holds on to what filled the memory.
        return MemoryError()
    except Exception as error:
        return DocumentError(FAILED.format(what=f"{type(error).__name__}: {error}"))
