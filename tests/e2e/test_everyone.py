"""For everyone: the keyboard alone, a screen reader, light and dark, small screens and large ones."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import assert_accessible
from tests.e2e.persons import ask, open_tab

Picture = Callable[[Page, str], None]


@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (1280, "dark")])
def test_no_serious_barrier_is_in_any_view(browser: Browser, chat: str, scheme: str, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page = context.new_page()
    page.goto(chat)
    reply = ask(page, "Why does Iran keep a presence in Syria?")
    page.locator("#chat .cite").first.click()
    expect(page.locator("#document .cited").first).to_be_in_viewport()
    assert_accessible(page)
    if width < 900:
        # The sheet of sources is closed by its button, and by Back, which leaves the conversation where it is.
        open_tab(page, "Chat")
        asked = page.url
        for close in (page.get_by_role("button", name="Close the sources").click, page.go_back):
            page.locator("#chat .cite").first.click()
            expect(page.locator("#document #cited")).to_be_in_viewport()
            close()
            expect(page.locator("html")).to_have_attribute("data-sources", "closed")
            expect(page.locator("#chat .question")).to_have_count(1)
            assert page.url == asked
        # The sources lie over the chat there.
        page.keyboard.press("Escape")
    reply.get_by_text("How this answer came about").click()
    reply.get_by_role("button", name="Bad answer").click()
    expect(page.locator("#feedback")).to_be_visible()
    assert_accessible(page)
    for tab in ("Documents", "Evaluation"):
        open_tab(page, tab)
        expect(page.get_by_role("tab", name=tab)).to_have_attribute("aria-selected", "true")
        assert_accessible(page)
    context.close()


def test_a_question_is_asked_and_its_citation_opened_with_the_keyboard_alone(page: Page, chat: str) -> None:
    page.goto(chat)
    expect(page.locator("#question")).to_be_focused()
    page.keyboard.type("Who led the Russian delegation?")
    page.keyboard.press("Enter")
    expect(page.locator("#chat .cite").first).to_be_visible()
    for _ in range(60):
        page.keyboard.press("Shift+Tab")
        if page.evaluate("document.activeElement.classList.contains('cite')"):
            break
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    expect(page.locator("#tip")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator("#document #cited")).to_be_in_viewport()
    # A dialog keeps the focus, and gives it back.
    menu = page.get_by_role("button", name="More for the conversation")
    menu.focus()
    page.keyboard.press("Enter")
    rename = page.get_by_role("button", name="Rename the conversation")
    expect(rename).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(page.get_by_role("button", name="Delete the conversation")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(rename).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog").get_by_role("textbox")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(menu).to_be_focused()
    # What is drawn anew keeps the focus where it was.
    page.get_by_role("button", name="Good answer").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Good answer")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("button", name="Good answer")).to_be_focused()


@pytest.mark.parametrize("width", [360, pytest.param(2560, marks=pytest.mark.nightly)])
def test_the_page_fits_narrow_and_wide_screens(page: Page, chat: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(chat)
    ask(page, "Who led the Russian delegation?")
    page.locator("#chat .cite").first.click()
    expect(page.locator("#document #cited")).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for tab in ("Documents", "Evaluation"):
        open_tab(page, tab)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    # Each tab has an address, to which one comes back.
    assert page.url.endswith("#evaluation")
    page.go_back()
    expect(page.get_by_role("tab", name="Documents")).to_have_attribute("aria-selected", "true")
    listing = page.locator("#document-list .scroll")
    expect(listing.locator("tbody tr")).to_have_count(3)
    assert listing.evaluate("element => element.scrollWidth - element.clientWidth") <= 0
    page.reload()
    expect(page.get_by_role("tab", name="Documents")).to_have_attribute("aria-selected", "true")
    if width < 900:
        # What covers the page has the focus, and gives it back.
        open_tab(page, "Chat")
        page.get_by_role("button", name="Conversations", exact=True).click()
        expect(page.get_by_role("button", name="New conversation")).to_be_focused()
        page.keyboard.press("Escape")
        expect(page.get_by_role("button", name="Conversations", exact=True)).to_be_focused()


@pytest.mark.nightly
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(390, 844), (1280, 800), (2560, 1300)])
def test_each_view_is_within_the_window(
    browser: Browser, chat: str, width: int, height: int, scheme: str, picture: Picture
) -> None:
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
    page = context.new_page()
    page.goto(chat)
    ask(page, "Who led the Russian delegation?")
    ask(page, "Why does Iran keep a presence in Syria?")
    expect(page.locator("#document .cited").first).to_be_attached()
    for tab in ("Chat", "Documents", "Evaluation"):
        open_tab(page, tab)
        expect(page.get_by_role("tab", name=tab)).to_have_attribute("aria-selected", "true")
        page.wait_for_timeout(1_000)
        sizes = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]")
        assert sizes == [width, height]
        picture(page, f"{tab.lower()}-{width}-{scheme}")
    context.close()
