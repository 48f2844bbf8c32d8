"""A document that is open: the mark in sight, pages fitted, turned and enlarged, text that runs as it is written."""

import re
from typing import Any

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.conftest import RunRag
from tests.e2e.conftest import assert_accessible
from tests.e2e.persons import ask, choose_collection
from tests.formats.make_pdf import make_pdf, show

PAGES = 6
CITED = 4
"""The page that the question's answer stands on."""

SIGHT = """viewer => {
    const box = (element) => (({ left, right, top, bottom }) => ({ left, right, top, bottom }))(
        element.getBoundingClientRect());
    const mark = [...viewer.querySelectorAll("#cited, .box:not([hidden])")].find((one) => one.getClientRects().length);
    return {
        mark: box(mark), head: box(viewer.querySelector(".viewer-head")), pane: box(viewer.closest("#source-panel")),
    };
}"""


def page_of(number: int) -> bytes:
    """A page of forty lines, of which that at the foot of page CITED tells who the harbour master is."""
    lines = [(72.0, 740.0 - 16 * line, f"Entry {line} of day {number} in the log of the pilots.") for line in range(40)]
    lines[36] = (
        72.0,
        lines[36][1],
        f"The harbour master of day {number} is {'Ann Brodie' if number == CITED else 'away'}.",
    )
    return show(lines, size=11)


@pytest.fixture(scope="module")
def port(chat: str, run_rag_of_session: RunRag, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A collection with a PDF of several pages, a long text, and one that runs from right to left."""
    folder = tmp_path_factory.mktemp("port")
    log = make_pdf([page_of(number) for number in range(1, PAGES + 1)], info={"Title": "about:blank"})
    (folder / "pilots-log.pdf").write_bytes(log)
    filler = "".join(f"Line {number} of the ledger is about rope and tar.\n\n" for number in range(1_500))
    keeper = "The ledger of the chandler is kept by Morag Finlay.\n\n"
    (folder / "ledger.txt").write_text(f"Ledger\n\n{filler}{keeper}{filler}")
    (folder / "harbour.md").write_text(
        "# الميناء\n\nThe pier of Tyre is 90 m long.\n\nميناء صور مدينة قديمة.\n\n"
        "| اسم | طول |\n|---|---|\n| صور | 90 |\n",
        encoding="utf-8",
    )
    assert run_rag_of_session("index", folder, "--index", "port").returncode == 0
    return "port"


@pytest.fixture
def opened(page: Page, chat: str, port: str) -> Any:
    """`opened(question)`: the viewer, at the first citation of the answer."""

    def open_place(question: str) -> Locator:
        page.goto(chat)
        choose_collection(page, port)
        ask(page, question)
        page.locator("#chat .cite").first.click()
        viewer = page.locator("#document .viewer")
        expect(viewer).to_have_attribute("data-shown", "yes")
        return viewer

    return open_place


def width_of(part: Locator) -> float:
    box = part.bounding_box()
    assert box
    return box["width"]


def assert_in_sight(viewer: Locator) -> None:
    """Fail unless what is marked stands below the head, within the pane."""
    places = viewer.evaluate(SIGHT)
    mark, head, pane = places["mark"], places["head"], places["pane"]
    assert head["bottom"] <= mark["top"] < mark["bottom"] <= pane["bottom"], places
    assert pane["left"] <= mark["left"] < mark["right"] <= pane["right"] + 1, places
    assert pane["top"] - 1 <= head["top"], places


HARBOUR_MASTER = f"Who is the harbour master of day {CITED}?"


def test_a_pdf_opens_fitted_at_its_page_with_the_mark_in_sight_as_page_and_as_text(page: Page, opened: Any) -> None:
    viewer = opened(HARBOUR_MASTER)
    expect(viewer.locator("h2")).to_have_text("pilots-log")
    expect(viewer.locator(".viewer-page")).to_have_value(str(CITED))
    expect(viewer.locator(".viewer-turn")).to_contain_text(f"of {PAGES}")
    page.wait_for_function("document.querySelector('#document .page img').naturalWidth > 0")
    assert_in_sight(viewer)
    assert abs(width_of(viewer.locator(".page")) - width_of(viewer)) < 2
    expect(viewer.locator(".document")).to_be_hidden()
    viewer.get_by_role("button", name="Text", exact=True).click()
    expect(viewer.locator(".page")).to_be_hidden()
    expect(viewer.locator("#cited")).to_contain_text("Ann Brodie")
    assert_in_sight(viewer)
    assert 15 <= float(viewer.locator("#cited").evaluate("mark => parseFloat(getComputedStyle(mark).fontSize)")) <= 16
    # What was chosen holds for the next document too.
    page.locator("#chat .cite").first.click()
    expect(viewer).to_have_attribute("data-shown", "yes")
    expect(viewer).to_have_attribute("data-shows", "text")
    assert_in_sight(viewer)


def test_pages_are_turned_by_buttons_keys_and_number(page: Page, opened: Any) -> None:
    viewer = opened(HARBOUR_MASTER)
    image, number = viewer.locator(".page img"), viewer.locator(".viewer-page")
    expect(image).to_have_attribute("alt", f"Picture of page {CITED}, the cited words boxed")
    first = page.request.get(f"{page.url.partition('?')[0]}{image.get_attribute('src')}").body()
    viewer.get_by_role("button", name="Page after").click()
    expect(number).to_have_value(str(CITED + 1))
    expect(viewer.locator(".box")).to_be_hidden()
    expect(image).to_have_attribute("alt", f"Picture of page {CITED + 1}")
    second = page.request.get(f"{page.url.partition('?')[0]}{image.get_attribute('src')}").body()
    assert first[:4] == second[:4] == b"RIFF"
    assert first != second
    expect(viewer.get_by_role("button", name="Page after")).to_be_focused()
    viewer.locator(".pages").focus()
    page.keyboard.press("ArrowLeft")
    expect(number).to_have_value(str(CITED))
    expect(viewer.locator(".box")).to_be_visible()
    number.fill("99")
    number.press("Enter")
    expect(number).to_have_value(str(PAGES))
    expect(viewer.get_by_role("button", name="Page after")).to_be_disabled()
    number.fill(str(PAGES - 1))
    number.press("Enter")
    viewer.get_by_role("button", name="Page after").click()
    # What has nothing more to do hands the focus on.
    expect(number).to_be_focused()
    # The text is turned along.
    viewer.get_by_role("button", name="Text", exact=True).click()
    expect(viewer.locator(f".leaf[data-page='{PAGES}']")).to_be_in_viewport()
    expect(viewer.locator("#cited")).not_to_be_in_viewport()


def test_a_page_is_enlarged_and_stays_so(page: Page, opened: Any) -> None:
    viewer = opened(HARBOUR_MASTER)
    fitted = width_of(viewer.locator(".page"))
    viewer.get_by_role("button", name="Make the page larger").click()
    assert width_of(viewer.locator(".page")) == pytest.approx(1.25 * fitted, rel=0.02)
    viewer.locator(".pages").focus()
    for _ in range(3):
        page.keyboard.press("+")
    assert width_of(viewer.locator(".page")) == pytest.approx(3 * fitted, rel=0.02)
    expect(viewer.get_by_role("button", name="Make the page larger")).to_be_disabled()
    expect(viewer.locator(".box")).to_be_in_viewport()
    page.locator("#chat .cite").first.click()
    expect(viewer).to_have_attribute("data-shown", "yes")
    assert width_of(viewer.locator(".page")) == pytest.approx(3 * fitted, rel=0.02)
    viewer.get_by_role("button", name="Fit the page to the width").click()
    assert width_of(viewer.locator(".page")) == pytest.approx(fitted, rel=0.02)
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280


def test_text_and_page_stand_beside_each_other_where_there_is_room(page: Page, opened: Any) -> None:
    page.set_viewport_size({"width": 2560, "height": 1200})
    viewer = opened(HARBOUR_MASTER)
    page.add_style_tag(content="#chat-tab #source-panel { min-width: 900px !important; }")
    expect(viewer.locator(".viewer-switch")).to_be_hidden()
    text, picture = viewer.locator(".document").bounding_box(), viewer.locator(".pages").bounding_box()
    assert text
    assert picture
    assert picture["x"] + picture["width"] <= text["x"]
    assert text["width"] > 400


def test_a_long_text_opens_at_its_mark_and_goes_on_at_either_end(page: Page, opened: Any) -> None:
    viewer = opened("Who keeps the ledger of the chandler?")
    expect(viewer.locator("#cited")).to_contain_text("Morag Finlay")
    assert_in_sight(viewer)
    assert viewer.locator(".viewer-tools").count() == 0
    for name, line in (("before", "Line 0 of"), ("after", "Line 1499 of")):
        offer = viewer.locator(f"[data-viewer={name}]")
        while offer.count():
            at = offer.get_attribute("data-at")
            offer.click()
            page.wait_for_function(
                "([name, at]) => document.querySelector(`#document [data-viewer=${name}]`)?.dataset.at !== at",
                arg=[name, at],
            )
            expect(viewer.locator(".document")).to_be_focused()
        expect(viewer.locator(".document")).to_contain_text(line)
    assert "…" not in viewer.locator(".document").inner_text()


def test_text_runs_as_it_is_written_and_tables_are_tables(opened: Any) -> None:
    viewer = opened("How long is the pier of Tyre?")
    direction = "element => getComputedStyle(element).direction"
    expect(viewer.locator("h2")).to_have_text("الميناء")
    assert viewer.locator("h2").evaluate(direction) == "rtl"
    assert viewer.locator("p", has_text="The pier").last.evaluate(direction) == "ltr"
    assert viewer.locator("p", has_text="ميناء صور").evaluate(direction) == "rtl"
    first, second = (viewer.locator("[role=columnheader]").nth(n).bounding_box() for n in (0, 1))
    assert first
    assert second
    assert first["x"] > second["x"]
    assert "|" not in viewer.locator(".document").inner_text()


@pytest.mark.parametrize("scheme", ["dark", pytest.param("light", marks=pytest.mark.nightly)])
def test_the_viewer_is_no_barrier(page: Page, opened: Any, scheme: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    viewer = opened(HARBOUR_MASTER)
    assert_accessible(page)
    viewer.get_by_role("button", name="Text", exact=True).click()
    assert_accessible(page)


def test_nothing_but_documents_of_collections_is_given(chat: str, port: str, page: Page, opened: Any) -> None:
    viewer = opened(HARBOUR_MASTER)
    address = viewer.get_attribute("data-picture") or ""
    given = dict(httpx.URL(f"{chat}/{address}").params)
    wrong = [
        {"document": "../port/pilots-log.pdf"},
        {"document": "/etc/passwd"},
        {"collection": "../port"},
        {"collection": "none"},
        {"sha256": "0" * 64},
        {"page": "0"},
        {"page": "x"},
        {"document": "ledger.txt"},
    ]
    assert httpx.get(f"{chat}/viewer/page", params=given | {"page": "1"}).headers["content-type"] == "image/webp"
    for change in wrong:
        answer = httpx.get(f"{chat}/viewer/page", params=given | {"page": "1"} | change)
        assert answer.status_code == 404, change
        assert answer.headers["content-type"].startswith("text/plain")
    assert httpx.get(f"{chat}/viewer/page").status_code == 404
    assert httpx.get(f"{chat}/viewer/text", params=given).status_code == 404
    assert "harbour master of day 2" in httpx.get(f"{chat}/viewer/text", params=given | {"page": "2"}).text


def test_a_step_to_another_citation_keeps_the_focus_and_marks_its_source(page: Page, chat: str) -> None:
    page.goto(chat)
    ask(page, "Why does Iran keep a presence in Syria?")
    steps = page.locator("#document .steps")
    expect(steps).to_contain_text("1 of")
    steps.get_by_role("button", name="Next citation").focus()
    page.keyboard.press("Enter")
    expect(steps).to_contain_text("2 of")
    expect(page.locator("#document [data-step]:focus")).to_have_count(1)
    expect(page.locator("#sources [aria-current=true]")).to_have_attribute("data-open", re.compile(r"^\d+:citation:1$"))
    expect(page.locator("#document .viewer-head")).to_have_attribute("data-place", re.compile(r"^\d+:citation:1$"))
