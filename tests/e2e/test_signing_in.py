"""Where there are accounts, the window shows each what is theirs."""

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from rag.library.rights import Level
from rag.server.accounts import accounts_of
from rag.server.identities import Identities, Identity
from tests.e2e.persons import ask, new_collection, open_tab, upload
from tests.openid_provider import PASSWORD as PROVIDERS_PASSWORD
from tests.openid_provider import running_provider
from tests.warm import RunningWindow, WarmRag

PASSWORD = "correct horse battery"

LogIn = Callable[[str], Page]


@pytest.fixture
def server(rag_environment: dict[str, str], warm_rag: WarmRag, tmp_path: Path) -> Iterator[RunningWindow]:
    """Of which ann is an administrator, and bob may read the seeds."""
    accounts = accounts_of(tmp_path)
    accounts.add("ann", PASSWORD, is_admin=True)
    accounts.add("bob", PASSWORD)
    accounts.grant("bob", "seeds", Level.READ)
    own = {"RAG_LOGIN": "yes", "RAG_DATA_DIR": str(tmp_path)}
    server = warm_rag.open_window(["serve"], rag_environment | own, Path.cwd())
    yield server
    server.stop()


@pytest.fixture
def log_in(browser: Browser, server: RunningWindow) -> Iterator[LogIn]:
    """`log_in("bob")`: the window of somebody who has logged in."""
    contexts = []

    def opened(name: str) -> Page:
        contexts.append(browser.new_context(viewport={"width": 1280, "height": 800}))
        page = contexts[-1].new_page()
        page.goto(server)
        page.get_by_label("Name").fill(name)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        expect(page.locator("#question")).to_be_visible()
        return page

    yield opened
    for context in contexts:
        context.close()


def test_the_window_shows_each_what_is_theirs(log_in: LogIn, server: RunningWindow, tmp_path: Path) -> None:
    ann, bob = log_in("ann"), log_in("bob")
    cookie = next(one for one in bob.context.cookies() if one["name"] == "footnote_session")
    assert cookie["httpOnly"]
    assert cookie["sameSite"] == "Lax"
    assert "Lavrentiev" in ask(bob, "Who led the Russian delegation?").inner_text()
    open_tab(ann, "Documents")
    new_collection(ann, "secret plans")
    file = tmp_path / "plan.md"
    file.write_text("The harbour will be closed in May.\n")
    upload(ann, file)
    expect(ann.locator("#document-list")).to_contain_text("plan.md")
    # Bob's page does not know of it, by the menu, an address, or what the viewer asks for by itself.
    bob.reload()
    bob.locator("#collections").get_by_role("button", name="choose another").click()
    expect(bob.locator("#collection-menu")).to_contain_text("seeds")
    expect(bob.locator("#collection-menu")).not_to_contain_text("secret")
    bob.goto(f"{server}/?collection=secret+plans&document=plan.md&at=0-10")
    expect(bob.locator("#question")).to_be_visible()
    expect(bob.locator("body")).not_to_contain_text("The harbour will be closed")
    with httpx.Client(base_url=server) as client:
        client.cookies.set("footnote_session", cookie["value"])
        place = {"collection": "secret plans", "document": "plan.md", "sha256": "x", "page": 1}
        assert client.get("/viewer/text", params=place).status_code == 404
    open_tab(bob, "Documents")
    expect(bob.locator("#document-list")).to_contain_text("astana-round-22.md")
    bob.get_by_role("button", name="Remove astana-round-22.md").click()
    bob.get_by_role("dialog").locator("button.choice[value=ok]").click()
    expect(bob.get_by_text("You may read the collection “seeds”, and not change it so.")).to_be_visible()
    # Conversations are the account's, in whatever browser.
    elsewhere = log_in("bob")
    expect(elsewhere.locator("#talk-list .talk")).to_contain_text(["Who led the Russian delegation?"])
    expect(ann.locator("#talk-list .talk")).to_have_count(0)
    bob.get_by_role("button", name="Settings").click()
    bob.get_by_role("button", name="Log out").click()
    expect(bob.get_by_label("Password")).to_be_visible()
    bob.goto(server)
    expect(bob.get_by_label("Password")).to_be_visible()


@pytest.mark.nightly
def test_a_browser_goes_to_a_provider_and_comes_back(
    browser: Browser, rag_environment: dict[str, str], warm_rag: WarmRag, tmp_path: Path
) -> None:
    accounts = accounts_of(tmp_path)
    accounts.add("ann", PASSWORD, is_admin=True)
    # Of another site than the server: localhost, and not 127.0.0.1.
    with running_provider(tmp_path, "ann") as settings:
        Identities(accounts).link("ann", Identity(settings["RAG_OPENID_ISSUER"], "1"))
        own = {"RAG_DATA_DIR": str(tmp_path)} | settings
        server = warm_rag.open_window(["serve"], rag_environment | own, Path.cwd())
        page = browser.new_page()
        try:
            page.goto(server)
            page.get_by_role("link", name="Log in with localhost").click()
            page.get_by_label("Username").fill("ann")
            page.get_by_label("Password").fill(PROVIDERS_PASSWORD)
            page.get_by_role("button", name="Go on").click()
            expect(page.locator("#question")).to_be_visible()
            assert page.url.startswith(server)
            assert "Lavrentiev" in ask(page, "Who led the Russian delegation?").inner_text()
        finally:
            page.close()
            server.stop()
