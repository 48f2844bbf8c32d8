"""The process behind rag.formats.process: python -m rag.formats.worker READERS MAX_BYTES."""

import os
import pickle
import re
import signal
import sys
from contextlib import suppress
from math import ceil
from pathlib import Path
from queue import SimpleQueue
from threading import Thread

from rag.formats.parsed_document import ParsedDocument
from rag.formats.process import outcome_of

SPARE_SECONDS = 5
NEAR_LIMIT = 0.9

ReadTask = tuple[bytes, str, float]
"""A file, its suffix and the seconds it may take."""


def main(readers: str, max_bytes: int) -> None:
    """Answer each pickled question on stdin with a pickled outcome on stdout until stdin closes."""
    # Ctrl-C reaches the whole group of processes; the one that started this one decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # What a library prints must not come between the answers.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    limit_memory(max_bytes)
    questions: SimpleQueue[ReadTask] = SimpleQueue()
    Thread(target=_receive, args=(questions,), daemon=True).start()
    peak = 0
    try:
        while True:
            raw, suffix, max_seconds = questions.get()
            # Kills even a library that never returns to Python, should the one who keeps the time be dead.
            alarm(ceil(max_seconds) + SPARE_SECONDS)
            outcome = outcome_of(readers, raw, suffix)
            peak_before, peak = peak, peak_bytes()
            if not isinstance(outcome, ParsedDocument) and peak > max(peak_before, NEAR_LIMIT * max_bytes):
                # Of a library without memory, any error may come.
                outcome = MemoryError()
            pickle.dump(outcome, answers)
            answers.flush()
            alarm(0)
    finally:
        os._exit(1)


def _receive(questions: "SimpleQueue[ReadTask]") -> None:
    """Take questions in beside the reading, so that a closed stdin ends the process in the middle of a file too."""
    try:
        while True:
            questions.put(pickle.load(sys.stdin.buffer))  # noqa: S301
    finally:
        os._exit(1)


def limit_memory(max_bytes: int) -> None:
    """Let this process have no more than `max_bytes` of address space, on POSIX."""
    try:
        import resource
    except ImportError:
        return
    # Refused where the system knows no such limit, or has a lower one.
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (max_bytes, max_bytes))


def peak_bytes() -> int:
    """The most address space that this process ever had; 0 where the system does not say."""
    try:
        peak = re.search(r"^VmPeak:\s*(\d+) kB", Path("/proc/self/status").read_text(), re.MULTILINE)
    except OSError:
        return 0
    return int(peak.group(1)) * 1024 if peak else 0


def alarm(seconds: int) -> None:
    """End this process in `seconds`, on POSIX; 0 for not at all."""
    if hasattr(signal, "alarm"):
        signal.alarm(seconds)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
