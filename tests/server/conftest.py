"""A real `rag serve` in a process of its own."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from tests.llm_server import ScriptedServer
from tests.warm import RunningWindow, WarmRag

OpenServer = Callable[..., RunningWindow]


@pytest.fixture(scope="package")
def open_server(
    rag_environment: dict[str, str], warm_rag: WarmRag, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[OpenServer]:
    """`open_server("--index", "papers", RAG_LLM="…")`: the address of a server, with data of its own."""
    with ExitStack() as running:

        def start(*arguments: str, **environment: str) -> RunningWindow:
            own = {"RAG_DATA_DIR": str(tmp_path_factory.mktemp("data"))}
            server = warm_rag.open_window(["serve", *arguments], rag_environment | own | environment, Path.cwd())
            running.callback(server.stop)
            return server

        yield start


@pytest.fixture(scope="package")
def server(open_server: OpenServer) -> str:
    """Address of a server over the seeds."""
    return open_server()


@pytest.fixture(scope="package")
def model_server(open_server: OpenServer, running_llm_server: ScriptedServer) -> str:
    """The same, answering with a language model that says what a test scripts."""
    return open_server(RAG_LLM="openai/m", OPENAI_BASE_URL=running_llm_server.address)


@pytest.fixture
def api(server: str) -> Iterator[httpx.Client]:
    """What asks the server."""
    with httpx.Client(base_url=server, timeout=60) as client:
        yield client
