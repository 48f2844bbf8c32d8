import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.errors import DocumentError
from rag.formats.process import ReaderProcess

HERE = Path(__file__).parent
MISBEHAVING = "misbehaving"


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> Iterator[ReaderProcess]:
    monkeypatch.setenv("PYTHONPATH", str(HERE))
    monkeypatch.syspath_prepend(HERE)
    with ReaderProcess(max_seconds=20, readers=MISBEHAVING) as process:
        yield process


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def wait_until_gone(pid: int) -> bool:
    return any(not is_running(pid) or time.sleep(0.05) for _ in range(200))


def test_real_files_of_the_package_are_read() -> None:
    with ReaderProcess() as process:
        page = b"<html><body><h1>Lights</h1><p>The lighthouse opened in 1887.</p></body></html>"
        assert "The lighthouse opened in 1887." in process.read(page, ".html").text
        assert process.read("A b\u00fcrger.".encode(), ".txt").text == "A b\u00fcrger."


def test_the_process_starts_with_the_first_file_that_needs_it_and_serves_them_all(reader: ReaderProcess) -> None:
    assert reader.read(b"plain", ".txt").text == "plain"
    assert reader.pid is None
    for text in ("one", "two", "x" * 3_000_000):
        assert reader.read(text.encode(), ".pdf").text == text
    first = reader.pid
    reader.read(b"three", ".pdf")
    assert reader.pid == first


def test_the_process_ends_with_the_block(reader: ReaderProcess) -> None:
    with reader:
        reader.read(b"one", ".pdf")
        pid = reader.pid
    assert pid is not None
    assert not is_running(pid)
    assert reader.pid is None


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"crash", r"its reader crashed \(signal 11\)\. The file may be damaged: open and save it again\."),
        (b"exit", r"its reader crashed \(exit code 1\)\. "),
        (b"memory", r"needs more than 4 GB of memory to be read\. Split the file\."),
    ],
)
def test_a_file_that_breaks_its_reader_is_named_and_the_next_one_gets_a_new_process(
    reader: ReaderProcess, content: bytes, reason: str
) -> None:
    reader.read(b"one", ".pdf")
    first = reader.pid
    with pytest.raises(DocumentError, match=f"^{reason}"):
        reader.read(content, ".pdf")
    assert reader.read(b"two", ".pdf").text == "two"
    assert reader.pid != first


def test_whatever_a_library_says_when_it_has_no_memory_left(reader: ReaderProcess) -> None:
    with ReaderProcess(max_gigabytes=0.5, readers=MISBEHAVING) as small:
        with pytest.raises(DocumentError, match=r"^needs more than 0\.5 GB of memory to be read\. Split the file\.$"):
            small.read(b"hoard", ".pdf")
        assert small.read(b"two", ".pdf").text == "two"


@pytest.mark.parametrize("suffix", [".pdf", ".txt"])
@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"refuse", r"damaged\. Save it again\."),
        (b"bug", r"its reader failed \(KeyError: 'rels'\)\. The file may be damaged: open and save it again\."),
    ],
)
def test_a_refusal_leaves_the_process_running(reader: ReaderProcess, suffix: str, content: bytes, reason: str) -> None:
    reader.read(b"one", ".pdf")
    first = reader.pid
    with pytest.raises(DocumentError, match=f"^{reason}$"):
        reader.read(content, suffix)
    assert (reader.read(b"two", ".pdf").text, reader.pid) == ("two", first)


def test_what_a_library_prints_is_no_answer(reader: ReaderProcess, capfd: pytest.CaptureFixture[str]) -> None:
    assert reader.read(b"print", ".pdf").text == "print"
    assert reader.read(b"two", ".pdf").text == "two"
    assert capfd.readouterr() == ("", "")


def test_a_file_that_takes_too_long(reader: ReaderProcess, tmp_path: Path) -> None:
    with ReaderProcess(max_seconds=0.5, readers=MISBEHAVING) as impatient:
        with pytest.raises(DocumentError, match=r"^not read within 0\.5 seconds\. Split the file"):
            impatient.read(b"loop " + os.fsencode(tmp_path / "begun"), ".pdf")
        assert impatient.pid is None


def test_a_process_that_died_between_two_files_is_replaced(reader: ReaderProcess) -> None:
    reader.read(b"one", ".pdf")
    assert reader.pid is not None
    os.kill(reader.pid, signal.SIGKILL)
    os.waitid(os.P_PID, reader.pid, os.WEXITED | os.WNOWAIT)
    assert reader.read(b"two", ".pdf").text == "two"


# A shell has what it starts in the background ignore Ctrl-C, and so what that starts.
PARENT = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from rag.formats.process import ReaderProcess
with ReaderProcess(readers="misbehaving") as process:
    try:
        process.read(b"loop " + sys.argv[1].encode(), ".pdf")
    except KeyboardInterrupt:
        print(process.read(b"next", ".pdf").text)
"""


@pytest.mark.parametrize("by_terminal", [True, False])
@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGKILL])
def test_a_parent_that_is_stopped_leaves_nothing_behind(
    reader: ReaderProcess, tmp_path: Path, stop: signal.Signals, by_terminal: bool
) -> None:
    begun = tmp_path / "begun"
    command = [sys.executable, "-c", PARENT, str(begun)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, start_new_session=True) as parent:
        assert any((begun.exists() and begun.stat().st_size) or time.sleep(0.05) for _ in range(200))
        # Ctrl-C goes to the whole group, kill to one process.
        (os.killpg if by_terminal else os.kill)(parent.pid, stop)
        out, err = parent.communicate(timeout=20)
    assert (out, err) == ("next\n" if stop == signal.SIGINT else "", "")
    assert wait_until_gone(int(begun.read_text()))


def test_the_other_process_imports_no_more_than_a_reader_needs() -> None:
    code = "import sys, rag.formats.worker, rag.formats; print(*sys.modules)"
    modules = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True).stdout
    assert not {"llama_index", "faiss", "onnxruntime", "lxml", "pypdfium2", "pptx", "mammoth"} & set(modules.split())
