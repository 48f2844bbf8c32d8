"""What a person does in the window, for the tests to read like it."""

from pathlib import Path

from playwright.sync_api import Locator, Page, expect


def question_box(page: Page) -> Locator:
    """Where questions are typed."""
    return page.locator("#question")


def put(page: Page, question: str) -> None:
    """Type a question and press Enter."""
    question_box(page).fill(question)
    page.keyboard.press("Enter")


def ask(page: Page, question: str) -> Locator:
    """Put a question, wait for its answer; the last reply."""
    put(page, question)
    expect(page.locator("#chat .question p").last).to_have_text(question)
    return answered(page)


def answered(page: Page) -> Locator:
    """Wait until nothing is being answered; the last reply."""
    expect(page.locator("#chat [aria-busy]")).to_have_count(0)
    return page.locator("#chat .reply").last


def choose_collection(page: Page, name: str) -> None:
    """Pick a collection at the top of the page."""
    page.locator("#collections").get_by_role("button", name="choose another").click()
    page.locator("#collection-menu").get_by_role("button", name=name).first.click()
    expect_collection(page, name)
    expect(page.locator("#now .turns")).to_have_attribute("data-collection", name)


def expect_collection(page: Page, name: str) -> None:
    """Wait until a collection is the one that is chosen."""
    expect(page.locator("#collections").get_by_role("button", name=f"Collection {name}:")).to_be_visible()


def of_conversation(page: Page, action: str, title: str = "") -> None:
    """Choose an action of the menu of a conversation; of the first one without a title."""
    menu = page.get_by_role(
        "button", name=f"More for the conversation “{title}" if title else "More for the conversation"
    )
    menu.first.click()
    page.locator("#talk-list .menu:popover-open").get_by_text(action, exact=True).click()


def open_tab(page: Page, name: str) -> None:
    """Show a tab."""
    page.get_by_role("tab", name=name).click()


def confirm(page: Page, said: str = "") -> None:
    """Agree to what the dialog that is open asks, after typing into it where it asks for something."""
    dialog = page.get_by_role("dialog")
    if said:
        dialog.get_by_role("textbox").fill(said)
    dialog.locator("button.choice[value=ok]").click()
    expect(dialog).to_have_count(0)


def new_collection(page: Page, name: str) -> None:
    """Make a collection."""
    want_collection(page, name)
    expect_collection(page, name)


def try_name(page: Page, name: str) -> None:
    """Ask for a new collection by what can be no name: the dialog keeps it to be put right, until it is left."""
    page.locator("#collections").get_by_role("button", name="choose another").click()
    page.locator("#collection-menu").get_by_role("button", name="New collection").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox").fill(name)
    dialog.locator("button.choice[value=ok]").click()
    expect(dialog.locator("input:invalid")).to_have_value(name)
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)


def want_collection(page: Page, name: str) -> None:
    """Ask for a new collection, which may be refused."""
    page.locator("#collections").get_by_role("button", name="choose another").click()
    page.locator("#collection-menu").get_by_role("button", name="New collection").click()
    confirm(page, name)


def upload(page: Page, *files: Path | str) -> None:
    """Drop files on the tab of documents, and wait until they are indexed."""
    page.locator("#upload input[type=file]").set_input_files([str(file) for file in files])
    expect(page.locator("#indexing .report, #indexing [role=alert]")).to_be_visible(timeout=60_000)


def assert_within(inner: Locator, outer: Locator) -> None:
    """Fail unless `inner` is scrolled into the visible part of `outer`."""
    box, frame = inner.bounding_box(), outer.bounding_box()
    assert box
    assert frame
    assert frame["y"] <= box["y"] < frame["y"] + frame["height"]
