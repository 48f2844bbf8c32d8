"""A real chat window in a real browser."""

import json
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
# The switches keep the browser from asking for anything outside this machine.
SWITCHES = [
    *["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
    *["--disable-background-networking", "--disable-component-update", "--disable-sync"],
]

OpenChat = Callable[..., str]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A new visitor; the test fails if the page's scripts do, or if the page asks another machine for anything."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("request", lambda request: problems.append(request.url) if "127.0.0.1" not in request.url else None)
    yield page
    context.close()
    assert [problem for problem in problems if not problem.startswith(("data:", "blob:"))] == []


@pytest.fixture(scope="session")
def open_chat(rag_environment: dict[str, str]) -> Iterator[OpenChat]:
    """`open_chat("--index", "papers", RAG_LLM="…")`: `rag chat` in a process of its own; its address."""
    with ExitStack() as running:

        def start(*arguments: str, **environment: str) -> str:
            process = subprocess.Popen(
                [sys.executable, "-m", "rag.cli", "chat", "--port", str(free_port()), "--json", *arguments],
                env=rag_environment | environment,
                stdout=subprocess.PIPE,
                text=True,
            )
            running.enter_context(process)
            running.callback(process.terminate)
            lines = ""
            while "}" not in lines:
                line = process.stdout.readline()
                assert line, "rag chat ended before it was ready"
                lines += line
            return json.loads(lines)["address"]

        yield start


@pytest.fixture(scope="session")
def chat(open_chat: OpenChat) -> str:
    """Address of a chat window over the seeds."""
    return open_chat()


@pytest.fixture
def picture(request: pytest.FixtureRequest) -> Callable[[Page, str], None]:
    """`picture(page, name)`: keep a screenshot where --screenshots asks for it."""
    folder: Path | None = request.config.getoption("--screenshots")

    def keep(page: Page, name: str) -> None:
        if folder:
            page.screenshot(path=request.config.rootpath / folder / f"{name}.png")

    return keep


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
