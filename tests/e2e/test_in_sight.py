"""What was asked last and its answer are in sight, and nothing moves that a person did not move."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.persons import ask, open_tab, put, question_box, want_collection
from tests.llm_server import Reply, ScriptedServer

QUESTIONS = [
    "Who led the Russian delegation?",
    "Why does Iran keep a presence in Syria?",
    "Why is Lebanon affected by the conflict?",
    "Which wine goes with grilled trout?",
    "What is the task of the Constitutional Committee?",
]
SIZES = pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 844)])

PLACES = """() => {
    const place = (element) => element && (({ top, bottom }) => ({ top, bottom }))(element.getBoundingClientRect());
    const turn = [...document.querySelectorAll("#chat .turn")].at(-1);
    return {
        chat: place(document.getElementById("chat")),
        question: place(turn.querySelector(".question")),
        reply: place(turn.querySelector(".reply > *")),
        window: innerHeight,
        scrolled: scrollY,
    };
}"""


def assert_in_sight(page: Page) -> None:
    """Fail unless the last question stands at the top of what is visible of the chat, the answer's beginning below."""
    places = page.evaluate(PLACES)
    chat, question, reply = places["chat"], places["question"], places["reply"]
    top, bottom = max(0, chat["top"]), min(places["window"], chat["bottom"])
    assert -2 <= question["top"] - top <= 16, places
    assert question["bottom"] <= reply["top"] < reply["bottom"] <= bottom + 2, places


@SIZES
def test_the_last_question_stands_at_the_top_and_its_answer_below(
    browser: Browser, chat: str, width: int, height: int
) -> None:
    context = browser.new_context(viewport={"width": width, "height": height})
    page = context.new_page()
    page.goto(chat)
    for question in QUESTIONS:
        ask(page, question)
        # The source that is opened by itself comes last, and moves nothing.
        expect(page.locator("#document .cited").first).to_be_attached()
        assert_in_sight(page)
        assert page.evaluate("[scrollY, document.documentElement.scrollHeight - innerHeight]") == [0, 0]
        expect(question_box(page)).to_be_focused()
    # A person's own scrolling stays, whatever is drawn meanwhile, and so does what is unfolded.
    page.locator("#chat").evaluate("chat => chat.scrollTo(0, 0)")
    page.get_by_text("How this answer came about").first.click()
    # Playwright may have scrolled to what it clicks.
    place = page.locator("#chat").evaluate("chat => chat.scrollTop")
    page.locator("#chat [data-act='chat:like']").first.evaluate("button => button.click()")
    expect(page.locator("#chat [aria-pressed=true]")).to_have_count(1)
    expect(page.locator("#chat details.how table").first).to_be_visible()
    assert page.locator("#chat").evaluate("chat => chat.scrollTop") == place
    # Another tab is looked at while it is answered.
    put(page, QUESTIONS[0])
    open_tab(page, "Documents")
    expect(page.locator("#chat .turn")).to_have_count(len(QUESTIONS) + 1)
    expect(page.locator("#chat [aria-busy]")).to_have_count(0)
    open_tab(page, "Chat")
    page.wait_for_function(f"document.querySelector('#chat').scrollTop > {place + 100}")
    assert_in_sight(page)
    # The conversations may lie in a drawer that is closed.
    page.locator("#new-talk").evaluate("button => button.click()")
    expect(page.locator("#chat .turn")).to_have_count(0)
    page.locator("#talk-list .talk").first.evaluate("button => button.click()")
    expect(page.locator("#chat .turn")).to_have_count(len(QUESTIONS) + 1)
    assert_in_sight(page)
    context.close()


@pytest.mark.parametrize(("width", "height"), [(1280, 800), pytest.param(390, 844, marks=pytest.mark.nightly)])
def test_it_is_so_while_an_answer_is_written_too(
    browser: Browser, model_chat: str, llm_server: ScriptedServer, width: int, height: int
) -> None:
    context = browser.new_context(viewport={"width": width, "height": height})
    page = context.new_page()
    page.goto(model_chat)
    # One sentence, so that one is checked.
    llm_server.says(f"Alexander Lavrentiev {'headed the Russian delegation and ' * 30}spoke [1].")
    for question in QUESTIONS[:2]:
        ask(page, question)
    # The first is the question made whole.
    llm_server.says(QUESTIONS[0], Reply("And so it goes on and on. ", endless=True))
    put(page, QUESTIONS[0])
    draft = page.locator("#chat .draft")
    for written in (200, 600):
        page.wait_for_function(f"document.querySelector('#chat .draft')?.textContent.length > {written}")
        places = page.evaluate(PLACES)
        assert -2 <= places["question"]["top"] - places["chat"]["top"] <= 16, places
        assert places["scrolled"] == 0
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(draft).to_have_count(0)
    assert_in_sight(page)
    context.close()


def test_the_cited_place_is_in_sight_whichever_was_before(page: Page, chat: str) -> None:
    page.goto(chat)
    for question in (QUESTIONS[0], "And Iran?", "What did Geir Pedersen underline?", QUESTIONS[0]):
        ask(page, question)
        expect(page.locator("#document .cited").first).to_be_in_viewport()
    # So it is when it is asked for once more.
    page.locator("#source-panel").evaluate("pane => pane.scrollTo(0, pane.scrollHeight)")
    page.locator("#chat .cite").last.click()
    expect(page.locator("#document .cited").first).to_be_in_viewport()


def test_the_sources_are_as_wide_as_their_edge_is_dragged(page: Page, chat: str) -> None:
    page.goto(chat)
    ask(page, QUESTIONS[0])
    edge, pane = page.locator("#edge [role=separator]"), page.locator("#source-panel")
    before, at = pane.bounding_box(), edge.bounding_box()
    assert before
    assert at
    page.mouse.move(at["x"] + 4, 400)
    page.mouse.down()
    page.mouse.move(at["x"] - 96, 400)
    page.mouse.up()
    wide = pane.bounding_box()
    assert wide
    assert abs(wide["width"] - before["width"] - 100) < 8
    edge.focus()
    page.keyboard.press("ArrowRight")
    narrower = f"document.getElementById('source-panel')?.offsetWidth < {wide['width'] - 20}"
    page.wait_for_function(narrower)
    page.reload()
    page.wait_for_function(narrower)


def test_a_message_covers_nothing_and_leaves_with_the_next_action(page: Page, chat: str) -> None:
    page.goto(chat)
    ask(page, QUESTIONS[0])
    want_collection(page, "seeds")
    message = page.locator(".toast-body")
    expect(message).to_contain_text("There is a collection “seeds” already")
    page.wait_for_function("""() => {
        const [said, tabs, box] = [".toast-body", "#chat", "#composer"].map(
            (part) => document.querySelector(part).getBoundingClientRect());
        return said.bottom <= tabs.top && box.bottom <= innerHeight;
    }""")
    page.locator("#new-talk").click()
    expect(message).to_have_count(0)
    expect(question_box(page)).to_be_focused()
    put(page, "word " * 500)
    expect(page.locator("#too-long")).to_contain_text("more than the 2000 of a question")
    expect(page.locator("#chat .question")).to_have_count(0)
