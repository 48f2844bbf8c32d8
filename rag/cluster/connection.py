"""A Ray cluster for as long as a `with` lasts: one of one's own on this machine, or that whose head is named."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Thread
from typing import TYPE_CHECKING, Any

from rag.cluster.address import client_address
from rag.cluster.own_ray import first_line, load_ray, own_ray, quieten
from rag.cluster.version import difference, version_here, version_there
from rag.cluster.worker import Job
from rag.errors import ConfigError

if TYPE_CHECKING:
    from rag.cluster.pool import Pool

SECONDS_TO_ANSWER = 25.0
"""For a cluster to take this machine in, and for its nodes to say what they have."""

_NOTHING_THERE = (
    "--on {on}: no cluster answers there ({reason}). Look whether its head runs (ray start --head), and whether this"
    " is its port for clients (10001 unless it was started with another) and RAY_AUTH_TOKEN its token, if it has one."
)


@dataclass(frozen=True, slots=True)
class Cluster:
    """A Ray cluster that this process is connected to. `on` is what it was asked for by, `cores` how many it has."""

    on: str
    cores: int

    @property
    def is_here(self) -> bool:
        """Whether its processes are this machine's, and of this process's making."""
        return client_address(self.on) is None

    def pool(self, make_job: Callable[[], Job]) -> "Pool":
        """Workers, a core each, that each call `make_job` once. Raises ConfigError where that cannot be sent."""
        from rag.cluster.pool import Pool

        return Pool(self.on, make_job, self.cores)


@contextmanager
def connected(on: str, seconds: float = SECONDS_TO_ANSWER) -> Iterator[Cluster]:
    """The cluster that `on` names, whose nodes have the versions of this one.

    `seconds` may pass until it answers. Raises ConfigError, also where Ray is not installed.
    """
    address = client_address(on)
    with own_ray() if address is None else _others_ray(on, address, seconds) as cores:
        yield Cluster(on, cores)


@contextmanager
def _others_ray(on: str, address: tuple[str, int], seconds: float) -> Iterator[int]:
    """The Ray whose head is at `address`, as how many cores it has."""
    ray = load_ray(is_own=False)
    try:
        _connect(ray, on, address, seconds)
        quieten()
        yield _cores_of_equals(ray, on, seconds)
    finally:
        ray.shutdown()


def _connect(ray: Any, on: str, address: tuple[str, int], seconds: float) -> None:
    """Connect within `seconds`; Ray itself would try for minutes."""
    came_of_it: list[Exception | None] = []

    def connect() -> None:
        from ray.util.debug import disable_log_once_globally

        # It would warn that files are large.
        disable_log_once_globally()
        try:
            ray.init(on, configure_logging=False, log_to_driver=False)
            came_of_it.append(None)
        except Exception as error:  # Ray has many
            came_of_it.append(error)

    try:
        socket.create_connection(address, timeout=seconds).close()
    except OSError as error:
        raise ConfigError(_NOTHING_THERE.format(on=on, reason=error.strerror or error)) from None
    thread = Thread(target=connect, daemon=True)
    thread.start()
    thread.join(seconds)
    if not came_of_it:
        raise ConfigError(_NOTHING_THERE.format(on=on, reason=f"nothing for {seconds:g} seconds"))
    if failure := came_of_it[0]:
        if "ersion" in str(failure):
            said = " ".join(str(failure).split())
            raise ConfigError(f"--on {on}: the cluster has another version. {said}")
        raise ConfigError(_NOTHING_THERE.format(on=on, reason=first_line(failure)))


def _cores_of_equals(ray: Any, on: str, seconds: float) -> int:
    """Cores of the nodes, each of which is asked for its versions first. Raises ConfigError."""
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    nodes = [node for node in ray.nodes() if node["Alive"]]
    tell = ray.remote(version_there())
    told = [
        tell.options(
            num_cpus=0, max_retries=0, scheduling_strategy=NodeAffinitySchedulingStrategy(node["NodeID"], soft=False)
        ).remote()
        for node in nodes
    ]
    ray.wait(told, num_returns=len(told), timeout=seconds)
    for node, ref in zip(nodes, told, strict=True):
        name = f"--on {on}: the node {node['NodeManagerHostname']} ({node['NodeManagerAddress']})"
        try:
            there = ray.get(ref, timeout=0.1)
        except Exception as error:  # Ray has many
            raise ConfigError(
                f"{name} does not say which version it has ({first_line(error)}). Start it anew."
            ) from None
        if other := difference(there, version_here()):
            raise ConfigError(f"{name} {other}")
    cores = int(sum(node["Resources"].get("CPU", 0) for node in nodes))
    if not cores:
        raise ConfigError(f"--on {on}: the cluster has no core to work on. Add a node: ray start --address=HEAD:6379")
    return cores
