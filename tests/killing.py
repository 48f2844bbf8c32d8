"""Indexing processes that are killed: run as a program, so that each is forked from one that has nothing running.

    python -m tests.killing FOLDER MOMENTS EVERY

makes an index in FOLDER, changes its documents, and kills the process that brings it in step: at random MOMENTS, and
before the first of EVERY so many operations on files that it performs. After each it looks whether the index is the old
or the new one and whole, and whether the next run makes it the new one. Prints JSON.
"""

import gc
import json
import os
import random
import shutil
import signal
import sys
import time
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path

from rag.ingest.chunker import SentenceChunker
from rag.ingest.update import update_index
from rag.models.default_embedding import default_counter
from rag.store.folder_catalog import FolderIndex
from rag.store.vector_store import FaissStore
from rag.store.verify import verify_index
from rag.text.languages import language_of
from tests.conftest import HashEmbedding

OPERATIONS = {"open", "os.rename", "os.remove", "os.mkdir", "os.link", "os.rmdir", "sqlite3.connect", "shutil.rmtree"}
"""Audit events of CPython: each is a step after which a process may be no more."""

ADDED, CHANGED, REMOVED = "added.md", "changed.md", "removed.md"


def make_documents(folder: Path) -> None:
    """Twelve documents, as they are before the change."""
    folder.mkdir()
    for number in range(10):
        (folder / f"kept-{number}.md").write_text(f"# Kept {number}\n\n" + f"The river {number} is long. " * 60)
    (folder / CHANGED).write_text("The lake was deep.")
    (folder / REMOVED).write_text("The town was old.")


def change_documents(folder: Path) -> None:
    """The change: one of each kind, and one with passages enough to take a while."""
    (folder / ADDED).write_text("".join(f"The mountain {number} is high. " for number in range(500)))
    (folder / CHANGED).write_text("The lake is shallow.")
    (folder / REMOVED).unlink()


def state(index: Path) -> dict[str, str]:
    """Documents with their hashes, of an index that is whole."""
    report = verify_index(index)
    assert not report.problems, report.problems
    store = FaissStore.open(index)
    hashes = {document_id: sha256 for document_id, (sha256, _) in store.contents.hashes().items()}
    store.close()
    return hashes


def in_a_process(work: Callable[[], object], kill_after: float | None = None) -> tuple[int, str]:
    """`work` in a forked process, killed after some seconds; its exit status, and what it printed as its last line."""
    reading, written = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.write(written, json.dumps(work()).encode())
            status = 0
        except BaseException as error:
            os.write(written, json.dumps(repr(error)).encode())
        os._exit(status)
    os.close(written)
    if kill_after is not None:
        time.sleep(kill_after)
        os.kill(child, signal.SIGKILL)
    said = b""
    while block := os.read(reading, 65536):
        said += block
    os.close(reading)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status), said.decode()


def main(folder: Path, moments: int, every: int) -> dict[str, object]:
    """The outcomes, counted, of so many moments of chance, and of the first of `every` operations."""
    documents, index, original = folder / "documents", folder / "index", folder / "original"
    chunker = SentenceChunker(default_counter(), 200)
    make_documents(documents)

    def update() -> None:
        update_index(documents, FolderIndex(index), HashEmbedding(), chunker, max_file_megabytes=1)

    def update_to(operation: int) -> None:
        """An update that kills itself before the operation of that number."""
        seen = 0

        def hear(event: str, arguments: tuple[object, ...]) -> None:
            nonlocal seen
            if event in OPERATIONS and (event != "open" or str(index) in str(arguments[0])):
                seen += 1
                if seen == operation:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(hear)
        update()

    def update_and_state() -> dict[str, str]:
        update()
        return state(index)

    # Loaded here once, and not by each process anew; nor copied by it, as its garbage collector looks at everything.
    language_of(CHANGED)
    gc.freeze()
    assert in_a_process(update) == (0, "null")
    _, before = in_a_process(lambda: state(index))
    shutil.copytree(index, original)
    change_documents(documents)
    started = time.perf_counter()
    assert in_a_process(update) == (0, "null")
    whole = time.perf_counter() - started
    _, after = in_a_process(lambda: state(index))

    outcomes = {"old": 0, "new": 0, "killed": 0, "finished": 0, "operations": 0}

    def trial(kill: Callable[[], tuple[int, str]]) -> int:
        shutil.rmtree(index)
        shutil.copytree(original, index)
        status, _ = kill()
        outcomes["killed" if status == -signal.SIGKILL else "finished"] += 1
        found, said = in_a_process(lambda: state(index))
        assert found == 0, said
        assert said in (before, after), said
        outcomes["old" if said == before else "new"] += 1
        assert in_a_process(update_and_state) == (0, after)
        left = {entry.name for entry in index.iterdir()}
        assert len([name for name in left if name.startswith("words-")]) == 1, left
        return status

    seeded = random.Random(0)
    for _ in range(moments):
        trial(lambda: in_a_process(update, kill_after=seeded.uniform(0, 1.1 * whole)))
    for operation in count(1, every):
        if trial(partial(in_a_process, partial(update_to, operation))) == 0:
            break
        outcomes["operations"] += 1
    return outcomes


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))))
