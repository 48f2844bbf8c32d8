"""Evaluation in the window: a question set asked, called off and gone on with, its report, and two runs compared."""

import json
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FrameLocator, Page, expect

from tests.conftest import RunRag, SeedsRun
from tests.e2e.conftest import OpenChat, assert_accessible
from tests.e2e.persons import answered, open_tab
from tests.evaluate.runs import all_kinds, hostile, write_run

Picture = Callable[[Page, str], None]

MADE_WITHIN = 120_000
"""Milliseconds that a run of all questions about the seeds takes at most, on a busy machine."""


@dataclass(frozen=True)
class Window:
    address: str
    data: Path

    @property
    def runs(self) -> Path:
        return self.data / "runs"


@pytest.fixture(scope="module")
def window(open_chat: OpenChat, tmp_path_factory: pytest.TempPathFactory) -> Window:
    """A window with a data folder of its own, which reads few passages: it is asked hundreds of questions."""
    data = tmp_path_factory.mktemp("evaluation")
    return Window(open_chat(RAG_DATA_DIR=str(data), RAG_READ_COUNT="3"), data)


def open_evaluation(page: Page, window: Window) -> None:
    page.goto(window.address)
    open_tab(page, "Evaluation")
    expect(page.get_by_label("Question set")).to_have_value("Questions about the seeds")
    expect(page.get_by_label("Name of the run")).not_to_have_value("")


def choose(page: Page, label: str, option: str) -> None:
    box = page.get_by_label(label, exact=True)
    box.click()
    page.get_by_role("option", name=option, exact=True).click()
    expect(box).to_have_value(option)
    expect(page.get_by_role("option")).to_have_count(0)


def look_at(page: Page, run: str) -> None:
    """Open a run of the list."""
    listed = page.locator("#runs").get_by_role("button").filter(has=page.get_by_text(run, exact=True))
    listed.click()
    expect(listed).to_have_attribute("aria-current", "true")


def ask_them(page: Page, name: str) -> None:
    page.get_by_label("Name of the run").fill(name)
    page.get_by_role("button", name="Ask them all").click()


def upload(page: Page, file: Path) -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Upload a question set").click()
    chooser.value.set_files(file)


def report(page: Page, name: str) -> FrameLocator:
    """The frame with the report of a run."""
    expect(page.locator("iframe.report")).to_have_attribute("title", f"Report of the run {name}")
    return page.frame_locator("iframe.report")


@pytest.fixture(scope="module")
def dev_run(window: Window, seeds_run: SeedsRun) -> str:
    """A run of the seeds' dev questions, made by `rag eval`, in the window's folder."""
    return shutil.copytree(seeds_run("dev"), window.runs / "main").name


def write_finished(folder: Path, records: list, **about: str) -> None:
    write_run(folder, records, **about)
    (folder / "summary.json").write_text("{}")


def test_a_split_of_a_set_is_asked_and_its_report_and_questions_are_shown(
    page: Page, window: Window, picture: Picture
) -> None:
    open_evaluation(page, window)
    choose(page, "Split", "dev")
    expect(page.get_by_label("Name of the run")).to_have_value(f"seeds-dev-{time.strftime('%Y-%m-%d')}")
    ask_them(page, "first")
    bar = page.get_by_role("progressbar")
    expect(bar).to_have_attribute("aria-label", "first")
    page.wait_for_function("Number(document.querySelector('[role=progressbar]')?.getAttribute('aria-valuenow')) > 5")
    expect(page.locator("#run-progress")).to_contain_text("of 36.")
    expect(page.get_by_role("button", name="Ask them all")).to_be_disabled()
    expect(page.get_by_role("status").filter(has_text="Done")).to_have_text(
        "Done: “first” holds 36 questions.", timeout=MADE_WITHIN
    )
    expect(page.get_by_role("button", name="Ask them all")).to_be_enabled()
    expect(page.get_by_role("button", name="Cancel")).to_be_hidden()
    expect(page.locator("#runs [aria-current]")).to_contain_text("first")
    expect(page.locator("#runs [aria-current]")).to_contain_text("36 questions")

    frame = report(page, "first")
    expect(frame.get_by_role("heading", name="Evaluation of questions.jsonl")).to_be_visible()
    expect(
        frame.get_by_role("table", name="Metrics", exact=True).get_by_role("row", name="accuracy").first
    ).to_be_visible()
    expect(frame.locator("figure svg").first).to_be_visible()
    assert page.evaluate("document.querySelector('iframe.report').contentDocument") is None
    # A link inside the report stays inside the report.
    frame.locator("#list summary").first.click()
    frame.get_by_role("link", name="Link to this question").first.click()
    expect(frame.locator("#shown")).to_contain_text("of 36")
    expect(frame.locator("#question")).to_have_count(0)
    picture(page, "evaluation-report")

    open_tab(page, "Questions")
    cases = page.locator("#questions .cases > li")
    expect(cases).to_have_count(36)
    expect(cases.first.locator(".kind")).to_contain_text("Wrong")
    page.get_by_label("Show", exact=True).click()
    page.get_by_role("option", name="Rightly refused").click()
    expect(cases.first.locator(".kind")).to_contain_text("Rightly refused")
    assert 0 < cases.count() < 36
    picture(page, "evaluation-questions")


def test_a_question_of_a_run_is_asked_in_the_chat(page: Page, window: Window, dev_run: str) -> None:
    open_evaluation(page, window)
    look_at(page, dev_run)
    report(page, dev_run)
    open_tab(page, "Questions")
    case = page.locator("#questions .cases > li", has_text="What is the name of the person who spoke for the UNHCR?")
    case.get_by_role("button", name="Ask in the chat").click()
    expect(page.get_by_role("tab", name="Chat")).to_have_attribute("aria-selected", "true")
    expect(page.locator("#chat .question p").last).to_have_text(
        "What is the name of the person who spoke for the UNHCR?"
    )
    expect(answered(page)).to_contain_text("UNHCR")


@pytest.mark.nightly
def test_a_run_is_called_off_watched_by_another_visitor_and_gone_on_with(
    page: Page, window: Window, browser: Browser
) -> None:
    open_evaluation(page, window)
    ask_them(page, "long")
    expect(page.locator("#run-progress")).to_contain_text("of 72.")

    other = browser.new_context().new_page()
    open_evaluation(other, window)
    expect(other.get_by_role("progressbar")).to_have_attribute("aria-label", "long")
    expect(other.get_by_role("button", name="Ask them all")).to_be_disabled()
    page.wait_for_function("Number(document.querySelector('[role=progressbar]')?.getAttribute('aria-valuenow')) > 8")
    other.get_by_role("button", name="Cancel").click()
    for visitor in (page, other):
        expect(visitor.locator("#run-progress")).to_contain_text(
            "of 72 questions are answered and kept", timeout=30_000
        )
    kept = (window.runs / "long" / "answers.jsonl").read_bytes()
    count = len(kept.splitlines())
    expect(page.locator("#run-progress")).to_contain_text(f"Stopped: {count} of 72")
    assert 0 < count < 72
    other.context.close()

    expect(page.locator("#runs .run", has_text="long")).to_contain_text("interrupted")
    look_at(page, "long")
    expect(page.locator("#report [role=alert]")).to_contain_text("The run “long” was interrupted.")
    page.reload()
    open_evaluation(page, window)
    ask_them(page, "long")
    expect(page.get_by_text("Done: “long” holds 72 questions.")).to_be_visible(timeout=MADE_WITHIN)
    answers = (window.runs / "long" / "answers.jsonl").read_bytes()
    assert answers.startswith(kept)
    assert len({json.loads(line)["id"] for line in answers.splitlines()}) == 72
    expect(report(page, "long").locator("#shown")).to_have_text("72 of 72")

    ask_them(page, "long")
    expect(page.locator("#evaluation-said [role=alert]")).to_have_text(
        "There is a run “long” already. Give another name."
    )
    ask_them(page, "../long")
    expect(page.locator("#evaluation-said [role=alert]")).to_contain_text("cannot name a run")


def test_only_one_run_is_made_at_a_time_and_it_outlives_its_page(page: Page, window: Window, browser: Browser) -> None:
    open_evaluation(page, window)
    other = browser.new_context().new_page()
    open_evaluation(other, window)
    ask_them(other, "of/another")
    expect(other.locator("#evaluation-said [role=alert]")).to_contain_text("cannot name a run")
    ask_them(other, "of-another")
    expect(other.locator("#run-progress")).to_contain_text("of 72.")
    other.context.close()
    ask_them(page, "mine")
    expect(page.locator("#evaluation-said [role=alert]")).to_have_text(
        "The run “of-another” is being made; only one is made at a time. Wait for it, or cancel it."
    )
    expect(page.get_by_role("progressbar")).to_have_attribute("aria-label", "of-another")
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("#run-progress")).to_contain_text("Stopped", timeout=30_000)
    assert not (window.runs / "mine").exists()


def test_two_runs_are_compared_with_intervals_and_those_of_other_questions_are_not(
    page: Page, window: Window, run_rag: RunRag, dev_run: str, worse_run: Path, picture: Picture
) -> None:
    shutil.copytree(worse_run, window.runs / "branch")
    write_finished(window.runs / "rivers", all_kinds())
    expected = json.loads(run_rag("compare", window.runs / "main", window.runs / "branch", "--json").stdout)

    open_evaluation(page, window)
    look_at(page, "branch")
    report(page, "branch")
    open_tab(page, "Compare")
    shown = page.locator("#comparison")
    choose(page, "Compare with", "main")
    expect(shown.get_by_role("progressbar")).to_be_visible()
    expect(shown).to_contain_text("36 questions that both runs hold", timeout=60_000)
    expect(shown).to_contain_text("rankings: both -> dense")
    accuracy = next(row for row in expected["differences"] if row["metric"] == "accuracy")
    row = shown.get_by_role("row").filter(has=page.get_by_role("rowheader", name="Accuracy", exact=True))
    sign = "+" if accuracy["difference"] >= 0 else "−"
    expect(row).to_contain_text(f"{accuracy['a']:.3f}")
    expect(row).to_contain_text(f"{sign}{abs(accuracy['difference']):.3f}")
    expect(row).to_contain_text(f"{accuracy['p_value']:.3f}")
    expect(row.locator("svg")).to_be_visible()
    expect(shown).to_contain_text(f"Questions that turned: {len(expected['turned'])}")
    picture(page, "evaluation-compare")
    assert_accessible(page)

    choose(page, "Compare with", "rivers")
    expect(shown.get_by_role("alert")).to_contain_text("have no question in common")
    # What was compared once is there at once.
    choose(page, "Compare with", "main")
    expect(shown).to_contain_text("36 questions that both runs hold", timeout=3_000)


def test_a_set_is_uploaded_checked_by_line_and_asked(page: Page, window: Window, tmp_path: Path) -> None:
    good = '{"id": "1", "question": "Who led the Russian delegation?", "answers": ["Lavrentiev"], "split": "mine"}\n'
    bad = good + "{\n" + '{"id": "2", "question": "<img src=x onerror=window.harmed=1>", "answers": "x"}\n'
    # Of names that no earlier try has taken.
    mine, elsewhere = f"mine-{tmp_path.name}", f"elsewhere-{tmp_path.name}"
    (tmp_path / "bad.jsonl").write_text(bad)
    (tmp_path / f"{mine}.jsonl").write_text(good)
    (tmp_path / f"{elsewhere}.jsonl").write_text(
        '{"id": "1", "question": "Who?", "evidence": [{"document": "<b>none</b>.md"}]}\n'
    )
    open_evaluation(page, window)
    said = page.locator("#evaluation-said")
    upload(page, tmp_path / "bad.jsonl")
    expect(said.get_by_role("alert")).to_contain_text("bad.jsonl: 2 of its lines are wrong")
    expect(said.get_by_role("listitem")).to_have_count(2)
    expect(said.get_by_role("listitem").first).to_contain_text("Line 2: not JSON")
    kept = window.data / "questions"
    assert not [*kept.glob("bad*")]
    for number, name in enumerate((f"{mine}.jsonl", f"{mine}-2.jsonl"), start=1):
        upload(page, tmp_path / f"{mine}.jsonl")
        expect(said).to_have_text(f"Kept as {name}.")
        assert len([*kept.glob(f"{mine}*")]) == number
    expect(page.get_by_label("Question set")).to_have_value(f"{mine}-2.jsonl")
    choose(page, "Split", "mine")
    ask_them(page, f"uploaded-{tmp_path.name}")
    expect(report(page, f"uploaded-{tmp_path.name}").locator("#shown")).to_have_text("1 of 1", timeout=30_000)

    upload(page, tmp_path / f"{elsewhere}.jsonl")
    expect(said).to_have_text(f"Kept as {elsewhere}.jsonl.")
    ask_them(page, elsewhere)
    expect(page.locator("#run-progress [role=alert]")).to_contain_text(
        f"{elsewhere}.jsonl, line 1: there is no document '<b>none</b>.md'", timeout=30_000
    )


def test_hostile_texts_of_a_run_are_shown_and_never_run(page: Page, window: Window) -> None:
    write_finished(window.runs / "hostile", [hostile(), *all_kinds()])
    open_evaluation(page, window)
    look_at(page, "hostile")
    frame = report(page, "hostile")
    expect(frame.locator("#list .asked").first).to_contain_text(
        "</script><img src=x onerror=\"window.harmed='x'\">{{7*7}}"
    )
    open_tab(page, "Questions")
    asked = page.locator("#questions .asked", has_text="onerror")
    expect(asked).to_contain_text("</script><img src=x onerror=\"window.harmed='x'\">{{7*7}} ${7*7}")
    asked.locator("..").get_by_role("button", name="Ask in the chat").click()
    expect(page.locator("#chat .question p").last).to_contain_text("{{7*7}} ${7*7}")
    for one in page.frames:
        assert one.evaluate("window.harmed") is None
        assert one.locator("img").count() == 0


@pytest.mark.parametrize("width", [360, pytest.param(2560, marks=pytest.mark.nightly)])
def test_the_tab_fits_narrow_and_wide_screens(page: Page, window: Window, dev_run: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    open_evaluation(page, window)
    look_at(page, dev_run)
    expect(report(page, dev_run).locator("#shown")).to_have_text("36 of 36")
    for tab in ("Report", "Questions"):
        open_tab(page, tab)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert_accessible(page)


def test_nothing_is_shown_that_is_empty_and_a_run_is_opened_by_keyboard(
    page: Page, open_chat: OpenChat, tmp_path: Path
) -> None:
    window = Window(open_chat(RAG_DATA_DIR=str(tmp_path)), tmp_path)
    write_finished(window.runs / "rivers", all_kinds())
    write_run(window.runs / "begun", all_kinds())
    open_evaluation(page, window)
    for hidden in ("#run-view", "#evaluation-said", "#run-progress"):
        expect(page.locator(hidden)).to_be_hidden()
    run = page.locator("#runs .run", has_text="rivers")
    run.focus()
    page.keyboard.press("Enter")
    report(page, "rivers")
    page.get_by_role("tab", name="Compare").focus()
    page.keyboard.press("Enter")
    # The other is not finished.
    expect(page.get_by_text("There is no other finished run to compare with.")).to_be_visible()
    expect(page.get_by_label("Compare with")).to_be_hidden()
    assert_accessible(page)
