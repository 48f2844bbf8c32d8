"""Conversations: kept, found, renamed, edited, exported, rated; and nothing of them lost."""

import re
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from rag.config import Config
from rag.evaluate.dataset import load_questions
from tests.e2e.conftest import OpenChat
from tests.e2e.persons import answered, ask, confirm, expect_collection, new_collection, of_conversation, question_box

RUSSIA, LEBANON = "Who led the Russian delegation?", "Why is Lebanon affected by the conflict?"


def test_conversations_are_listed_found_renamed_opened_and_deleted(page: Page, chat: str) -> None:
    page.goto(chat)
    ask(page, RUSSIA)
    page.get_by_role("button", name="New conversation").click()
    expect(page.locator("#chat .question")).to_have_count(0)
    ask(page, LEBANON)
    talks = page.locator("#talk-list .talk")
    expect(talks).to_have_count(2)
    expect(talks.first).to_contain_text(LEBANON)

    of_conversation(page, "Rename", LEBANON)
    confirm(page, "The neighbours")
    expect(talks.first).to_contain_text("The neighbours")
    page.get_by_label("Search conversations").fill("LAVRENTIEV")
    expect(talks).to_have_count(1)
    expect(talks.first.locator("mark")).to_have_text("Lavrentiev")
    talks.first.click()
    expect(page.locator("#chat .question p")).to_have_text([RUSSIA])
    expect(page.locator("#sources .source").first).to_contain_text("Lavrentiev")
    page.locator("#chat .cite").first.click()
    expect(page.locator("#document mark").first).to_be_visible()

    page.get_by_label("Search conversations").fill("")
    expect(talks).to_have_count(2)
    of_conversation(page, "Delete", "The neighbours")
    # What cannot be brought back is not what Enter does.
    expect(page.get_by_role("dialog").get_by_role("button", name="Cancel")).to_be_focused()
    expect(page.get_by_role("dialog").get_by_role("button", name="Delete conversation")).to_be_visible()
    page.keyboard.press("Enter")
    expect(talks).to_have_count(2)
    of_conversation(page, "Delete", "The neighbours")
    confirm(page)
    expect(talks).to_have_count(1)
    expect(page.locator("#chat .question p")).to_have_text([RUSSIA])


def test_a_conversation_survives_a_restart_of_the_server(page: Page, open_chat: OpenChat, tmp_path: Path) -> None:
    first = open_chat(RAG_DATA_DIR=str(tmp_path))
    page.goto(first)
    ask(page, RUSSIA)
    first.stop()
    second = open_chat(RAG_DATA_DIR=str(tmp_path))
    # The conversation has an address, which another start of the server knows too.
    page.goto(second + page.url.removeprefix(first))
    expect(page.locator("#chat .reply")).to_contain_text("Alexander Lavrentiev")
    ask(page, "And Iran?").get_by_text("How this answer came about").click()
    expect(page.locator("#chat details.how").last).to_contain_text("And Iran? (Who led the … delegation)")
    # A server that dies in mid-answer keeps the question, and says on the page that it is gone.
    question_box(page).fill(LEBANON)
    second.stop()
    page.keyboard.press("Enter")
    expect(page.locator("#lost")).to_contain_text("Footnote does not answer any more.")
    third = open_chat(RAG_DATA_DIR=str(tmp_path))
    draft = page.evaluate(
        "Object.entries(localStorage).filter(([key]) => key.startsWith('draft ')).map(([, it]) => it)"
    )
    assert draft == [LEBANON]
    page.goto(third)
    expect(page.locator("#talk-list .talk")).to_contain_text(RUSSIA)


def test_a_question_is_edited_and_asked_again_in_its_place(page: Page, chat: str) -> None:
    page.goto(chat)
    ask(page, "Who led the Syrian delegation?")
    ask(page, RUSSIA)
    page.get_by_role("button", name="Edit the question “Who led the Syrian delegation?”").click()
    expect(question_box(page)).to_have_value("Who led the Syrian delegation?")
    expect(page.locator("#editing")).to_contain_text("those after it (1) will be dropped")
    page.get_by_role("button", name="Leave as it was").click()
    expect(page.locator("#editing")).to_be_hidden()
    expect(question_box(page)).to_have_value("")
    page.get_by_role("button", name="Edit the question “Who led the Syrian delegation?”").click()
    expect(question_box(page)).to_have_value("Who led the Syrian delegation?")
    ask(page, LEBANON)
    expect(page.locator("#chat .question p")).to_have_text([LEBANON])
    page.get_by_role("button", name="Ask again").click()
    answered(page)
    expect(page.locator("#chat .question p")).to_have_text([LEBANON])
    page.reload()
    expect(page.locator("#chat .question p")).to_have_text([LEBANON])


def test_questions_asked_in_two_tabs_of_one_conversation_are_both_kept(page: Page, chat: str) -> None:
    page.goto(chat)
    ask(page, RUSSIA)
    other = page.context.new_page()
    other.goto(page.url)
    expect(other.locator("#chat .question p")).to_have_text([RUSSIA])
    ask(page, LEBANON)
    # A follow-up goes on with what this tab showed, and comes after what the other one asked.
    ask(other, "And Iran?").get_by_text("How this answer came about").click()
    expect(other.locator("#chat details.how").last).to_contain_text("And Iran? (Who led the … delegation)")
    expect(other.locator("#chat .question p")).to_have_text([RUSSIA, LEBANON, "And Iran?"])
    # What one tab has not seen, it does not replace.
    page.get_by_role("button", name="Ask again").click()
    expect(page.get_by_text("This conversation went on in another window.")).to_be_visible()
    # Rating shows no other turns than before.
    page.get_by_role("button", name="Good answer").first.click()
    expect(page.locator("#chat [aria-pressed=true]")).to_have_count(1)
    expect(page.locator("#chat .question p")).to_have_text([RUSSIA, LEBANON])
    page.reload()
    expect(page.locator("#chat .question p")).to_have_text([RUSSIA, LEBANON, "And Iran?"])
    expect(page.locator("#chat .reply").nth(1)).to_contain_text("Lebanon")


def test_an_answer_is_copied_with_its_footnotes_and_a_conversation_exported(page: Page, chat: str) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(chat)
    ask(page, RUSSIA)
    page.get_by_role("button", name="Copy the answer").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "Alexander Lavrentiev" in copied
    assert "[^1]: Astana talks on Syria" in copied
    assert "astana-round-22.md, “" in copied
    ask(page, LEBANON)
    with page.expect_download() as download:
        of_conversation(page, "Export as Markdown")
    exported = Path(download.value.path()).read_text(encoding="utf-8")
    assert exported.startswith(f"# {RUSSIA}\n\n## {RUSSIA}\n")
    assert f"## {LEBANON}" in exported
    footnotes = [line.partition(":")[0] for line in exported.splitlines() if line.startswith("[^")]
    assert footnotes == [f"[^{number}]" for number in range(1, len(footnotes) + 1)]


def test_each_conversation_has_an_address_with_its_draft_and_place(page: Page, chat: str) -> None:
    page.goto(chat)
    ask(page, RUSSIA)
    first = page.url
    assert "?conversation=" in first
    question_box(page).fill("A draft")
    page.get_by_role("button", name="New conversation").click()
    expect(page.locator("#chat .question")).to_have_count(0)
    expect(question_box(page)).to_have_value("")
    ask(page, LEBANON)
    ask(page, "Which wine goes with grilled trout?")
    second = page.url
    assert second != first
    page.go_back()
    page.go_back()
    expect(page.locator("#chat .question p")).to_have_text([RUSSIA])
    expect(question_box(page)).to_have_value("A draft")
    page.go_forward()
    page.go_forward()
    expect(page.locator("#chat .question p").first).to_have_text(LEBANON)
    page.wait_for_function("document.getElementById('chat').scrollTop > 0")
    page.locator("#chat").evaluate("chat => chat.scrollTo(0, 0)")
    page.wait_for_function("Object.keys(sessionStorage).some((key) => key.startsWith('place '))")
    page.reload()
    expect(page.locator("#chat .question p").first).to_have_text(LEBANON)
    expect(page.locator("#chat .question p").first).to_be_in_viewport()
    assert page.url == second


def test_a_thumbs_down_becomes_a_case_that_evaluation_reads(page: Page, chat: str, seeds_config: Config) -> None:
    page.goto(chat)
    ask(page, RUSSIA)
    good = page.get_by_role("button", name="Good answer")
    good.click()
    expect(good).to_have_attribute("aria-pressed", "true")
    good.click()
    expect(good).to_have_attribute("aria-pressed", "false")
    ask(page, "And Iran?")
    page.get_by_role("button", name="Bad answer").last.click()
    form = page.locator("#feedback")
    expect(form).to_contain_text("What is wrong with the answer to “And Iran?”?")
    expect(form.get_by_label("Right answer")).to_be_in_viewport()
    form.get_by_role("button", name="add as a test case").click()
    expect(page.get_by_text("A test case needs the right answer")).to_be_visible()
    form.get_by_label("Right answer").fill("Ali Asghar Haji\nHaji")
    form.get_by_role("button", name="add as a test case").click()
    expect(page.locator("#feedback-said")).to_contain_text("Added to seeds.jsonl")
    expect(form).to_be_hidden()
    page.get_by_role("button", name="Bad answer").first.click()
    form.get_by_label("The documents do not hold the answer").check()
    form.get_by_role("button", name="add as a test case").click()
    expect(page.locator("#feedback-said")).to_contain_text("Added to seeds.jsonl")
    cases = [question for _, question in load_questions(seeds_config.data_dir / "questions" / "seeds.jsonl").questions]
    assert [(case.question, case.answerable, case.answers) for case in cases] == [
        ("And Iran?", True, ["Ali Asghar Haji", "Haji"]),
        (RUSSIA, False, []),
    ]
    assert cases[0].history[0] == RUSSIA
    assert "Lavrentiev" in cases[0].history[1]


def test_another_collection_is_another_conversation_which_opens_with_it(page: Page, chat: str) -> None:
    page.goto(chat)
    ask(page, RUSSIA)
    asked = page.url
    # To look at the menu changes nothing, nor does to choose what is chosen.
    page.locator("#collections").get_by_role("button", name="choose another").click()
    page.keyboard.press("Escape")
    page.locator("#collections").get_by_role("button", name="choose another").click()
    page.locator("#collection-menu li[aria-current] button").first.click()
    expect(page.locator("#chat .question")).to_have_count(1)
    assert page.url == asked
    new_collection(page, "empty-one")
    expect(page.locator("#chat .question")).to_have_count(0)
    expect(page.locator("#welcome")).to_contain_text("“empty-one” holds no documents yet")
    expect(ask(page, RUSSIA)).to_contain_text("The collection “empty-one” is empty.")
    page.locator("#talk-list .talk[title$='– seeds']").click()
    expect_collection(page, "seeds")
    expect(page.locator("#chat .reply")).to_contain_text("Alexander Lavrentiev")


def test_a_link_to_a_source_opens_its_place_for_anybody(page: Page, chat: str, browser: Browser) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(chat)
    ask(page, "Why does Iran keep a presence in Syria?")
    page.locator("#chat .cite").nth(1).click()
    expect(page.locator("#document .viewer-head[data-place$=':1']")).to_be_visible()
    cited = page.locator("#document .cited").first.inner_text()
    page.get_by_role("button", name="Copy a link to this place").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")
    other = browser.new_context(viewport={"width": 390, "height": 800}).new_page()
    for _ in range(2):
        other.goto(link)
        expect(other.locator("#document .cited").first).to_have_text(cited)
        expect(other.locator("#document .cited").first).to_be_in_viewport()
        assert other.url == link
    other.goto(re.sub("version=.", "version=x", link))
    expect(other.locator("#document")).to_contain_text("has changed since")
    other.context.close()
