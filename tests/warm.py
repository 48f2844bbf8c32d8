"""The command line without the seconds that imports take: a process that has imported all of it forks one a command.

Each command still runs in a process, an environment and a folder of its own. `python -m tests.warm` is the one that
forks: it reads a command as a line of JSON and writes its exit code as a line.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

REPOSITORY = Path(__file__).parent.parent

PRELOADED = (
    *("rag.cli", "rag.engine", "rag.ingest.update", "rag.formats.readers", "rag.store.verify", "rich.progress"),
    *("rag.evaluate.evaluation", "rag.evaluate.report.page", "rag.evaluate.compare"),
)


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
        assert self._process.stdin
        assert self._process.stdout
        command = {
            "arguments": list(arguments),
            "environment": dict(environment),
            "folder": str(folder),
            "files": [f"/proc/{os.getpid()}/fd/{file}" for file in files],
        }
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def close(self) -> None:
        """End the process that forks."""
        self._process.communicate(timeout=60)


def _serve() -> None:
    for module in PRELOADED:
        __import__(module)
    for line in sys.stdin:
        command = json.loads(line)
        child = os.fork()
        if child == 0:
            _run(command)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def _run(command: dict) -> None:
    """Become the command; does not return."""
    code = 1
    try:
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        for number, file in zip((1, 2), command["files"], strict=True):
            os.dup2(os.open(file, os.O_WRONLY), number)
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
