"""Servers of models: where they are, and how they are asked."""

import os
from typing import NamedTuple

from rag.config import LOOPBACK
from rag.errors import ConfigError

NO_KEY = "none"
"""Sent where no key is set: local servers ask for none, the client insists on one."""

OPENAI_ADDRESS = "https://api.openai.com/v1"
OLLAMA_ADDRESS = "http://127.0.0.1:11434"


class Server(NamedTuple):
    """An address, and the key that is sent there."""

    address: str
    key: str = NO_KEY


def openai_server(setting: str) -> Server:
    """What the environment names as server of OpenAI's protocol. Raises ConfigError about `setting`."""
    address, key = os.environ.get("OPENAI_BASE_URL"), os.environ.get("OPENAI_API_KEY")
    if not address and not key:
        raise ConfigError(
            f"{setting}: set OPENAI_API_KEY in the environment, or OPENAI_BASE_URL for a server of your own"
            " (such as http://127.0.0.1:8000/v1)."
        )
    return Server(address or OPENAI_ADDRESS, key or NO_KEY)


def ollama_server() -> Server:
    """The Ollama that the environment names, else the one on this machine."""
    address = os.environ.get("OLLAMA_HOST") or OLLAMA_ADDRESS
    return Server(address if "://" in address else f"http://{address}")


def ask_directly() -> None:
    """Have no proxy stand between this process, and those that it starts, and this machine.

    What goes to a proxy leaves this machine, whatever it asks for.
    """
    for name in ("NO_PROXY", "no_proxy"):
        known = [host for host in os.environ.get(name, "").split(",") if host]
        os.environ[name] = ",".join(dict.fromkeys([*known, *LOOPBACK]))
