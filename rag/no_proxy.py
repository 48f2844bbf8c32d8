"""This machine is asked directly, whatever proxy stands in the environment: what goes to one leaves this machine."""

import os

LOOPBACK = ("localhost", "127.0.0.1", "::1")


def ask_directly(*hosts: str) -> None:
    """Have no proxy stand between this process, and those that it starts, and these hosts or this machine."""
    for name in ("NO_PROXY", "no_proxy"):
        known = [host for host in os.environ.get(name, "").split(",") if host]
        os.environ[name] = ",".join(dict.fromkeys([*known, *LOOPBACK, *hosts]))
