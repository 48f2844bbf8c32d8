"""Tables of every format that has them, asked as a person would: the cell, its row as the citation, or a refusal."""

import io
import json
from collections.abc import Callable
from html import escape
from pathlib import Path
from string import ascii_uppercase

import pytest

from rag.answer import Answer
from rag.answering.quoting import NO_ROW
from rag.build import build_index, open_engine
from rag.config import Config
from rag.engine import CitedQueryEngine
from rag.evaluate.grounding import citation_recall
from rag.store.filters import parse_filters
from tests.conftest import MadeOnce
from tests.small_files import add_table, docx_of, xlsx_of

STAFF = [
    ["Employee", "Department", "Start date", "Salary", "Max. temp"],
    ["Alice Moreau", "Engineering", "2019-04-01", "72000", "18 C"],
    ["Ben Carter", "Sales", "2021-09-15", "51000", "19 C"],
    ["Chloe Dubois", "Finance", "2020-01-10", "68000", "20 C"],
    ["Farid Haddad", "Sales", "2017-11-05", "58000", "21 C"],
]


def as_csv() -> bytes:
    return "\n".join(",".join(row) for row in STAFF).encode()


def as_json() -> bytes:
    labels, *rows = STAFF
    return json.dumps([dict(zip(labels, row, strict=True)) for row in rows]).encode()


def as_markdown() -> bytes:
    rows = [STAFF[0], ["---"] * len(STAFF[0]), *STAFF[1:]]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows).encode()


def as_html() -> bytes:
    rows = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in STAFF)
    return f"<table>{rows}</table>".encode()


def as_docx() -> bytes:
    def cell(text: str) -> str:
        return f"<w:tc><w:p><w:r><w:t>{escape(text)}</w:t></w:r></w:p></w:tc>"

    rows = "".join(f"<w:tr>{''.join(map(cell, row))}</w:tr>" for row in STAFF)
    return docx_of(f"<w:tbl>{rows}</w:tbl>")


def as_xlsx() -> bytes:
    def cell(text: str) -> str:
        return f'<c t="inlineStr"><is><t>{escape(text)}</t></is></c>'

    return xlsx_of("".join(f"<row>{''.join(map(cell, row))}</row>" for row in STAFF))


def as_pptx() -> bytes:
    import pptx

    presentation = pptx.Presentation()
    slide = presentation.slides.add_slide(presentation.slide_layouts[6])
    add_table(slide, STAFF)
    file = io.BytesIO()
    presentation.save(file)
    return file.getvalue()


FORMATS: dict[str, Callable[[], bytes]] = {
    "csv": as_csv,
    "json": as_json,
    "md": as_markdown,
    "html": as_html,
    "docx": as_docx,
    "xlsx": as_xlsx,
    "pptx": as_pptx,
}

MORE = {
    "bikes.md": b"""# Rental

| Bike | Day | Week |
|---|---|---|
| City bike | 12 | 60 |
| Cargo bike | 35 | 180 |

## Opening hours

- Monday: closed
- Saturday: 10-14
""",
    "cars.md": b"""# Prices

## Tesla Model 3
- Tyre change: 89 pounds
- Service: 210 pounds

## Nissan Leaf
- Tyre change: 69 pounds
- Service: 155 pounds
""",
    "rates.md": b"""Room | Summer | Winter
--- | --- | ---
Double room | 88 | closed
Single room | 60 |
Family room | 120 | 99
""",
    "weather.csv": b"Station,Max temp,Min temp\nHollin Edge,31,-9\nSker Point,28,-2\n",
    "leeds.csv": b"Name,Extension\nMartin Hale,204\nJo Day,205\n",
    "york.csv": b"Name,Extension\nMartin Hale,511\nTim Ross,300\nTim Rossi,301\n",
    "ports.csv": "\n".join(
        ["Port,Depth", *(f"Quay {letter},{at}" for at, letter in enumerate(ascii_uppercase))]
    ).encode(),
    "onboarding.md": b"""# Onboarding

New staff need the following:

- a **laptop** from IT
- a badge from reception
- a parking permit
""",
    "boat.txt": b"The spare key to the boat is kept in the blue cabinet.\n",
    "shed.txt": b"The spare key to the shed is kept under the bench.\n",
}


@pytest.fixture(scope="module")
def config(seeds_config: Config, made_once: MadeOnce) -> Config:
    def make(folder: Path) -> None:
        documents = folder / "documents"
        documents.mkdir(parents=True)
        for suffix, made in FORMATS.items():
            (documents / f"staff.{suffix}").write_bytes(made())
        for name, content in MORE.items():
            (documents / name).write_bytes(content)
        build_index(documents, seeds_config.model_copy(update={"index_dir": folder}), "tables")

    return seeds_config.model_copy(update={"index_dir": made_once("table_questions", make)})


def engine_over(config: Config, document: str) -> CitedQueryEngine:
    return open_engine(config, "tables", filters=parse_filters([f"document={document}"]))


def asked(config: Config, document: str, question: str) -> Answer:
    engine = engine_over(config, document)
    answer = engine.ask(question)
    text = engine.document_text(document) or ""
    assert all(text[c.start : c.end] == c.quote for c in answer.citations)
    return answer


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_cell_answers_and_its_row_is_cited_in_every_format(config: Config, suffix: str) -> None:
    document = f"staff.{suffix}"
    answer = asked(config, document, "What is Ben Carter's salary?")
    assert (answer.answer, answer.short_answer) == ("Ben Carter: Salary 51000 [1]", "51000")
    assert "Ben Carter" in answer.citations[0].quote
    assert "51000" in answer.citations[0].quote
    assert asked(config, document, "When did Chloe Dubois start?").short_answer == "2020-01-10"
    assert asked(config, document, "How much does Alice Moreau earn?").short_answer == "72000"
    assert asked(config, document, "What is the max. temp of Farid Haddad?").short_answer == "21 C"
    highest = asked(config, document, "Who has the highest salary?")
    assert (highest.answer, highest.short_answer) == ("Employee: Alice Moreau; Salary: 72000 [1]", "Alice Moreau")
    assert asked(config, document, "What is the highest salary?").answer.startswith("Alice Moreau: Salary 72000")


def test_a_refusal_speaks_of_rows_where_there_are_tables_alone(config: Config) -> None:
    answer = asked(config, "staff.csv", "What is Dora Klein's salary?")
    assert answer.refused
    assert answer.reason == NO_ROW


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_row_that_is_missing_is_no_other(config: Config, suffix: str) -> None:
    for question in ("What is Dora Klein's salary?", "When did Dora Klein start?"):
        assert asked(config, f"staff.{suffix}", question).refused


@pytest.mark.parametrize("suffix", FORMATS)
def test_all_rows_that_match_are_given(config: Config, suffix: str) -> None:
    answer = asked(config, f"staff.{suffix}", "Which employee works in Sales?")
    assert [sentence.text.split(";")[0] for sentence in answer.sentences] == [
        "Employee: Ben Carter",
        "Employee: Farid Haddad",
    ]


@pytest.mark.parametrize("suffix", FORMATS)
def test_rows_are_counted_and_added_up_and_marked_as_calculated(config: Config, suffix: str) -> None:
    document = f"staff.{suffix}"
    answer = asked(config, document, "How many employees work in Sales?")
    (sentence,) = answer.sentences
    assert (sentence.text, answer.short_answer) == ("2 counted: Ben Carter; Farid Haddad", "2")
    assert (sentence.support, sentence.citations) == ("calculated", [1, 2])
    assert ["Carter" in answer.citations[0].quote, "Haddad" in answer.citations[1].quote] == [True, True]
    assert answer.answer.endswith(" [1] [2] (calculated from what it cites)")
    assert citation_recall(answer) == 1.0
    total = asked(config, document, "What is the total of the salaries in Sales?")
    assert total.answer.startswith("Salary, total of 2 rows: 109000 (51000; 58000) [1] [2]")
    assert asked(config, document, "What is the average salary?").short_answer == "62250"
    assert asked(config, document, "How many employees do not work in Sales?").refused
    assert asked(config, document, "How many employees in Sales retired?").refused


def test_of_two_tables_that_may_be_meant_none_is_counted(config: Config) -> None:
    both = open_engine(config, "tables", filters=parse_filters(["document=leeds.csv", "document=york.csv"]))
    assert both.ask("How many names are there?").refused
    assert asked(config, "leeds.csv", "How many names are there?").short_answer == "2"


def test_rows_beyond_twelve_are_counted_and_not_listed(config: Config) -> None:
    answer = asked(config, "ports.csv", "How many ports are there?")
    assert answer.short_answer == "26"
    assert answer.sentences[0].text.endswith("Quay L; and 14 more")
    assert len(answer.citations) == 12


def test_lines_under_a_heading_are_about_what_it_names(config: Config) -> None:
    assert asked(config, "cars.md", "How much is a service for the Tesla Model 3?").short_answer == "210 pounds"
    assert asked(config, "cars.md", "How much is a service for the Nissan Leaf?").short_answer == "155 pounds"
    assert asked(config, "cars.md", "How much is a service for the Renault Zoe?").refused
    assert asked(config, "bikes.md", "When is it open on Saturday?").short_answer == "10-14"
    assert "35" in asked(config, "bikes.md", "What does the cargo bike cost per day?").answer


def test_the_next_column_is_not_the_one_asked_for(config: Config) -> None:
    assert asked(config, "rates.md", "How much is a double room in winter?").short_answer == "closed"
    empty = asked(config, "rates.md", "How much is a single room in winter?")
    assert empty.refused
    assert "nothing stands in the cell" in (empty.reason or "")
    assert asked(config, "weather.csv", "What is the max temp at Sker Point?").short_answer == "28"
    assert "31" not in asked(config, "weather.csv", "What was the maximum temp at Sker Point?").answer


def test_another_things_lines_are_not_those_of_the_one_asked_about(config: Config) -> None:
    assert asked(config, "cars.md", "What does the deposit for the nissan leaf cost?").refused
    assert asked(config, "cars.md", "How much is a tyre change for the nissan leaf?").short_answer == "69 pounds"


def test_a_name_that_two_files_have_is_answered_from_both_and_no_other_name(config: Config) -> None:
    answer = open_engine(config, "tables").ask("What is the extension of Martin Hale?")
    assert [sentence.text for sentence in answer.sentences] == [
        "Martin Hale: Extension 204",
        "Martin Hale: Extension 511",
    ]
    assert asked(config, "york.csv", "What is the extension of Tim Ross?").answer == "Tim Ross: Extension 300 [1]"


def test_a_list_is_given_whole_in_one_quote_without_its_marks(config: Config) -> None:
    answer = asked(config, "onboarding.md", "What do new staff need?")
    assert answer.answer == (
        "New staff need the following: a laptop from IT; a badge from reception; a parking permit [1]"
    )
    assert answer.short_answer == "a laptop from IT; a badge from reception; a parking permit"


def test_sources_that_speak_of_other_things_do_not_differ(config: Config) -> None:
    answer = open_engine(config, "tables").ask("Where is the spare key to the shed?")
    assert answer.agreement != "differ"
    assert answer.answer == "The spare key to the shed is kept under the bench. [1]"
