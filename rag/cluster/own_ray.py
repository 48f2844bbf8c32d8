"""Ray, loaded with the rules that hold here, and a Ray of this machine for as long as a `with` lasts."""

import logging
import os
import secrets
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rag.cores import core_count
from rag.errors import ConfigError
from rag.no_telemetry import switch_off_telemetry

_RULES = {
    # Named for other systems, where it is so by default: that this machine's address is 127.0.0.1, and nothing listens
    # on another.
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
    # Or everybody with an account on this machine could run code as who started it. Where no token is given, Ray writes
    # one into the home folder.
    "RAY_AUTH_MODE": "token",
    "RAY_AUTH_TOKEN": secrets.token_hex(32),
}
"""Of a Ray of one's own: of this machine and this process alone. Ray looks at them when it is loaded."""


@contextmanager
def own_ray() -> Iterator[int]:
    """A Ray on the cores of this machine, as how many there are. Raises ConfigError."""
    ray = load_ray(is_own=True)
    with tempfile.TemporaryDirectory(prefix="ray-", ignore_cleanup_errors=True) as folder:
        try:
            _start(ray, folder)
            quieten()
            yield core_count()
        finally:
            ray.shutdown()


def _start(ray: Any, folder: str) -> None:
    from ray._private import services

    # What is left of its process without a dashboard asks 169.254.169.254 which cloud it runs in, statistics or not.
    services.start_api_server = lambda *arguments, **options: (None, None)
    try:
        ray.init(
            "local",
            num_cpus=core_count(),
            include_dashboard=False,
            configure_logging=False,
            log_to_driver=False,
            _temp_dir=folder,
        )
    except Exception as error:  # Ray has many
        raise ConfigError(f"--on ray: Ray does not start here ({first_line(error)}). Leave --on out.") from error


def load_ray(is_own: bool) -> Any:
    """The module `ray`, for a Ray of one's own or that of others. Raises ConfigError."""
    switch_off_telemetry()
    has_rules = os.environ.get("RAY_AUTH_TOKEN") == _RULES["RAY_AUTH_TOKEN"]
    if "ray" in sys.modules and has_rules != is_own:
        raise ConfigError(
            "--on: a process has either a Ray of its own or that of others, and this one has loaded Ray for the other."
            " Start another process."
        )
    if is_own:
        os.environ.update(_RULES)
    # Or what is asked of a Ray that is gone would start another here, and hide it.
    os.environ["RAY_ENABLE_AUTO_CONNECT"] = "0"
    try:
        import ray
    except ImportError:
        raise ConfigError("--on ray needs one more package: pip install 'footnote-rag[ray]'") from None
    quieten()
    if ray.is_initialized():
        raise ConfigError("--on: this process is connected to a Ray already. Disconnect it first: ray.shutdown()")
    return ray


def quieten() -> None:
    """Have Ray log nothing, for what goes wrong comes as an exception; it sets its level when loaded and connected."""
    logging.getLogger("ray").setLevel(logging.CRITICAL)


def first_line(error: Exception) -> str:
    """What an error says, in a line."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
