"""Servers that benchmarks.load puts the same questions to: how each is begun, filled and asked."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager, contextmanager
from pathlib import Path
from typing import NamedTuple

import httpx
import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from benchmarks.measuring import serving
from rag.build import build_index
from rag.config import NO_RERANKER, Config
from rag.models.packaged_model import packaged_model

INDEX = "load"
PASSAGES = 5
"""The best of those found, in which a fact is to stand."""

BEGUN_SECONDS = 300
SECONDS = 60


class Told(NamedTuple):
    """What came of a question: the text in which a fact is to stand, what is given as the answer, or a refusal."""

    text: str
    answer: str = ""
    is_refused: bool = False


Ask = Callable[[str], Awaitable[Told]]
"""A question put by one person. Raises BusyError, httpx.HTTPError, or whatever else the way to ask raises."""


class BusyError(Exception):
    """A server that says when to come again."""

    def __init__(self, status: int, seconds: float) -> None:
        super().__init__(str(status))
        self.seconds = seconds


class System(NamedTuple):
    """A server: `fill` has it index a folder of files, `begin` gives its address and process, `ask` is one person's."""

    fill: Callable[[Path], None]
    begin: Callable[[], AbstractContextManager[tuple[str, int]]]
    ask: Callable[[str], AbstractAsyncContextManager[Ask]]


def own(config: Config, port: int, only_searched: bool) -> System:
    """Footnote, asked for answers, or for passages alone, which nothing reads then."""
    folders = {"RAG_INDEX_DIR": str(config.index_dir), "RAG_DATA_DIR": str(config.data_dir)}
    if only_searched:
        folders["RAG_RERANKER"] = NO_RERANKER
    options = ["--index", INDEX, "--port", str(port)]

    def fill(folder: Path) -> None:
        build_index(folder, config, INDEX)

    return System(
        fill,
        lambda: serving("serve", *options, environment=folders),
        _searched if only_searched else _answered,
    )


def peer(name: str, python: str, out: Path, port: int) -> System:
    """Another, of benchmarks.peers, run by the interpreter of its environment."""
    index = out / "peers" / name
    command = [python, "-W", "ignore", "-m", f"benchmarks.peers.{name}"]
    environment = os.environ | {"HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "true"}

    def fill(folder: Path) -> None:
        if not index.exists():
            began, part = time.monotonic(), index.with_name(f"{name}.part")
            shutil.rmtree(part, ignore_errors=True)
            part.mkdir(parents=True)
            given = ["ingest", str(part), str(packaged_model()), str(folder)]
            subprocess.run([*command, *given], check=True, env=environment)  # noqa: S603
            part.rename(index)
            print(f"indexed in {time.monotonic() - began:.0f} s")

    @contextmanager
    def begin() -> Iterator[tuple[str, int]]:
        given = ["serve", str(index), str(packaged_model()), str(port)]
        with subprocess.Popen([*command, *given], env=environment) as process:  # noqa: S603
            try:
                _wait_for(port, process)
                yield f"http://127.0.0.1:{port}", process.pid
            finally:
                process.terminate()

    return System(fill, begin, _over_mcp if name == "haiku_rag" else _over_fastapi)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + BEGUN_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    sys.exit("The server did not start: it says why above.")


async def _posted(client: httpx.AsyncClient, path: str, **given: object) -> httpx.Response:
    response = await client.post(path, **given)  # type: ignore[arg-type]
    if response.status_code != 200:
        raise BusyError(response.status_code, float(response.headers.get("retry-after", 1)))
    return response


@asynccontextmanager
async def _answered(address: str) -> AsyncIterator[Ask]:
    async with httpx.AsyncClient(base_url=address, timeout=SECONDS) as client:

        async def ask(question: str) -> Told:
            asked = {"model": INDEX, "messages": [{"role": "user", "content": question}]}
            told = (await _posted(client, "/v1/chat/completions", json=asked)).json()["footnote"]
            return Told(told["answer"], told["short_answer"] or "", told["refused"])

        yield ask


@asynccontextmanager
async def _searched(address: str) -> AsyncIterator[Ask]:
    async with httpx.AsyncClient(base_url=address, timeout=SECONDS) as client:

        async def ask(question: str) -> Told:
            asked = {"collection": INDEX, "question": question}
            found = (await _posted(client, "/v1/search", json=asked)).json()["data"]
            return Told(" ".join(passage["text"] for passage in found[:PASSAGES]))

        yield ask


@asynccontextmanager
async def _over_fastapi(address: str) -> AsyncIterator[Ask]:
    async with httpx.AsyncClient(base_url=address, timeout=SECONDS) as client:

        async def ask(question: str) -> Told:
            found = (await _posted(client, "/search", params={"question": question})).json()
            return Told(" ".join(found[:PASSAGES]))

        yield ask


@asynccontextmanager
async def _over_mcp(address: str) -> AsyncIterator[Ask]:
    async with (
        httpx2.AsyncClient(timeout=SECONDS) as http,
        Client(streamable_http_client(f"{address}/mcp", http_client=http)) as client,
    ):

        async def ask(question: str) -> Told:
            found = await client.call_tool("search_documents", {"query": question, "limit": PASSAGES})
            return Told(json.dumps(found.structured_content))

        yield ask
