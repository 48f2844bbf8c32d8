"""Known ways to smuggle scripts into a page, in documents, titles, names and questions: shown, and never run."""

from pathlib import Path

import httpx
from playwright.sync_api import Page, expect

from tests.e2e.persons import ask, confirm, new_collection, of_conversation, open_tab, put, try_name, upload

PAYLOADS = (Path(__file__).parent.parent / "xss_payloads.txt").read_text(encoding="utf-8").splitlines()
OURS = ", ".join(
    f"{part} .prose" for part in ("#chat", "#sources", "#document", "#talk-list", "#document-list", "#indexing")
)


def assert_harmless(page: Page) -> None:
    assert page.evaluate("window.harmed") is None
    found = page.evaluate(
        """selector => [...document.querySelectorAll(selector)].flatMap((part) => [...part.querySelectorAll(
            "script, iframe, object, embed, svg:not(.icon), math, base, style, link, meta, a, form, video, audio," +
            "input, img")])
            .map((element) => element.outerHTML)""",
        OURS,
    )
    assert found == []


def test_a_corpus_of_payloads_is_indexed_asked_about_and_shown(page: Page, chat: str, tmp_path: Path) -> None:
    assert len(PAYLOADS) >= 50
    sections = [
        f"## {payload}\n\nThe password of payload {number} is {payload} and no other.\n\n| a | {payload} |\n|---|---|\n"
        for number, payload in enumerate(PAYLOADS)
    ]
    notes = tmp_path / "payloads.md"
    notes.write_text(f"# {PAYLOADS[0]}\n\n" + "\n".join(sections), encoding="utf-8")
    named = tmp_path / "<img src=x onerror=window.harmed=1>.md"
    named.write_text(f"# {PAYLOADS[1]}\n\nThe keeper of the seal is {PAYLOADS[2]}.\n", encoding="utf-8")
    web = tmp_path / "page.html"
    web.write_text("<h1>Web</h1>" + "".join(f"<p>Web payload: {payload}</p>" for payload in PAYLOADS), encoding="utf-8")
    drawing = tmp_path / "drawing.svg"
    drawing.write_text('<svg xmlns="http://www.w3.org/2000/svg" onload="window.harmed=1"/>')
    page.goto(chat)
    open_tab(page, "Documents")
    new_collection(page, "hostile")
    upload(page, notes, named, web, drawing)
    expect(page.locator("#indexing .report")).to_contain_text("3 added")
    assert_harmless(page)
    open_tab(page, "Chat")
    ask(page, "Who is the keeper of the seal?")
    expect(page.locator("#document #cited")).to_be_visible()
    assert_harmless(page)
    for number in (0, 40):
        ask(page, f"What is the password of payload {number}?")
        for source in page.locator("#sources .source").all()[:2]:
            source.click()
            expect(page.locator("#document .cited").first).to_be_attached()
        page.locator("#chat .reply").last.get_by_text("How this answer came about").click()
        assert_harmless(page)
    if page.locator("#chat .cite").count():
        page.locator("#chat .cite").last.hover()
        assert_harmless(page)


def test_payloads_as_questions_titles_and_names_are_shown_as_they_are(page: Page, chat: str) -> None:
    page.goto(chat)
    for number, payload in enumerate(PAYLOADS[::24], start=1):
        put(page, payload)
        expect(page.locator("#chat .question")).to_have_count(number)
        expect(page.locator("#chat [aria-busy]")).to_have_count(0)
    shown = page.locator("#chat .question p").all_inner_texts()
    assert "".join(shown[0].split()) == "".join(PAYLOADS[0].split())
    assert_harmless(page)
    of_conversation(page, "Rename")
    confirm(page, PAYLOADS[3])
    expect(page.locator("#talk-list .talk")).to_contain_text(PAYLOADS[3][:8])
    of_conversation(page, "Delete")
    assert_harmless(page)
    confirm(page)
    try_name(page, "<img src=x onerror=window.harmed=1>")
    assert_harmless(page)
    assert page.locator("img[src=x]").count() == 0


def test_another_host_or_origin_gets_nothing(chat: str) -> None:
    own = chat.removeprefix("http://")
    paths = ("/", "/gradio_api/info", "/gradio_api/queue/join", "/config", "/gradio_api/file=seeds/a.md")
    for path in paths:
        for headers in ({"Host": "evil.example"}, {"Origin": "http://evil.example"}, {"Host": f"evil.example:{own}"}):
            for method in ("GET", "POST", "HEAD", "OPTIONS"):
                preflight = {"Access-Control-Request-Method": "POST", "Origin": "http://evil.example"}
                sent = headers | (preflight if method == "OPTIONS" else {})
                response = httpx.request(method, chat + path, headers=sent)
                assert response.status_code == 403, (path, headers, method)
                assert "allowed_hosts" in response.text or method == "HEAD"
    assert httpx.get(f"{chat}/", headers={"Origin": chat}).status_code == 200
