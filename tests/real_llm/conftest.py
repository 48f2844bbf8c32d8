"""Real language models, SmolLM2-135M-Instruct and Qwen2.5-Coder-1.5B-Instruct, by llama.cpp: `make test-llm`."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def gguf() -> Path:
    """The model's file, which `make test-llm` fetches."""
    return Path(os.environ["SMOLLM2_GGUF"]).resolve()


@pytest.fixture(scope="session")
def qwen() -> Path:
    """The larger model's file, which `make test-llm` fetches."""
    return Path(os.environ["QWEN_GGUF"]).resolve()


@pytest.fixture(scope="session")
def server(gguf: Path) -> Iterator[str]:
    """Address of an OpenAI-compatible server with the model."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "llama_cpp.server", "--model", str(gguf), "--host", "127.0.0.1"]
    command += ["--port", str(port), "--n_ctx", "4096"]
    address = f"http://127.0.0.1:{port}/v1"
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            for _ in range(240):
                assert process.poll() is None, "the llama.cpp server ended before it was ready"
                try:
                    urllib.request.urlopen(f"{address}/models", timeout=2)
                    break
                except (urllib.error.URLError, OSError):
                    time.sleep(0.25)
            yield address
        finally:
            process.terminate()


@pytest.fixture
def asked_server(server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The server, as the one that `llm = "openai/…"` asks."""
    monkeypatch.setenv("OPENAI_BASE_URL", server)
    return server
