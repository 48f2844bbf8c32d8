"""Asking in the window: answers, their citations and marks, and how they came about."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.conftest import ORIGINAL, RunRag
from tests.e2e.persons import answered, ask, assert_within, choose_collection, confirm, put, question_box
from tests.llm_server import Reply, ScriptedServer

# Whether what is marked in the document, across its blocks, reads like a quote.
MARKED = """quote => [...document.querySelectorAll("#document .cited")].map((mark) => mark.textContent).join("")
    .replace(/\\s+/g, " ").trim() === quote.replace(/\\s+/g, " ").trim()"""

Picture = Callable[[Page, str], None]


def test_a_question_is_answered_and_its_citation_opens_the_marked_place(
    page: Page, chat: str, picture: Picture
) -> None:
    page.goto(chat)
    reply = ask(page, "Which Syrian official led the delegation of the government?")
    expect(reply).to_contain_text("Ayman Riad, the Deputy Foreign Minister who led the delegation")
    sentence = reply.locator(".sentence", has_text="Ayman Riad, the Deputy")
    expect(reply.locator(".verdict")).to_contain_text("“” Quoted word for word")
    # Said once, for the whole answer.
    expect(sentence.locator(".support")).to_have_count(0)
    quote = page.locator("#sources .source", has_text="Ayman Riad, the Deputy").locator("q").inner_text().strip("“”")

    sentence.get_by_role("button", name="Citation").click()
    mark = page.locator("#document mark")
    expect(mark).to_have_text(quote)
    expect(page.locator("#document h2")).to_have_text("Outside powers in Syria: who wants what")
    expect(page.locator("#document .document h4", has_text="The United States under Donald Trump")).to_have_count(1)
    expect(page.locator("#document .viewer")).to_have_attribute("data-shown", "yes")
    assert_within(mark, page.locator("#source-panel"))
    picture(page, "chat-answer")


def test_hovering_a_citation_shows_quote_document_and_page(page: Page, chat: str) -> None:
    page.goto(chat)
    chip = ask(page, "Who led the Russian delegation?").locator(".cite").first
    tip = page.locator("#tip")
    chip.hover()
    expect(tip).to_contain_text("Alexander Lavrentiev")
    expect(tip.locator("strong")).to_contain_text("Astana talks on Syria: what round 22 brought")
    page.mouse.move(0, 0)
    expect(tip).to_be_hidden()
    chip.focus()
    expect(tip).to_be_visible()
    page.keyboard.press("Escape")
    expect(tip).to_be_hidden()


def test_a_source_in_the_list_opens_its_document_too_and_others_are_a_step_away(page: Page, chat: str) -> None:
    page.goto(chat)
    ask(page, "Why does Iran keep a presence in Syria?")
    sources = page.locator("#sources .source")
    expect(sources.nth(1)).to_be_visible()
    quotes = [source.locator("q").inner_text().strip("“”") for source in sources.all()]
    for source, quote in zip(sources.all(), quotes, strict=True):
        source.click()
        expect(page.locator("#document #cited")).to_be_visible()
        page.wait_for_function(MARKED, arg=quote)
    page.get_by_role("button", name="Previous citation").click()
    page.wait_for_function(MARKED, arg=quotes[-2])
    expect(page.locator("#document .steps")).to_contain_text(f"{len(quotes) - 1} of {len(quotes)}")
    expect(page.get_by_role("button", name="Next citation")).to_be_enabled()


def test_a_refusal_shows_the_nearest_passages(page: Page, chat: str, picture: Picture) -> None:
    page.goto(chat)
    reply = ask(page, "Which wine goes with grilled trout?")
    expect(reply).to_contain_text("The documents do not answer this question.")
    expect(page.locator("#sources h2")).to_have_text("Nearest passages")
    expect(page.locator("#sources .source")).to_have_count(3)
    page.locator("#sources .source").last.click()
    expect(page.locator("#document mark").first).not_to_be_empty()
    picture(page, "chat-refusal")


def test_an_example_is_asked_with_a_click(page: Page, chat: str) -> None:
    page.goto(chat)
    example = page.locator("#welcome .example").first
    question = example.inner_text()
    example.click()
    expect(page.locator("#chat .question p")).to_have_text(question)
    # They are made of the documents, and were answered by them.
    expect(page.locator("#chat .verdict")).to_be_visible()
    expect(page.locator("#welcome")).to_be_hidden()


def test_a_question_that_cannot_be_asked_is_explained_and_the_conversation_goes_on(page: Page, chat: str) -> None:
    page.goto(chat)
    expect(ask(page, "?")).to_contain_text("The question is empty")
    expect(ask(page, "Кто возглавлял делегацию?")).to_contain_text("Cyrillic letters")
    expect(ask(page, "Who led the Russian delegation?")).to_contain_text("Alexander Lavrentiev")
    expect(page.locator("#chat .reply")).to_have_count(3)


def test_two_visitors_have_conversations_of_their_own(page: Page, chat: str, browser: Browser) -> None:
    page.goto(chat)
    context = browser.new_context()
    other = context.new_page()
    other.goto(chat)
    # Both ask before either is answered.
    for who, question in ((page, "Who is the UN Special Envoy?"), (other, "Which country hosted the talks?")):
        question_box(who).fill(question)
        who.keyboard.press("Enter")
    answered(page)
    answered(other)
    expect(page.locator("#chat .question p")).to_have_text(["Who is the UN Special Envoy?"])
    expect(other.locator("#chat .question p")).to_have_text(["Which country hosted the talks?"])
    for who, title in ((page, "Who is the UN Special Envoy?"), (other, "Which country hosted the talks?")):
        who.reload()
        expect(who.locator("#talk-list .talk")).to_have_count(1)
        expect(who.locator("#talk-list .talk")).to_contain_text(title)
    theirs = other.locator("#talk-list .talk").get_attribute("data-id")
    # Even who knows the id of another's conversation cannot open it.
    page.locator("#talk-list .talk").evaluate("(button, id) => { button.dataset.id = id; button.click(); }", theirs)
    expect(page.locator("#notice")).to_contain_text("This conversation is not here any more.")
    expect(page.locator("#chat .question")).to_have_count(0)
    page.goto(f"{chat}/?conversation={theirs}")
    expect(page.locator("#notice")).to_contain_text("This conversation is not here any more.")
    expect(page.locator("#talk-list .talk")).to_contain_text("Who is the UN Special Envoy?")
    context.close()


@pytest.mark.skipif(not ORIGINAL.exists(), reason=f"{ORIGINAL} is not here")
def test_the_original_document_is_asked_in_the_window(page: Page, chat: str, run_rag: RunRag) -> None:
    assert run_rag("index", ORIGINAL.parent, "--index", "original").returncode == 0
    page.goto(chat)
    choose_collection(page, "original")
    ask(page, "Who led the Russian delegation?")
    page.locator("#chat .cite").first.click()
    mark = page.locator("#document mark")
    expect(mark).to_contain_text("Alexander Lavrentiev, Russia’s Special Representative for Syria, led")
    assert mark.inner_text() in ORIGINAL.read_text(encoding="utf-8")


def test_a_follow_up_is_searched_with_its_subject_and_can_be_searched_otherwise(page: Page, chat: str) -> None:
    page.goto(chat)
    ask(page, "Who led the Russian delegation?")
    reply = ask(page, "And Iran?")
    reply.get_by_text("How this answer came about").click()
    expect(reply.locator("details.how")).to_contain_text("Searched for: And Iran? (Who led the … delegation)")
    reply.get_by_role("button", name="Search for something else").click()
    dialog = page.get_by_role("dialog").get_by_role("textbox")
    expect(dialog).to_have_value("And Iran? (Who led the … delegation)")
    confirm(page, "What is the task of the Constitutional Committee?")
    # The record stays as it was; the search is a turn of its own.
    expect(page.locator("#chat .question p")).to_have_text(
        ["Who led the Russian delegation?", "And Iran?", "And Iran?"]
    )
    expect(answered(page)).to_contain_text("draft a new constitution")
    expect(page.locator("#chat .reply").nth(1)).not_to_contain_text("draft a new constitution")


def test_a_courtesy_gets_a_plain_reply(page: Page, chat: str) -> None:
    page.goto(chat)
    reply = ask(page, "Thanks!")
    expect(reply).to_contain_text("You are welcome. I answer questions about the documents in this index")
    expect(reply.locator(".verdict")).to_have_count(0)
    expect(page.locator("#chat details.how")).to_have_count(0)
    expect(page.locator("#sources")).to_contain_text("The sources of an answer are listed here")


def test_how_an_answer_came_about_is_told(page: Page, chat: str, picture: Picture) -> None:
    page.goto(chat)
    reply = ask(page, "Who led the Russian delegation?")
    how = reply.locator("details.how")
    expect(how.locator("table")).to_be_hidden()
    reply.get_by_text("How this answer came about").click()
    expect(how).to_contain_text("Searched for: Who led the Russian delegation?")
    expect(how.locator("thead th")).to_have_text(
        ["Passage", "Rank by meaning", "Rank by words", "Search score", "Reader", "Cited"]
    )
    cited = how.locator("tbody tr", has_text="yes")
    expect(cited).not_to_have_count(0)
    # A stage that rounds to nothing is left out.
    expect(how).to_contain_text(re.compile(r"together \d+\.\d\d s"))
    picture(page, "chat-how")
    how.locator("tbody button").last.click()
    expect(page.locator("#document .steps")).to_contain_text("10 of 10")


def test_a_language_models_sentences_are_marked_by_their_support(
    page: Page, model_chat: str, llm_server: ScriptedServer, picture: Picture
) -> None:
    llm_server.says(
        "Alexander Lavrentiev headed the Russian delegation [1]. In 1987 the penguins elected Margaret Thatcher [1]."
        " <img src=x onerror=\"window.harmed='model'\"> [click](javascript:alert(1)) [99]"
    )
    page.goto(model_chat)
    reply = ask(page, "Who led the Russian delegation?")
    marked = page.locator("#chat .sentence[data-support=unsupported]")
    expect(marked.first).to_contain_text("penguins elected Margaret Thatcher")
    expect(marked.first).to_contain_text("not supported by the documents")
    expect(reply.locator(".verdict")).to_contain_text("not fully supported")
    first = page.locator("#chat .sentence").first
    expect(first).to_contain_text("Alexander Lavrentiev headed the Russian delegation.")
    expect(first).not_to_have_attribute("data-support", "unsupported")
    first.get_by_role("button").first.click()
    expect(page.locator("#document #cited")).to_contain_text("Lavrentiev")
    reply.get_by_text("How this answer came about").click()
    expect(reply).to_contain_text("321 tokens in, 45 out")
    assert page.evaluate("window.harmed") is None
    assert page.locator("#chat img, #chat a").count() == 0
    picture(page, "chat-model")


def test_a_models_answer_is_stopped_and_what_was_written_is_kept(
    page: Page, model_chat: str, llm_server: ScriptedServer
) -> None:
    llm_server.says(Reply("And so it goes on and on. ", endless=True))
    page.goto(model_chat)
    put(page, "Who led the Russian delegation?")
    expect(page.locator("#chat .draft")).to_contain_text("Being written, not checked yet.")
    page.get_by_role("button", name="Stop", exact=True).click()
    for _ in range(2):
        reply = page.locator("#chat .reply").last
        expect(reply).to_contain_text("And so it goes on and on.")
        expect(reply).to_contain_text("Stopped here; nothing of it is checked.")
        expect(page.locator("#chat [aria-busy]")).to_have_count(0)
        page.reload()
    assert llm_server.stopped.wait(30)
    llm_server.says("Alexander Lavrentiev led it [1].")
    page.locator("#chat .reply").last.get_by_role("button", name="Ask again").click()
    expect(page.locator("#chat .reply").last).to_contain_text("Alexander Lavrentiev")
    expect(page.locator("#chat .question")).to_have_count(1)


def test_what_is_typed_while_an_answer_is_written_stays_and_is_asked_next(
    page: Page, model_chat: str, llm_server: ScriptedServer
) -> None:
    page.goto(model_chat)
    llm_server.says(f"Alexander Lavrentiev led {'it and ' * 100}spoke [1].")
    put(page, "Who led the Russian delegation?")
    expect(page.locator("#chat .draft")).to_be_visible()
    question_box(page).fill("Who is the UN Special Envoy?")
    expect(answered(page)).to_contain_text("Alexander Lavrentiev")
    expect(question_box(page)).to_have_value("Who is the UN Special Envoy?")
    page.keyboard.press("Enter")
    expect(question_box(page)).to_have_value("")
    expect(page.locator("#chat .question p")).to_have_text(
        ["Who led the Russian delegation?", "Who is the UN Special Envoy?"]
    )
    answered(page)


def test_what_is_asked_while_an_answer_is_written_is_answered_after_it(
    page: Page, model_chat: str, llm_server: ScriptedServer
) -> None:
    page.goto(model_chat)
    llm_server.says(
        f"Alexander Lavrentiev led {'it and ' * 100}spoke [1].", "The question made whole?", "Pedersen [1]."
    )
    put(page, "Who led the Russian delegation?")
    expect(page.locator("#chat .draft")).to_be_visible()
    put(page, "Who is the UN Special Envoy?")
    expect(page.locator("#chat .question p")).to_have_text(
        ["Who led the Russian delegation?", "Who is the UN Special Envoy?"]
    )
    answered(page)
    expect(page.locator("#chat .reply").first).to_contain_text("Alexander Lavrentiev")
    expect(page.locator("#chat .reply").last).to_contain_text("Pedersen")


def test_an_answer_goes_on_without_the_page_and_is_there_when_one_comes_back(
    page: Page, model_chat: str, llm_server: ScriptedServer
) -> None:
    page.goto(model_chat)
    llm_server.says(f"Alexander Lavrentiev led {'it and ' * 150}spoke [1].")
    put(page, "Who led the Russian delegation?")
    expect(page.locator("#chat .draft")).to_be_visible()
    address = page.url
    page.goto("about:blank")
    page.goto(address)
    expect(page.locator("#chat .question p")).to_have_text("Who led the Russian delegation?")
    expect(answered(page)).to_contain_text("spoke")
    expect(page.locator("#chat .draft")).to_have_count(0)
