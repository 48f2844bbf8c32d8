"""The report of a run, opened from its folder in a real browser."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from rag.evaluate.record import Record
from rag.evaluate.report.page import write_report
from tests.evaluate.runs import (
    BASEL,
    DANUBE,
    HOSTILE,
    PORT,
    RHINE,
    RIVERS,
    all_kinds,
    hostile,
    many,
    question,
    search_record,
    write_run,
)

OpenReport = Callable[..., Page]
Picture = Callable[[Page, str], None]


@pytest.fixture
def open_report(browser: Browser, tmp_path: Path) -> Iterator[OpenReport]:
    """`open_report(records)`: the page; the test fails on any script error, and on any request but for the file."""
    contexts, requested, problems = [], [], []

    def open_page(records: Sequence[Record], search: int | None = None, at: str = "", **context: object) -> Page:
        file = write_report(write_run(tmp_path / "run", records, search))
        contexts.append(browser.new_context(**({"viewport": {"width": 1280, "height": 1000}} | context)))
        page = contexts[-1].new_page()
        page.on("request", lambda request: requested.append(request.url.split("#")[0]))
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda message: problems.append(message.text))
        page.goto(file.as_uri() + at)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert problems == []
    assert set(requested) <= {(tmp_path / "run" / "report.html").as_uri(), "data:,"}


def opened(page: Page, id: str) -> Locator:
    """A question of the list, opened."""
    item = page.locator(f'#list > li[data-id="{id}"]')
    item.locator("summary").first.click()
    return item


def shown_ids(page: Page) -> list[str]:
    return page.locator("#list > li").evaluate_all("items => items.map((item) => item.dataset.id)")


def test_filters_change_the_list_and_its_count(open_report: OpenReport) -> None:
    page = open_report(all_kinds())
    count = page.locator("#shown")
    expect(count).to_have_text("10 of 10")
    assert shown_ids(page) == [record.id for record in all_kinds()]
    filters = page.get_by_role("search")
    filters.get_by_label("Outcome").select_option("wrong (4)")
    expect(count).to_have_text("4 of 10")
    filters.get_by_label("Lost").select_option("not chosen (1)")
    assert shown_ids(page) == ["not-chosen"]
    page.get_by_role("button", name="Show all").click()
    expect(count).to_have_text("10 of 10")
    for label, option, ids in (
        ("Answerable", "unanswerable (2)", ["refused-rightly", "answered-unanswerable"]),
        ("Evidence", "not found (1)", ["not-retrieved"]),
        ("Tag", "near miss (2)", ["refused-rightly", "answered-unanswerable"]),
        ("Split", "dev (3)", ["correct", "unsupported", "whole-document"]),
    ):
        filters.get_by_label(label).select_option(option)
        assert shown_ids(page) == ids
        filters.get_by_label(label).select_option("any")
    for typed, ids in (
        ("danube RISE", ["not-chosen", "not-retrieved", "refused-wrongly"]),
        ("has a port", ["not-chosen", "not-retrieved"]),
        ("emoji", ["emoji"]),
        ("no such words", []),
    ):
        filters.get_by_label("Words").fill(typed)
        assert shown_ids(page) == ids
    expect(count).to_have_text("0 of 10")


def test_a_count_in_a_table_shows_its_questions(open_report: OpenReport) -> None:
    page = open_report(all_kinds())
    page.get_by_role("row", name="wrong").get_by_role("link").nth(1).click()
    assert shown_ids(page) == ["answered-unanswerable"]
    expect(page.get_by_role("heading", name="Questions", exact=True)).to_be_focused()
    page.locator("figure", has_text="Where questions were lost").locator("summary").click()
    page.get_by_role("row", name="not retrieved").get_by_role("link").click()
    assert shown_ids(page) == ["not-retrieved"]


def test_a_question_opens_and_its_evidence_is_marked_at_the_right_characters(open_report: OpenReport) -> None:
    page = open_report(all_kinds())
    item = opened(page, "emoji")
    for said in ("Confidence 0.80; correct", "Person: The Rhine?", "Assistant: A river.", BASEL, "rank 1", "quoted"):
        expect(item).to_contain_text(said)
    # The passage holds emoji before the evidence, each of them two units of JavaScript's strings or more.
    text = item.locator(".passage .text")
    start = RIVERS.index(BASEL)
    expect(text).to_have_text(f"{RIVERS[: start + len(BASEL)]} [1]{RIVERS[start + len(BASEL) :]}")
    expect(text.locator("mark u")).to_have_text(BASEL)
    expect(text.locator("mark")).to_have_count(1)
    expect(text.locator("mark")).to_have_text(f"{BASEL} [1]")
    expect(item).to_contain_text(f"rivers.md, characters {start} to {start + len(BASEL)}")


def test_what_is_cited_beside_the_evidence_is_underlined_and_not_marked(open_report: OpenReport) -> None:
    item = opened(open_report(all_kinds()), "not-chosen")
    passages = item.locator(".passage")
    expect(passages.nth(0).locator("mark")).to_have_text(DANUBE)
    expect(passages.nth(0).locator("u")).to_have_count(0)
    expect(passages.nth(1).locator("u")).to_have_text(PORT)
    expect(passages.nth(1).locator("mark")).to_have_count(0)
    expect(item).to_contain_text("lost: not chosen")
    expect(item).to_contain_text("dense rank 2, lexical rank –")


def test_a_refusal_tells_its_reason_and_what_was_held_back(open_report: OpenReport) -> None:
    page = open_report(all_kinds())
    item = opened(page, "refused-wrongly")
    for said in ("Reason: Too far from it.", "would have been right", "evidence at rank 3", "Black Forest"):
        expect(item).to_contain_text(said)
    expect(opened(page, "refused-rightly")).to_contain_text("A refusal: the documents do not answer this question.")
    whole = opened(page, "whole-document")
    expect(whole).to_contain_text("towns.txt, the whole document")
    expect(whole.locator(".passage mark")).to_have_count(0)


def test_hostile_texts_are_shown_and_never_run(open_report: OpenReport) -> None:
    page = open_report([hostile(), *all_kinds()])
    item = page.locator("#list > li").first
    item.locator("summary").first.click()
    for place in (".asked", ".id", ".passage .text mark u", ".passage summary b"):
        expect(item.locator(place).first).to_contain_text("</script><img src=x onerror=\"window.harmed='x'\">{{7*7}}")
    assert page.evaluate("window.harmed") is None
    assert page.locator("img").count() == 0
    page.get_by_role("search").get_by_label("Tag").select_option(index=1)
    assert shown_ids(page) == [HOSTILE]
    item.locator("summary").first.click()
    link = item.get_by_role("link", name="Link to this question")
    page.goto(page.url.split("#")[0] + (link.get_attribute("href") or ""))
    page.reload()
    expect(page.locator("#list details[open] .asked").first).to_contain_text("{{7*7}}")


def test_more_questions_are_shown_on_demand_and_an_address_opens_one(open_report: OpenReport) -> None:
    page = open_report(many(120), at="#q0110")
    expect(page.locator("#list details.question[open] .id")).to_have_text("q0110")
    expect(page.locator("#shown")).to_have_text("1 of 120")
    page.get_by_role("button", name="Show all").click()
    expect(page.locator("#list > li")).to_have_count(50)
    page.get_by_role("button", name="Show 50 more").click()
    expect(page.locator("#list > li").nth(50).locator("summary")).to_be_focused()
    page.get_by_role("button", name="Show 20 more").click()
    expect(page.locator("#list > li")).to_have_count(120)
    expect(page.locator("#more")).to_be_hidden()


def test_a_question_opens_with_the_keyboard(open_report: OpenReport) -> None:
    page = open_report(all_kinds())
    page.get_by_role("search").get_by_label("Words").fill("emoji")
    page.locator("#clear").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#list .passage mark")).to_be_visible()


@pytest.mark.parametrize("scheme", ["dark", pytest.param("light", marks=pytest.mark.nightly)])
def test_plots_show_and_text_stands_out_in_both_schemes(open_report: OpenReport, scheme: str, picture: Picture) -> None:
    page = open_report(many(200), color_scheme=scheme, viewport={"width": 1280, "height": 1300})
    for plot in page.locator("figure svg").all():
        box = plot.bounding_box()
        assert box
        assert box["width"] > 300
        assert box["height"] > 150
    expect(page.locator("figure svg")).to_have_count(4)
    bar = page.locator("figure svg").first.locator("path[style*='--bad']").first
    for text, ground in (
        ("body", "body"),
        (".definition", ".tiles li"),
        ("td", ".scroll"),
        ("figure svg text", "figure"),
    ):
        colours = [
            page.locator(text).first.evaluate("e => getComputedStyle(e)[e.ownerSVGElement ? 'fill' : 'color']"),
            page.locator(ground).first.evaluate("e => getComputedStyle(e).backgroundColor"),
        ]
        assert contrast(*colours) > 4.5
    fill = bar.evaluate("e => getComputedStyle(e).fill")
    assert contrast(fill, page.locator("figure").first.evaluate("e => getComputedStyle(e).backgroundColor")) > 3
    if scheme == "light":
        picture(page, "report")


@pytest.mark.parametrize("width", [360, pytest.param(2560, marks=pytest.mark.nightly)])
def test_the_page_fits_narrow_and_wide_screens(open_report: OpenReport, width: int) -> None:
    page = open_report([hostile(), *all_kinds()], viewport={"width": width, "height": 800})
    for item in page.locator("details").all():
        item.evaluate("e => { e.open = true; }")
    page.wait_for_selector(".passage")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_run_of_the_search_alone_is_shown_by_rank(open_report: OpenReport) -> None:
    records = [
        search_record(question("a", quote=RHINE), [PORT, RHINE]),
        search_record(question("b", quote=RHINE), [RHINE]),
        search_record(question("c"), [PORT]),
    ]
    page = open_report(records, search=2)
    assert page.locator("#list .chip").all_inner_texts() == [
        *("evidence at rank 2", "evidence at rank 1", "no evidence named")
    ]
    expect(page.get_by_role("search").get_by_label("Outcome")).to_have_count(0)
    page.get_by_role("search").get_by_label("Evidence").select_option("lower rank (1)")
    assert shown_ids(page) == ["a"]
    expect(opened(page, "a").locator(".passage mark")).to_have_text(RHINE)


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two CSS colours, 1 to 21: WCAG 2.2."""
    low, high = sorted(luminance(colour) for colour in (one, other))
    return (high + 0.05) / (low + 0.05)


def luminance(colour: str) -> float:
    """Relative luminance of a colour such as rgb(1, 2, 3), 0 to 1: WCAG 2.2."""
    channels = [int(channel) / 255 for channel in colour.removeprefix("rgb(").removesuffix(")").split(",")]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
