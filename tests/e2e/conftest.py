"""A real chat window in a real browser; both end with the last test of this folder, for they take time even unused."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.llm_server import ScriptedServer
from tests.warm import RunningWindow, WarmRag

# The one without a window draws none either, and opens a page in half the time.
CHROMIUM = shutil.which("chromium-headless-shell") or shutil.which("chromium") or "/usr/bin/chromium"
# The switches keep the browser from asking for anything outside this machine.
SWITCHES = [
    *["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
    *["--disable-background-networking", "--disable-component-update", "--disable-sync"],
    # No page is open long enough for its scripts to be worth optimising.
    "--js-flags=--no-opt",
]

# Of a busy machine of one core; no test takes longer for it.
TIMEOUT = 90_000
expect.set_options(timeout=TIMEOUT)

OpenChat = Callable[..., RunningWindow]


@pytest.fixture(scope="package")
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


@pytest.fixture(scope="package")
def open_chat(rag_environment: dict[str, str], warm_rag: WarmRag) -> Iterator[OpenChat]:
    """`open_chat("--index", "papers", RAG_LLM="…")`: a chat window; each takes seconds to start."""
    with ExitStack() as running:

        def start(*arguments: str, **environment: str) -> RunningWindow:
            chat = warm_rag.open_window(["chat", *arguments], rag_environment | environment, Path.cwd())
            running.callback(chat.stop)
            return chat

        yield start


@pytest.fixture(scope="package")
def chat(open_chat: OpenChat) -> str:
    """Address of a chat window over the seeds; whatever is indexed can be chosen in it."""
    return open_chat()


@pytest.fixture(scope="package")
def model_chat(open_chat: OpenChat, running_llm_server: ScriptedServer) -> str:
    """The same, answering with a language model that says what a test scripts."""
    return open_chat(RAG_LLM="openai/m", OPENAI_BASE_URL=running_llm_server.address)


@pytest.fixture
def picture(request: pytest.FixtureRequest) -> Callable[[Page, str], None]:
    """`picture(page, name)`: keep a screenshot where --screenshots asks for it."""
    folder: Path | None = request.config.getoption("--screenshots")

    def keep(page: Page, name: str) -> None:
        if folder:
            page.screenshot(path=request.config.rootpath / folder / f"{name}.png")

    return keep


def assert_accessible(page: Page) -> None:
    """Fail with what axe-core finds on `page` that is serious or critical for people with disabilities."""
    rules = Axe().run(page).response["violations"]
    broken = [described(rule) for rule in rules if rule["impact"] in ("serious", "critical")]
    assert not broken, "\n".join(broken)


def described(rule: dict[str, Any]) -> str:
    """A rule that a page breaks, and the first three places where it does."""
    places = [f"{' '.join(map(str, node['target']))}: {node['html'][:200]}" for node in rule["nodes"][:3]]
    return "\n  ".join([f"{rule['id']} ({rule['impact']}, {len(rule['nodes'])}): {rule['help']}", *places])
