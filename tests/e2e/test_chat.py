from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.conftest import ORIGINAL, RunRag
from tests.e2e.conftest import OpenChat
from tests.llm_server import ScriptedServer

Picture = Callable[[Page, str], None]

NASTY = """# Notes <script>window.harmed = "title"</script>

The harbour master is <b>Ann</b> <img src=x onerror="window.harmed='image'"> and keeps ${window.harmed='template'}
{{value}} `quoted` papers.

<script>window.harmed = "script"</script>
"""


def ask(page: Page, question: str) -> None:
    page.get_by_label("Question").fill(question)
    page.keyboard.press("Enter")
    expect(page.locator("#chat .question").last).to_have_text(question)
    expect(page.locator("#chat [aria-busy]")).to_have_count(0)


def assert_within(inner: Locator, outer: Locator) -> None:
    """Fail unless `inner` is scrolled into the visible part of `outer`."""
    box, frame = inner.bounding_box(), outer.bounding_box()
    assert box
    assert frame
    assert frame["y"] <= box["y"] < frame["y"] + frame["height"]


def test_a_question_is_answered_and_its_citation_opens_the_marked_place(
    page: Page, chat: str, picture: Picture
) -> None:
    page.goto(chat)
    ask(page, "Which Syrian official led the delegation of the government?")
    reply = page.locator("#chat .reply")
    expect(reply).to_contain_text("Ayman Riad, the Deputy Foreign Minister who led the delegation")
    citation = reply.locator(".sentence", has_text="Ayman Riad, the Deputy").get_by_role("button")
    quote = page.locator("#sources .source", has_text="Ayman Riad, the Deputy").locator("q").inner_text().strip("“”")

    citation.click()
    mark = page.locator("#document mark")
    expect(mark).to_have_text(quote)
    expect(page.locator("#document h2")).to_have_text("Outside powers in Syria: who wants what")
    expect(page.locator("#document .document")).to_contain_text("## The United States under Donald Trump")
    page.wait_for_function("document.querySelector('#document .document').scrollTop > 0")
    assert_within(mark, page.locator("#document .document"))
    picture(page, "chat-answer")


def test_a_source_in_the_list_opens_its_document_too(page: Page, chat: str) -> None:
    page.goto(chat)
    ask(page, "Who led the Russian delegation?")
    sources = page.locator("#sources .source")
    expect(sources).not_to_have_count(0)
    expect(sources).to_have_count(page.locator("#chat .cite").count())
    for source in sources.all():
        source.click()
        expect(page.locator("#document mark")).to_have_text(source.locator("q").inner_text().strip("“”"))


def test_a_refusal_shows_the_nearest_passages(page: Page, chat: str, picture: Picture) -> None:
    page.goto(chat)
    ask(page, "Which wine goes with grilled trout?")
    expect(page.locator("#chat .reply")).to_contain_text("The documents do not answer this question.")
    expect(page.locator("#sources h2")).to_have_text("Nearest passages")
    expect(page.locator("#sources .source")).to_have_count(3)
    page.locator("#sources .source").last.click()
    expect(page.locator("#document mark")).not_to_be_empty()
    picture(page, "chat-refusal")


def test_an_example_is_asked_with_a_click(page: Page, chat: str) -> None:
    page.goto(chat)
    page.get_by_text("What is the task of the Constitutional Committee?").click()
    expect(page.locator("#chat .reply")).to_contain_text("draft a new constitution")


def test_a_question_that_cannot_be_asked_is_explained_and_the_conversation_goes_on(page: Page, chat: str) -> None:
    page.goto(chat)
    ask(page, "?")
    expect(page.locator("#chat .reply")).to_contain_text("the question is empty")
    ask(page, "Кто возглавлял делегацию?")
    expect(page.locator("#chat .reply").last).to_contain_text("Cyrillic letters")
    ask(page, "Who led the Russian delegation?")
    expect(page.locator("#chat .reply").last).to_contain_text("Alexander Lavrentiev")
    expect(page.locator("#chat .reply")).to_have_count(3)


def test_two_visitors_have_conversations_of_their_own(page: Page, chat: str, browser: Browser) -> None:
    page.goto(chat)
    ask(page, "Who is the UN Special Envoy?")
    other = browser.new_page()
    other.goto(chat)
    ask(other, "Which country hosted the talks?")
    ask(page, "Who led the Russian delegation?")
    expect(page.locator("#chat .question")).to_have_count(2)
    expect(other.locator("#chat .question")).to_have_count(1)
    other.close()


@pytest.mark.skipif(not ORIGINAL.exists(), reason=f"{ORIGINAL} is not here")
def test_the_original_document_is_asked_in_the_window(page: Page, open_chat: OpenChat, run_rag: RunRag) -> None:
    assert run_rag("index", ORIGINAL.parent, "--index", "original").returncode == 0
    page.goto(open_chat("--index", "original"))
    ask(page, "Who led the Russian delegation?")
    page.locator("#chat .cite").first.click()
    mark = page.locator("#document mark")
    expect(mark).to_contain_text("Alexander Lavrentiev, Russia’s Special Representative for Syria, led")
    assert mark.inner_text() in ORIGINAL.read_text(encoding="utf-8")


def test_text_of_a_document_is_shown_and_never_run(
    page: Page, open_chat: OpenChat, run_rag: RunRag, tmp_path: Path
) -> None:
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "<img onerror=alert(1)>.md").write_text(NASTY)
    assert run_rag("index", "documents", "--index", "nasty").returncode == 0
    page.goto(open_chat("--index", "nasty"))
    ask(page, "Who is the harbour <master>?")
    for place in ("#chat .reply", "#document mark"):
        expect(page.locator(place)).to_contain_text("<img src=x onerror=\"window.harmed='image'\">")
        expect(page.locator(place)).to_contain_text("${window.harmed='template'} {{value}} `quoted`")
    expect(page.locator("#document .document")).to_contain_text("<script>window.harmed")
    expect(page.locator("#document .place")).to_contain_text("<img onerror=alert(1)>.md")
    assert page.evaluate("window.harmed") is None
    assert page.locator("#chat img, #sources img, #document img, #document script").count() == 0


def test_a_follow_up_is_searched_with_its_subject_and_can_be_searched_otherwise(page: Page, chat: str) -> None:
    page.goto(chat)
    searched = page.get_by_label("Searched for")
    expect(searched).to_have_count(0)
    ask(page, "Who led the Russian delegation?")
    expect(searched).to_have_value("Who led the Russian delegation?")
    ask(page, "And Iran?")
    expect(searched).to_have_value("Who led the Iran delegation?")
    searched.fill("Who led the Syrian government delegation?")
    page.get_by_role("button", name="Search again").click()
    expect(page.locator("#chat .reply").last).to_contain_text("Ayman Riad")
    expect(page.locator("#chat .question")).to_have_text(["Who led the Russian delegation?", "And Iran?"])
    expect(searched).to_have_value("Who led the Syrian government delegation?")


def test_a_language_models_sentences_are_marked_by_their_support(
    page: Page, open_chat: OpenChat, llm_server: ScriptedServer, picture: Picture
) -> None:
    llm_server.says(
        "Alexander Lavrentiev headed the Russian delegation [1]. In 1987 the penguins elected Margaret Thatcher [1]."
        " <img src=x onerror=\"window.harmed='model'\"> [click](javascript:alert(1)) [99]"
    )
    page.goto(open_chat(RAG_LLM="openai/m", OPENAI_BASE_URL=llm_server.address))
    ask(page, "Who led the Russian delegation?")
    marked = page.locator("#chat .sentence[data-support=unsupported]")
    expect(marked.first).to_contain_text("penguins elected Margaret Thatcher")
    expect(marked.first).to_contain_text("(not supported by the documents)")
    expect(page.locator("#chat .sentence").first).to_contain_text("Alexander Lavrentiev headed the Russian delegation.")
    expect(page.locator("#chat .sentence").first).not_to_have_attribute("data-support", "unsupported")
    page.locator("#chat .sentence").first.get_by_role("button").first.click()
    expect(page.locator("#document mark")).to_contain_text("Lavrentiev")
    expect(page.locator("#chat .reply")).to_contain_text("321 tokens in, 45 out")
    assert page.evaluate("window.harmed") is None
    assert page.locator("#chat img, #chat a").count() == 0
    picture(page, "chat-model")


@pytest.mark.parametrize("width", [360, 2560])
def test_the_page_fits_narrow_and_wide_screens(page: Page, chat: str, width: int, picture: Picture) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(chat)
    ask(page, "Who led the Russian delegation?")
    page.locator("#chat .cite").first.click()
    mark = page.locator("#document mark")
    expect(mark).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    picture(page, f"chat-{width}")
