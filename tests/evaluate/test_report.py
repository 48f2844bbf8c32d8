import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from rag.answer import Passage, Seconds
from rag.errors import RunError
from rag.evaluate.evidence import Place
from rag.evaluate.record import Record
from rag.evaluate.report.page import report_html, write_report
from rag.evaluate.report.questions import PASSAGES_KEPT, questions_json
from rag.evaluate.report.tables import headline
from rag.evaluate.run import load_run, summarize
from tests.evaluate.runs import (
    HOSTILE,
    PORT,
    RHINE,
    RIVERS,
    all_kinds,
    answer,
    hostile,
    question,
    record,
    search_record,
    write_run,
)

UNANSWERED = [search_record(question("a?", quote=RHINE), [PORT, RHINE]), search_record(question("b?"), [PORT])]


class Tags(HTMLParser):
    """The elements of a page with their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def html_of(folder: Path, records: list[Record], search: int | None = None) -> str:
    return report_html(write_run(folder, records, search))


def text_of(page: str) -> str:
    """The page's text without its scripts and styles, in single spaces."""
    bare = re.sub(r"<(script|style).*?</\1>", "", page, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", bare).split())


def test_a_run_is_written_as_two_files_and_the_same_run_gives_the_same_bytes(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", [*all_kinds(), hostile()])
    file = write_report(run)
    assert file == tmp_path / "run" / "report.html"
    first = [(tmp_path / "run" / name).read_bytes() for name in ("report.html", "report.md")]
    write_report(run)
    assert [(tmp_path / "run" / name).read_bytes() for name in ("report.html", "report.md")] == first


def test_a_run_read_from_its_folder_gives_the_same_report(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", [*all_kinds(), hostile()])
    assert report_html(load_run(tmp_path / "run")) == report_html(run)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", all_kinds())
    (tmp_path / "run" / "report.html").mkdir()
    with pytest.raises(RunError, match=r"report\.html: cannot be written"):
        write_report(run)


def test_the_page_says_what_was_run_and_what_came_out(tmp_path: Path) -> None:
    text = text_of(html_of(tmp_path, all_kinds()))
    for said in (
        "Evaluation of rivers.jsonl",
        "10 of rivers.jsonl, split test",
        "7, because the index was calibrated on them",
        "rivers, 3 documents, 9 passages",
        "0123456789ab",
        "max_passage_tokens 200",
        "accuracy when answered",
        "Where questions were lost",
        "6 of 10 questions",
        "it was found for 87.5 % of them",
        "this run answers 80.0 % of the questions",
    ):
        assert said in text


def test_a_page_loads_nothing_and_every_id_is_its_own(tmp_path: Path) -> None:
    page = html_of(tmp_path, [*all_kinds(), hostile()])
    assert re.search(r"https?://", page.replace("http-equiv", "")) is None
    elements = Tags(page).found
    for tag, attributes in elements:
        assert "src" not in attributes
        if tag not in ("a", "use"):
            assert attributes.get("href", "data:,") == "data:,"
        else:
            assert attributes["href"].startswith("#")
    policy = next(attributes["content"] for tag, attributes in elements if "http-equiv" in attributes)
    assert policy.startswith("default-src 'none';")
    ids = [attributes["id"] for _, attributes in elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    used = {attributes["href"][1:] for tag, attributes in elements if tag in ("use", "a")}
    clipped = set(re.findall(r"url\(#([^)]+)\)", page))
    assert used | clipped <= set(ids)


def test_headings_are_in_order_and_pictures_have_words(tmp_path: Path) -> None:
    elements = Tags(html_of(tmp_path, all_kinds())).found
    levels = [int(tag[1]) for tag, _ in elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert all(later <= earlier + 1 for earlier, later in pairwise(levels))
    pictures = [attributes for tag, attributes in elements if tag == "svg"]
    assert len(pictures) == 4
    assert all(picture["role"] == "img" and len(picture["aria-label"]) > 40 for picture in pictures)


def test_hostile_texts_are_no_markup(tmp_path: Path) -> None:
    page = report_html(write_run(tmp_path, [hostile(), *all_kinds()], file=f"<img src=x>{HOSTILE[20:60]}"))
    assert {tag for tag, _ in Tags(page).found if tag in ("img", "b", "iframe")} == set()
    assert page.count("</script>") == 2
    assert "49" not in text_of(page).split()
    assert "{{7*7}}" in page


def test_the_data_of_a_page_reads_back_whole() -> None:
    written = questions_json([hostile()])
    assert not set("<>&\u2028\u2029") & set(written)
    data = json.loads(written)
    asked = data["questions"][0]
    assert asked["id"] == asked["question"] == asked["answers"][0] == asked["short"] == HOSTILE
    assert data["passages"] == [[HOSTILE, 0, len(HOSTILE), HOSTILE]]


def test_a_passage_is_stored_once() -> None:
    data = json.loads(questions_json(all_kinds()))
    assert len({tuple(place) for place in data["passages"]}) == len(data["passages"])
    for kept, asked in zip(all_kinds(), data["questions"], strict=True):
        assert [data["passages"][number][3] for _, number, *_ in asked["passages"]] == [
            passage.text for passage in kept.answer.passages
        ]


def test_far_passages_are_left_out_but_for_those_with_evidence() -> None:
    far = [Passage(f"p{n}", "towns.txt", None, 0, 4, "Bern", 0.1, n, n) for n in range(1, 81)]
    gold = Passage("gold", "rivers.md", None, 0, len(RHINE), RHINE, 0.1, 1, 1)
    kept = search_record(question("a?", quote=RHINE), [])
    kept = replace(kept, answer=replace(kept.answer, passages=[*far, gold]))
    asked = json.loads(questions_json([kept]))["questions"][0]
    assert [rank for rank, *_ in asked["passages"]] == [*range(1, PASSAGES_KEPT + 1), 81]
    assert asked["passageCount"] == 81


def test_evidence_is_shown_from_the_run_else_from_the_document_and_in_part() -> None:
    kept = all_kinds()[0]
    places = [Place("long.md", 5, 905), Place("long.md", 0, 1000, whole=True), Place("gone.md", 0, 5)]
    kept = replace(kept, gold=replace(kept.gold, evidence=[*kept.gold.evidence, *places]))
    text = {"long.md": "x" * 1000}
    shown = [item[4] for item in json.loads(questions_json([kept], text.get))["questions"][0]["evidence"]]
    assert shown == [RHINE, "x" * 300 + " …", "", ""]


def test_a_run_of_the_search_alone_has_no_outcomes(tmp_path: Path) -> None:
    page = html_of(tmp_path, UNANSWERED, search=10)
    text = text_of(page)
    assert "search alone, 10 passages a question" in text
    assert page.count("<svg") == 2
    assert "gives no answers, so none is lost" in text
    assert "gives no answers, so there is no risk to show" in text
    assert 'id="outcomes"' not in page
    assert headline(summarize(UNANSWERED))[0].label == "recall@5"
    assert "outcome" not in json.loads(questions_json(UNANSWERED))["questions"][0]
    assert "–" in text
    assert "does not apply" in text


def test_questions_without_evidence_have_no_ranks(tmp_path: Path) -> None:
    page = html_of(tmp_path, [record(question("Where?", ["the Alps"]), answer("Where?", [RHINE], [RHINE]))])
    assert "names evidence, so its rank is not known" in text_of(page)
    assert "No question was lost: all 1 were" in text_of(page)
    assert page.count("<svg") == 2


@pytest.mark.parametrize("number", range(10))
def test_a_run_of_one_question_has_a_report(tmp_path: Path, number: int) -> None:
    run = write_run(tmp_path, [all_kinds()[number]])
    write_report(run)
    assert "1 of rivers.jsonl" in (tmp_path / "report.md").read_text(encoding="utf-8")


def test_a_run_without_times_or_passages_has_a_report(tmp_path: Path) -> None:
    kept = [replace(r, answer=replace(r.answer, seconds=Seconds(), passages=[])) for r in all_kinds()]
    assert "The run holds no times." in text_of(html_of(tmp_path, kept))


def test_cells_of_the_markdown_are_one_line_and_no_markup(tmp_path: Path) -> None:
    wrong = record(question(HOSTILE, ["nobody"], RHINE, id=HOSTILE), answer(HOSTILE, [HOSTILE], [RIVERS]))
    write_report(write_run(tmp_path, [wrong, *all_kinds()], file=f"{HOSTILE}.jsonl"))
    text = (tmp_path / "report.md").read_text(encoding="utf-8")
    assert "<" not in text
    assert "\u2028" not in text
    widths: dict[int, int] = {}
    for number, line in enumerate(text.split("\n")):
        if line.startswith("|"):
            widths[number] = len(re.findall(r"(?<!\\)\|", line))
            assert widths[number] == widths.get(number - 1, widths[number])
    assert r"\{{7" not in text
    assert r"\`" in text
    assert r"\[x\](y)" in text
    for heading in ("## Outcomes", "## Where questions were lost", "## Worst questions", "## Metrics", "## By tag"):
        assert heading in text
