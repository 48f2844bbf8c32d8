"""The window in the language of its reader."""

from collections.abc import Callable

from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import assert_accessible

Picture = Callable[[Page, str], None]

SHOWN = """() => [...document.querySelectorAll("label, button, [role=tab], h1, h2, h3, p, [placeholder], [aria-label]")]
    .flatMap((part) => [part.innerText, part.placeholder, part.getAttribute("aria-label")])
    .filter(Boolean).join("\\n")"""


def test_a_german_browser_is_answered_in_german(browser: Browser, chat: str, picture: Picture) -> None:
    context = browser.new_context(locale="de-DE", viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.goto(chat)
    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(page.get_by_role("tab", name="Dokumente")).to_be_visible()
    box = page.get_by_placeholder("Fragen Sie Ihre Dokumente")
    box.fill("Who led the Russian delegation?")
    page.keyboard.press("Enter")
    reply = page.locator("#chat .reply").last
    expect(reply).to_contain_text("Lavrentiev")
    expect(reply).to_contain_text("zitiert")
    expect(page.get_by_role("button", name="Die Antwort mit ihren Fußnoten kopieren")).to_be_visible()
    picture(page, "chat-german")
    assert "⟦" not in page.evaluate(SHOWN)
    assert_accessible(page)

    box.fill("Which wine goes with grilled trout?")
    page.keyboard.press("Enter")
    expect(page.locator("#chat .refused .reason")).to_contain_text("Gesucht nach “wine”")

    box.fill("Wer leitete die russische Delegation?")
    page.keyboard.press("Enter")
    expect(page.locator("#chat .refused .note")).to_contain_text(
        "Die Frage ist auf Deutsch, die Dokumente sind auf Englisch."
    )

    page.get_by_role("tab", name="Dokumente").click()
    expect(page.get_by_role("button", name="Legen Sie Dokumente hier ab")).to_be_visible()
    page.get_by_role("tab", name="Auswertung").click()
    expect(page.get_by_label("Name des Laufs")).not_to_have_value("")
    expect(page.get_by_role("button", name="Alle fragen")).to_be_enabled()
    assert "⟦" not in page.evaluate(SHOWN)

    # What the settings chose goes before the browser.
    context.add_cookies([{"name": "footnote_language", "value": "en", "url": chat}])
    page.reload()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_role("tab", name="Documents")).to_be_visible()
    context.close()
