"""What a person does in the window, for the tests to read like it."""

from pathlib import Path

from playwright.sync_api import Locator, Page, expect


def question_box(page: Page) -> Locator:
    """Where questions are typed."""
    return page.locator("#question textarea")


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
    expect(page.get_by_role("button", name="Ask", exact=True)).to_be_visible()
    return page.locator("#chat .reply").last


def choose_collection(page: Page, name: str) -> None:
    """Pick a collection at the top of the page."""
    box = page.get_by_label("Collection", exact=True)
    box.click()
    page.get_by_role("option", name=name, exact=True).click()
    expect(box).to_have_value(name)
    expect(page.locator("#chat")).to_contain_text(f"“{name}”")


def open_tab(page: Page, name: str) -> None:
    """Show a tab."""
    page.get_by_role("tab", name=name).click()


def confirm(page: Page, said: str = "") -> None:
    """Answer the dialog that is open with OK, after typing into it where it asks for something."""
    dialog = page.get_by_role("dialog")
    if said:
        dialog.get_by_role("textbox").fill(said)
    dialog.get_by_role("button", name="OK").click()
    expect(dialog).to_have_count(0)


def new_collection(page: Page, name: str) -> None:
    """Make a collection in the tab of documents, which is open."""
    page.get_by_label("New collection").fill(name)
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_label("Collection", exact=True)).to_have_value(name)


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
