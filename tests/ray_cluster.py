"""A Ray cluster of separate processes on loopback: a head without cores, and nodes with one each."""

import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from subprocess import PIPE, STDOUT

from tests.conftest import REPOSITORY
from tests.warm import free_port

STARTED = "Ray runtime started"
SECONDS_TO_LISTEN = 120


class RayCluster:
    """What was started, each node with all its processes in a session of its own, and how to reach it."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        # Short, for the paths of its sockets.
        self._folder = Path(tempfile.mkdtemp(prefix="ray-"))
        self._port, self._client_port = free_port(), free_port()
        self._nodes: list[subprocess.Popen[str]] = []
        self._environment = {name: value for name, value in os.environ.items() if not name.startswith("RAG_")}
        self.keys = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32)}
        self._environment |= {
            "PYTHONPATH": str(REPOSITORY),
            "RAY_USAGE_STATS_ENABLED": "0",
            "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
            # The head starts a process for each client while its threads speak gRPC.
            "GRPC_ENABLE_FORK_SUPPORT": "0",
            **self.keys,
            **environment,
        }

    @property
    def address(self) -> str:
        """What --on takes."""
        return f"ray://127.0.0.1:{self._client_port}"

    def start(self, nodes: int) -> None:
        """Start the head, then `nodes` others, and wait until all are there."""
        head = ["--head", "--port", self._port, "--ray-client-server-port", self._client_port, "--num-cpus", 0]
        self._wait_for(self._begin(*head, "--include-dashboard", "false", "--temp-dir", self._folder))
        # One after the other: two that begin at once on one machine may choose one port.
        for _ in range(nodes):
            self.add({})
        self._wait_for_clients()

    def add(self, environment: Mapping[str, str]) -> None:
        """Start one node more."""
        arguments = ["--address", f"127.0.0.1:{self._port}", "--num-cpus", 1]
        self._wait_for(self._begin(*arguments, environment=environment))

    def stop(self) -> None:
        """End every process that was started."""
        for node in reversed(self._nodes):
            for process in _session(node.pid):
                try:
                    os.kill(process, signal.SIGKILL)
                except ProcessLookupError:
                    continue
            node.wait()
            node.stdout.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _begin(self, *arguments: object, environment: Mapping[str, str] | None = None) -> "subprocess.Popen[str]":
        command = [sys.executable, "-P", "-W", "ignore", "-m", "tests.ray_node", "start", "--block"]
        command += ["--node-ip-address", "127.0.0.1", "--include-log-monitor", "false", *map(str, arguments)]
        node = subprocess.Popen(
            command,
            env=self._environment | (environment or {}),
            cwd=self._folder,
            stdout=PIPE,
            stderr=STDOUT,
            text=True,
            start_new_session=True,
        )
        self._nodes.append(node)
        return node

    def _wait_for(self, node: "subprocess.Popen[str]") -> None:
        said = ""
        for line in node.stdout:
            said += line
            if STARTED in line:
                return
        raise AssertionError(f"a node did not start: {said}")

    def _wait_for_clients(self) -> None:
        import socket

        until = time.monotonic() + SECONDS_TO_LISTEN
        while time.monotonic() < until:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self._client_port)) == 0:
                    return
            time.sleep(0.1)
        raise AssertionError("the head takes no clients")


def _session(leader: int) -> list[int]:
    """The processes of a session, its leader last."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if int((folder / "stat").read_text().rpartition(")")[2].split()[3]) == leader:
                found.append(int(folder.name))
        except OSError:
            continue
    return sorted(found, reverse=True)


@contextmanager
def ray_cluster(nodes: int, environment: Mapping[str, str]) -> Iterator[RayCluster]:
    """A cluster for as long as a `with` lasts."""
    cluster = RayCluster(environment)
    try:
        cluster.start(nodes)
        yield cluster
    finally:
        cluster.stop()
