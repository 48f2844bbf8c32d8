import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from rag.evaluate.compare import Comparison, Turned, compare_runs
from rag.evaluate.dataset import Problem
from rag.evaluate.report.page import report_html
from rag.evaluate.significance import Difference
from rag.library.job import JobProgress
from rag.library.runs import ListedRun
from tests.evaluate.runs import (
    BASEL,
    DANUBE,
    HOSTILE,
    PORT,
    RHINE,
    all_kinds,
    hostile,
    many,
    question,
    search_record,
    write_run,
)
from ui.common.notices import alert_html, status_html
from ui.evaluation.evaluation_html import (
    ALL,
    PROBLEMS_SHOWN,
    QUESTIONS_SHOWN,
    comparison_html,
    kind_choices,
    problem_lines,
    progress_html,
    questions_html,
    report_frame_html,
    runs_html,
    shown_time,
)

ALLOWED = set("p ul ol li dl dt dd span strong button div progress iframe h2 h3 table thead tbody tr th td".split()) | {
    "svg",
    "line",
    "circle",
}
NONE = Difference("aurc", "area", None, None, None, None, None, 0.95, None, None, "unclear")


class Page(HTMLParser):
    """The tags of a page, its text, and what it would do."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(str(html))

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attributes)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def inert_page(html: str) -> Page:
    """The page, of which nothing but our own tags is made, and which no template language finds a mark in."""
    page = Page(html)
    assert {tag for tag, _ in page.tags} <= ALLOWED
    assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on")]
    assert not set("${}`") & set(html)
    return page


def difference(metric: str = "accuracy", **changes: object) -> Difference:
    made = Difference(metric, "accuracy", 0.5, 0.75, 0.25, 0.1, 0.4, 0.95, 0.01, True, "better")
    return replace(made, **changes)  # type: ignore[arg-type]


def comparison(*differences: Difference, **changes: object) -> Comparison:
    made = Comparison("/runs/a", "/runs/b", 36, 0, 0, None, [], list(differences), [])
    return replace(made, **changes)  # type: ignore[arg-type]


def test_hostile_texts_stay_texts(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", [hostile(), *all_kinds()], file=HOSTILE)
    turned = comparison(
        difference(label=HOSTILE), changes=[HOSTILE], turned=[Turned(HOSTILE, HOSTILE, HOSTILE, HOSTILE)]
    )
    for html in (
        status_html(HOSTILE),
        alert_html(HOSTILE, problem_lines([Problem(1, HOSTILE)])),
        progress_html(HOSTILE, JobProgress("running", 1, 2, 3.0)),
        questions_html(run.records, ALL, HOSTILE),
        comparison_html(turned, HOSTILE, HOSTILE),
        report_frame_html(HOSTILE, report_html(run)),
    ):
        inert_page(html)
        assert "<img" not in html
    buttons = Page(questions_html([hostile()], ALL, HOSTILE)).of("button")
    assert [(button["data-ask"], button["data-index"]) for button in buttons] == [(HOSTILE, HOSTILE)]
    assert inert_page(alert_html(HOSTILE)).text == HOSTILE


def test_a_report_keeps_every_character_in_a_frame_that_reaches_nothing(tmp_path: Path) -> None:
    report = report_html(write_run(tmp_path / "run", [hostile(), *all_kinds()]))
    (frame,) = inert_page(report_frame_html("dev", report)).of("iframe")
    assert (frame["sandbox"], frame["title"]) == ("allow-scripts", "Report of the run dev")
    assert (frame["srcdoc"] or "").replace('<base href="about:srcdoc">\n', "", 1) == report


def test_runs_are_listed_a_line_each_and_the_one_that_is_looked_at_is_named() -> None:
    runs = [
        ListedRun("new", 0.0, False),
        ListedRun(HOSTILE, 0.0, True, 1200, 0.533),
        ListedRun("of the search", 0.0, True, 36),
    ]
    page = inert_page(runs_html(runs, HOSTILE))
    buttons = page.of("button")
    assert [button["data-run"] for button in buttons] == ["new", HOSTILE, "of the search"]
    assert {button["data-act"] for button in buttons} == {"evaluation:select"}
    assert [button.get("aria-current") for button in buttons] == [None, "true", None]
    assert "· interrupted" in page.text
    assert "· 1,200 questions · 53 % accurate" in page.text
    assert Page(runs_html([], "")).text == "No runs yet. Ask a question set: its report is shown here."


def test_progress_says_how_far_it_is() -> None:
    page = inert_page(progress_html("dev", JobProgress("running", 9, 36, 80.0)))
    (bar,) = page.of("progress")
    assert (bar["role"], bar["aria-valuenow"], bar["value"], bar["aria-label"]) == ("progressbar", "25", "25", "dev")
    assert page.text == "dev · 9 of 36. About 80 s left."
    assert "Reading the questions" in progress_html("dev", JobProgress("running"))
    assert "Stopping" in progress_html("dev", JobProgress("stopping", 9, 36, 80.0))
    assert Page(progress_html("dev", JobProgress("running", 0, 36))).text == "dev · 0 of 36."


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.2, "1 s"), (89.4, "89 s"), (90, "2 min"), (3600, "60 min"), (5430, "1.5 h")]
)
def test_a_time_to_wait_is_said_in_the_unit_that_reads_best(seconds: float, said: str) -> None:
    assert shown_time(seconds) == said


def test_lines_at_fault_are_named_the_first_of_them() -> None:
    problems = [Problem(line, f"not JSON {line}") for line in range(1, 15)]
    page = inert_page(alert_html("wrong", problem_lines(problems)))
    assert page.tags[0] == ("div", {"class": "alert", "role": "alert"})
    assert len(page.of("li")) == PROBLEMS_SHOWN + 1
    assert "Line 10: not JSON 10And 4 more" in page.text


def test_questions_come_the_worst_first_and_are_filtered() -> None:
    records = all_kinds()
    kinds = [item["data-kind"] for item in inert_page(questions_html(records, ALL, "rivers")).of("li")]
    assert kinds == [
        *(["wrong"] * 4 + ["unsupported"] * 1 + ["refused_wrongly"] * 1),
        *(["refused_rightly"] * 1 + ["correct"] * 3),
    ]
    assert kind_choices(records) == [
        *(("All (10)", ALL), ("Wrong (4)", "wrong"), ("Not supported (1)", "unsupported")),
        *(("Refused, though answerable (1)", "refused_wrongly"), ("Rightly refused (1)", "refused_rightly")),
        ("Correct (3)", "correct"),
    ]
    page = inert_page(questions_html(records, "refused_wrongly", "rivers"))
    assert "Refused, though answerable · the evidence was found refused-wrongly" in page.text
    assert "The documents do not answer this question. Too far from it." in page.text
    assert "AcceptedBlack Forest" in page.text
    assert "EarlierThe Rhine? / A river." in questions_text(records)
    (button,) = page.of("button")
    assert (button["data-act"], button["data-ask"]) == ("evaluation:click", "Where does the Danube rise?")
    assert button["aria-label"] == "Ask in the chat: Where does the Danube rise?"


def questions_text(records: list) -> str:
    return Page(questions_html(records, ALL, "rivers")).text


def test_a_long_run_shows_the_worst_and_says_how_many_there_are() -> None:
    records = many(300)
    page = inert_page(questions_html(records, ALL, "rivers"))
    assert len(page.of("li")) == QUESTIONS_SHOWN
    assert "200 of 300 questions, the worst first." in page.text


def test_a_run_of_the_search_alone_comes_by_rank() -> None:
    records = [
        search_record(question("a", quote=RHINE), [RHINE]),
        search_record(question("b", quote=RHINE), [PORT, RHINE]),
        search_record(question("c", quote=DANUBE), [BASEL]),
        search_record(question("d"), [BASEL]),
    ]
    page = inert_page(questions_html(records, ALL, "rivers"))
    assert [item["data-kind"] for item in page.of("li")] == ["not_found", "found_lower", "no_evidence", "found_first"]
    assert "AnswerEvidence at rank 2" in page.text


def test_two_runs_are_compared_in_a_table_with_headings_and_intervals() -> None:
    compared = comparison(
        difference(),
        difference("hit@1", label="hit", difference=-0.2, low=-0.3, high=-0.1, verdict="worse"),
        difference("mrr@10", label="mrr", difference=0.1, low=-0.1, high=0.3, verdict="unclear"),
        difference("rouge_l", label="rouge", a=0.5, b=0.5, difference=0.0, low=None, high=None, verdict="unclear"),
        difference("seconds_total_p50", label="nDCG", a=0.2, b=1.2, difference=1.0, low=0.5, high=1.5, verdict="worse"),
        NONE,
        only_in_a=3,
        pace=1.5,
        changes=["rankings: both -> dense"],
        turned=[Turned("q1", "Who?", "correct", "wrong")],
    )
    html = comparison_html(compared, "main", "branch")
    page = inert_page(html)
    for said in (
        "36 questions that both runs hold; the difference is branch less main.",
        "3 questions that only main holds are left aside.",
        "rankings: both -> dense",
        "A fixed piece of work took 1.50 times as long beside branch, so its times are divided by that.",
        "branch is",
        "95 % interval",
        "99 % interval",
        "Questions that turned: 1",
    ):
        assert said in page.text
    assert all(head.get("scope") in ("col", "row") for head in page.of("th"))
    rows = re.findall(r"<tr><th scope=\"row\".*?</tr>", html)
    assert [Page(row).text for row in rows] == [
        "Accuracy0.5000.750+0.250+0.100 … +0.4000.010▲ better",
        "Hit0.5000.750−0.200−0.300 … −0.1000.010▼ worse",
        "Mrr0.5000.750+0.100−0.100 … +0.3000.010no clear difference",
        "Rouge0.5000.500+0.000–0.010no clear difference",
        "nDCG200 ms1.20 s+1.00 s+500 ms … +1.50 s0.010▼ worse",
        "Who? q1correctwrong",
    ]
    assert [drawn["data-verdict"] for drawn in page.of("svg")] == ["better", "worse", "unclear", "unclear", "worse"]
    # The scale of shares is not that of seconds: 0 in the middle, the widest at the edges.
    points = [circle["cx"] for circle in page.of("circle")]
    assert points == ["126.2", "43.0", "98.5", "80.0", "129.3"]
    assert "−0.400 to +0.400" in page.text
    assert "−1.50 s to +1.50 s" in page.text


def test_a_run_compared_with_itself_differs_in_nothing(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", all_kinds())
    page = inert_page(comparison_html(compare_runs(run, run, resamples=50), "a", "b"))
    assert "Alike: same questions, index, settings and version." in page.text
    assert "Questions that turned: 0" in page.text
    assert not [cell for cell in page.of("td") if cell.get("data-verdict") in ("better", "worse")]
