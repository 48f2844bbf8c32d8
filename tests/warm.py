"""The command line without the seconds that imports take: a process that has imported all of it forks one a command.

Each command still runs in a process, an environment and a folder of its own. `python -m tests.warm` is the one that
forks: it reads a command as a line of JSON, and writes its process as a line and, unless it goes on, its exit code.
"""

import gc
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

REPOSITORY = Path(__file__).parent.parent

PRELOADED = (
    *("rag.cli", "rag.engine", "rag.ingest.update", "rag.formats.readers", "rag.store.verify", "rich.progress"),
    *("rag.evaluate.evaluation", "rag.evaluate.report.page", "rag.evaluate.compare"),
)

WINDOW = "ui.app"
"""What takes longest, and only `rag chat` and `rag serve` need."""


class RunningWindow(str):
    """A `rag chat` or `rag serve` in a process of its own, as its address."""

    process: int
    said: IO[str]

    def stop(self) -> None:
        """End it as a crash would."""
        os.kill(self.process, signal.SIGKILL)
        self.wait()

    def wait(self) -> None:
        """Until it has ended."""
        ended = os.pidfd_open(self.process)
        select.select([ended], [], [])
        os.close(ended)
        self.said.close()


class WarmRag:
    """Runs commands as `subprocess.run` would; one at a time."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.warm"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=REPOSITORY,
        )

    def run(
        self, arguments: Sequence[str], environment: Mapping[str, str], folder: Path
    ) -> "subprocess.CompletedProcess[str]":
        """What `rag ARGUMENTS` in `folder` prints and ends with."""
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            code = self.run_into((out.fileno(), err.fileno()), arguments, environment, folder)
            printed = []
            for file in (out, err):
                file.seek(0)
                printed.append(file.read().decode())
        return subprocess.CompletedProcess(["rag", *arguments], code, *printed)

    def run_into(
        self, files: tuple[int, int], arguments: Sequence[str], environment: Mapping[str, str], folder: Path
    ) -> int:
        """The exit code of `rag ARGUMENTS` in `folder`, which prints into two open files of this process."""
        self._begin(files, arguments, environment, folder)
        return self._line()

    def open_window(self, arguments: Sequence[str], environment: Mapping[str, str], folder: Path) -> RunningWindow:
        """A `rag chat` or `rag serve`, on a free port, once it is open; who asked for it ends it."""
        reading, written = os.pipe()
        said = open(reading)  # noqa: SIM115
        options = [*arguments, "--port", str(free_port()), "--json"]
        process = self._begin((written, sys.stderr.fileno()), options, environment, folder, goes_on=True)
        os.close(written)
        window = RunningWindow(address_in(said))
        window.process, window.said = process, said
        return window

    def _begin(
        self,
        files: tuple[int, int],
        arguments: Sequence[str],
        environment: Mapping[str, str],
        folder: Path,
        goes_on: bool = False,
    ) -> int:
        assert self._process.stdin
        command = {
            "arguments": list(arguments),
            "environment": dict(environment),
            "folder": str(folder),
            "files": [f"/proc/{os.getpid()}/fd/{file}" for file in files],
            "goes_on": goes_on,
        }
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()
        return self._line()

    def _line(self) -> int:
        assert self._process.stdout
        return int(self._process.stdout.readline())

    def close(self) -> None:
        """End the process that forks."""
        self._process.communicate(timeout=60)


def address_in(said: IO[str]) -> str:
    """Where a window is open, from what it prints as JSON."""
    lines = ""
    while "}" not in lines:
        line = said.readline()
        assert line, "it ended before it was ready"
        lines += line
    return json.loads(lines)["address"]


def free_port() -> int:
    """A port of this machine that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _serve() -> None:
    for module in PRELOADED:
        __import__(module)
    # Else each child copies all of it as soon as its garbage collector looks at what is here.
    gc.freeze()
    for line in sys.stdin:
        command = json.loads(line)
        if command["goes_on"] and WINDOW not in sys.modules:
            __import__(WINDOW)
            gc.freeze()
        files = [os.open(file, os.O_WRONLY) for file in command["files"]]
        child = os.fork()
        if child == 0:
            _run(command, files)
        for file in files:
            os.close(file)
        _say(child)
        if not command["goes_on"]:
            _, status = os.waitpid(child, 0)
            _say(os.waitstatus_to_exitcode(status))


def _say(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


def _run(command: dict, files: Sequence[int]) -> None:
    """Become the command, which prints into `files`; does not return."""
    code = 1
    try:
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        for number, file in zip((1, 2), files, strict=True):
            os.dup2(file, number)
            os.close(file)
        # Streams remember what their files can do.
        sys.stdout, sys.stderr = (open(number, "w", closefd=False) for number in (1, 2))  # noqa: SIM115
        os.environ.clear()
        os.environ.update(command["environment"])
        os.chdir(command["folder"])
        sys.argv = ["rag", *command["arguments"]]
        from rag.cli import main

        main()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(code)


if __name__ == "__main__":
    _serve()
