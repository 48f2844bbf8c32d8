"""What goes wrong is said in plain words, and leaves the page usable."""

import shutil
from pathlib import Path

from playwright.sync_api import Page, expect

from rag.config import Config
from tests.conftest import RunRag
from tests.e2e.conftest import OpenChat
from tests.e2e.persons import answered, ask, choose_collection, new_collection, open_tab, question_box
from ui.app import HISTORY_FILE


def test_an_index_that_is_deleted_while_the_page_is_open(
    page: Page, chat: str, run_rag: RunRag, documents: Path, seeds_config: Config
) -> None:
    assert run_rag("index", "documents", "--index", "doomed").returncode == 0
    page.goto(chat)
    choose_collection(page, "doomed")
    ask(page, "How long is the Rhine?")
    shutil.rmtree(seeds_config.index_folder("doomed"))
    page.locator("#chat .cite").first.click()
    expect(page.locator("#document")).to_contain_text("no index")
    expect(ask(page, "Where does it rise?")).to_contain_text("no index")
    open_tab(page, "Documents")
    page.get_by_role("button", name="Bring up to date").click()
    expect(page.locator("#indexing [role=alert]")).to_contain_text("There is no index “doomed” any more.")
    choose_collection(page, "seeds")
    open_tab(page, "Chat")
    expect(ask(page, "Who led the Russian delegation?")).to_contain_text("Alexander Lavrentiev")
    # What was answered from it can still be read.
    page.locator("#talk-list .talk[title$='– doomed']").first.click()
    expect(page.locator("#notice")).to_contain_text("The collection “doomed” is not there any more.")
    expect(page.locator("#chat .question p").first).to_have_text("How long is the Rhine?")


def test_an_index_that_changes_while_the_page_is_open_is_asked_as_it_is_now(
    page: Page, chat: str, run_rag: RunRag, documents: Path
) -> None:
    assert run_rag("index", "documents", "--index", "changing").returncode == 0
    page.goto(chat)
    choose_collection(page, "changing")
    expect(ask(page, "How long is the Rhine?")).to_contain_text("1,233 km")
    (documents / "rivers.md").write_text("# Rivers\n\nThe Rhine is 1,230 km long. It rises in the Alps.\n")
    assert run_rag("index", "documents", "--index", "changing").returncode == 0
    expect(ask(page, "How long is the Rhine?")).to_contain_text("1,230 km")


def test_an_empty_question_changes_nothing(page: Page, chat: str) -> None:
    page.goto(chat)
    ask(page, "Who led the Russian delegation?")
    for nothing in ("", "   "):
        question_box(page).fill(nothing)
        page.keyboard.press("Enter")
        # Two answers of the server later, it has been dealt with.
        for pressed in ("true", "false"):
            page.get_by_role("button", name="Bad answer").click()
            expect(page.get_by_role("button", name="Bad answer")).to_have_attribute("aria-pressed", pressed)
    ask(page, "Who is the UN Special Envoy?")
    expect(page.locator("#chat .question p")).to_have_text(
        ["Who led the Russian delegation?", "Who is the UN Special Envoy?"]
    )


def test_ten_quick_clicks_and_a_held_enter_key(page: Page, chat: str) -> None:
    page.goto(chat)
    question_box(page).fill("Why does Iran keep a presence in Syria?")
    for _ in range(10):
        page.keyboard.press("Enter")
    chips = page.locator("#chat .cite")
    expect(chips.nth(1)).to_be_visible()
    answered(page)
    expect(page.locator("#chat .question")).to_have_count(1)
    for number in range(10):
        chips.nth(number % chips.count()).click(no_wait_after=True)
    last = 9 % chips.count()
    expect(page.locator("#document .steps")).to_contain_text(f"{last + 1} of {chips.count()}")
    for _ in range(10):
        page.get_by_role("button", name="New conversation").click(no_wait_after=True)
    expect(page.locator("#chat .question")).to_have_count(0)
    expect(page.locator("#talk-list .talk")).to_have_count(1)


def test_two_hundred_files_at_once_and_one_that_is_too_large(page: Page, chat: str, tmp_path: Path) -> None:
    page.goto(chat)
    open_tab(page, "Documents")
    new_collection(page, "many")
    many = []
    for number in range(200):
        many.append(tmp_path / f"note-{number:03}.txt")
        many[-1].write_text(f"The {number}th buoy is painted in colour {number}.\n")
    page.locator("#upload input[type=file]").set_input_files(many)
    expect(page.locator("#indexing .report")).to_contain_text("200 added", timeout=60_000)
    large = tmp_path / "large.txt"
    with large.open("wb") as file:
        file.truncate(500_000_000)
    small = tmp_path / "small.txt"
    small.write_text("The buoy that came last is green.\n")
    page.locator("#upload input[type=file]").set_input_files([large, small])
    expect(page.locator(".toast-body")).to_contain_text("large.txt: 500.0 MB, more than the limit")
    expect(page.locator("#indexing .report")).to_contain_text("1 added, 200 unchanged")


def test_conversations_that_cannot_be_kept_are_said_and_the_rest_goes_on(
    page: Page, open_chat: OpenChat, tmp_path: Path
) -> None:
    file = tmp_path / HISTORY_FILE
    address = open_chat(RAG_DATA_DIR=str(tmp_path))
    page.goto(address)
    expect(ask(page, "Who led the Russian delegation?")).to_contain_text("Alexander Lavrentiev")
    for suffix in ("", "-wal", "-shm"):
        Path(f"{file}{suffix}").unlink(missing_ok=True)
    file.write_text("no database")
    question_box(page).fill("Who is the UN Special Envoy?")
    page.keyboard.press("Enter")
    expect(page.locator("#notice [role=alert]")).to_contain_text("conversations.sqlite is damaged")
    page.reload()
    expect(page.locator("#talk-list")).to_contain_text("conversations.sqlite is damaged")
    open_tab(page, "Documents")
    new_collection(page, "buoys")
    note = tmp_path / "note.txt"
    note.write_text("The buoy is green.\n")
    page.locator("#upload input[type=file]").set_input_files(note)
    expect(page.locator("#indexing .report")).to_contain_text("1 added")
    assert file.read_text() == "no database"
