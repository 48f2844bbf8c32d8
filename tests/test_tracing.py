import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from rag.errors import ConfigError
from rag.tracing import start_tracing, traced


class Collector(BaseHTTPRequestHandler):
    """Takes what an exporter posts."""

    posted: list[tuple[str, bytes]]

    def do_POST(self) -> None:
        self.posted.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *arguments: object) -> None:
        """Nothing to log."""


@pytest.fixture
def collector() -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    posted: list[tuple[str, bytes]] = []
    handler = type("Handler", (Collector,), {"posted": posted})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", posted
    server.shutdown()
    server.server_close()


def ask(environment: dict[str, str], where: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "rag.cli", "ask", "Who led the Russian delegation?"]
    return subprocess.run(command, env=environment | {"RAG_TRACE": where}, capture_output=True, text=True, check=True)


def test_the_steps_of_a_question_are_spans_of_one_trace(rag_environment: dict[str, str]) -> None:
    printed = ask(rag_environment, "console").stderr
    spans, at, decoder = {}, 0, json.JSONDecoder()
    while (at := printed.find("{", at)) >= 0:
        span, at = decoder.raw_decode(printed, at)
        spans[span["name"]] = span["context"]["trace_id"]
    steps = ["HybridRetriever.retrieve", "PassageReader._postprocess_nodes", "QuoteSynthesizer.stream"]
    assert {spans[step] for step in steps} == {spans["CitedQueryEngine.stream"]}


def test_a_collector_gets_the_spans(
    rag_environment: dict[str, str], collector: tuple[str, list[tuple[str, bytes]]]
) -> None:
    address, posted = collector
    ask(rag_environment, address)
    assert {path for path, _ in posted} == {"/v1/traces"}
    assert any(b"HybridRetriever.retrieve" in body for _, body in posted)


def test_steps_without_tracing_are_the_same_and_are_closed() -> None:
    closed = []

    def steps() -> Iterator[int]:
        try:
            yield from (1, 2, 3)
        finally:
            closed.append(True)

    assert list(traced("x", steps())) == [1, 2, 3]
    left = traced("x", steps())
    next(left)
    left.close()
    assert closed == [True, True]


def test_a_place_that_is_none_is_named() -> None:
    with pytest.raises(ConfigError, match="trace: 'nowhere' is neither console nor an address"):
        start_tracing("nowhere")
