import subprocess
import sys
from pathlib import Path

import pytest

LEANLY = "import sys; from rag.lean_imports import import_leanly; import_leanly(); "
COSTLY = (
    "aiohttp",
    "nltk",
    "sqlalchemy",
    "tiktoken",
    "torch",
    "rag.llm.synthesizer",
    "rag.ingest.update",
    "rag.formats.pdf.reader",
)


TWO_THREADS = """
import sys, threading
from rag.lean_imports import import_leanly
sys.setswitchinterval(1000)  # No thread gives way to another before it has to wait.
import_leanly({"slow"})
import slow, moments

def look_up():
    slow.value

def ask():
    try:
        ASKED
        print("whole")
    except Exception as error:
        print(repr(error))

first, second = threading.Thread(target=look_up, daemon=True), threading.Thread(target=ask, daemon=True)
first.start()
moments.begun.wait()
second.start()
moments.asked.wait()
moments.go_on.set()
first.join(60)
second.join(60)
print("done" if not first.is_alive() and not second.is_alive() else "waiting")
"""
SLOW = "import moments; moments.begun.set(); moments.go_on.wait(); import slow.part; value = 1"


def run(program: str, folder: Path | None = None) -> str:
    """What a program prints in a process of its own, where nothing was imported yet, with the modules in `folder`."""
    search = f"import sys; sys.path.insert(0, {str(folder)!r})\n" if folder else ""
    command = [sys.executable, "-W", "ignore", "-c", search + program]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def slow_package(folder: Path, part: str) -> Path:
    """A folder with a package whose `__init__` waits for the other thread and then imports its own module `part`."""
    (folder / "moments.py").write_text(
        "import threading; begun, asked, go_on = threading.Event(), threading.Event(), threading.Event()"
    )
    (folder / "slow").mkdir()
    (folder / "slow/__init__.py").write_text(SLOW)
    (folder / "slow/part.py").write_text(part)
    return folder


def test_a_question_imports_only_what_it_needs() -> None:
    assert run(f"{LEANLY} import rag.engine; print([name for name in {COSTLY!r} if name in sys.modules])") == "[]"


WANTED = [
    ("llama_index.core", "VectorStoreIndex"),
    ("llama_index.core", "Settings"),
    ("llama_index.core.embeddings", "MockEmbedding"),
    ("llama_index.core.evaluation", "FaithfulnessEvaluator"),
    ("llama_index.core.node_parser", "SentenceSplitter"),
    ("llama_index.core.postprocessor", "SentenceTransformerRerank"),
    ("llama_index.core.response_synthesizers", "TreeSummarize"),
    ("llama_index.core.vector_stores", "SimpleVectorStore"),
]


def wanting(module: str, name: str) -> str:
    """A program that imports a name of LlamaIndex and prints it."""
    return f"from {module} import {name}; print({name}.__name__ if isinstance({name}, type) else '{name}')"


@pytest.mark.parametrize(("module", "name"), WANTED)
def test_all_of_llama_index_is_there_where_it_is_imported_first(module: str, name: str) -> None:
    assert run(f"{LEANLY} {wanting(module, name)}; import rag.engine") == name


def test_all_of_llama_index_is_there_after_what_a_question_needs() -> None:
    # Each in a process where nothing else was imported.
    program = f"""{LEANLY}
import os
import rag.engine
for wanted in {[f"{wanting(*names)}; import llama_index.core; llama_index.core.global_handler" for names in WANTED]!r}:
    if os.fork() == 0:
        exec(wanted)
        sys.stdout.flush()
        os._exit(0)
    os.wait()
"""
    assert run(program).split() == [name for _, name in WANTED]


def test_a_name_that_a_package_does_not_have_is_an_import_error() -> None:
    tried = "from llama_index.core import Nothing"
    program = f"{LEANLY}\ntry:\n    {tried}\nexcept ImportError as error:\n    print('cannot import' in str(error))"
    assert run(program) == "True"


@pytest.mark.parametrize("asked", ["slow.value", "from slow import value"])
def test_a_second_thread_waits_until_a_package_is_whole(tmp_path: Path, asked: str) -> None:
    folder = slow_package(tmp_path, part="")
    assert run(TWO_THREADS.replace("ASKED", f"moments.asked.set(); {asked}"), folder) == "whole\ndone"


def test_two_threads_that_each_import_what_the_other_is_importing_do_not_wait_forever(tmp_path: Path) -> None:
    folder = slow_package(tmp_path, part="import moments; moments.asked.set(); import slow; slow.value")
    assert run(TWO_THREADS.replace("ASKED", "import slow.part"), folder) == "whole\ndone"


def test_a_package_that_could_not_be_imported_is_tried_again(tmp_path: Path) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken/__init__.py").write_text("import sys; sys.tries += 1; 1 / (sys.tries - 2); value = 1")
    program = """
from rag.lean_imports import import_leanly
import_leanly({"broken"})
import broken
sys.tries = 1
for _ in range(3):
    try:
        broken.value
        print("whole")
    except ZeroDivisionError:
        print("fails")
"""
    assert run(program, tmp_path) == "fails\nwhole\nwhole"
