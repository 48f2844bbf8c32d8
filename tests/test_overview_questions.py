"""Questions about whole documents and folders, asked as a person would."""

import os
from pathlib import Path

import pytest

from rag.answer import Answer, turn_of
from rag.answering.citations import is_exact
from rag.build import build_index, open_engine
from rag.config import Config
from rag.engine import CitedQueryEngine
from rag.overviews.sources import MOST_SEARCHED
from rag.store.filters import parse_filters
from tests.conftest import MadeOnce

MARCH = """# Minutes of the board meeting of 4 March 2024

Present: Ann Moor, Ben Ray, Cy Lund

## Roof

The roof of the boathouse leaks in two places. Ben Ray has asked three firms for offers. The cheapest is 8,400 pounds.

## Decisions

- The roof is repaired by Hall & Sons for 8,400 pounds.
- The summer party takes place on 6 July.

## Action items

- Ben Ray: order the repair, by 15 March
- Cy Lund: book the band, by 1 May
"""
MAY = """---
author: Cy Lund
date: 2024-05-17
---

# Minutes of the board meeting of 16 May 2024

## Boats

A new double scull is needed, since the old one cannot be mended. Two makers were visited in April.

## Decisions

- A double scull is bought from Fenwick for 11,200 pounds.

## Action items

- Ben Ray: sell the old scull, by 30 June
- Ann Moor: thank the sponsors, by 1 June
"""
SEPTEMBER = """BOARD MEETING
Tuesday, 17 September 2024

1. REGATTA

Forty crews have entered for the autumn regatta. Eve Hall has found two umpires.

2. DECISIONS

a) The entry fee is raised to 25 pounds.
b) The slipway is closed in October.

3. ACTION ITEMS

Ben Ray - paint the slipway - by 30 October
Eve Hall - write to the umpires - by 20 September
"""
PUMP = """# Rill {name}: user manual

## Safety

Never lift the pump by its cable. Unplug it before you open the housing.

## Technical data

The tank holds {tank} litres. The pump weighs 3.4 kilograms.

## Warranty

The warranty is {years} years from the day of purchase.{more}
"""
TIMER = "\n\n## Timer\n\nThe timer switches the pump off after thirty minutes.\n"
NOTICE = """<title>Notice</title><meta name=author content="Eve Hall">
<p>The boathouse is closed in August. Keys are with Ann Moor.</p>"""
FILES = {
    "minutes/2024-03-04.md": MARCH,
    "minutes/2024-05-16.md": MAY,
    "autumn.txt": SEPTEMBER,
    "rill_200.md": PUMP.format(name=200, tank="1.2", years="two", more=""),
    "rill_300.md": PUMP.format(name=300, tank="1.8", years="three", more=TIMER),
    "members.csv": "name,boat\nAnn Moor,Heron\nBen Ray,Otter\nEve Hall,Heron\n",
    "notice.html": NOTICE,
}
DAYS = {"rill_200.md": 1_700_000_000, "rill_300.md": 1_710_000_000, "members.csv": 1_600_000_000}


@pytest.fixture(scope="module")
def config(seeds_config: Config, made_once: MadeOnce) -> Config:
    def make(folder: Path) -> None:
        for name, text in FILES.items():
            file = folder / "documents" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
            os.utime(file, (DAYS.get(name, 1_690_000_000),) * 2)
        build_index(folder / "documents", seeds_config.model_copy(update={"index_dir": folder}), "club")

    return seeds_config.model_copy(update={"index_dir": made_once("overview_questions", make)})


@pytest.fixture(scope="module")
def engine(config: Config) -> CitedQueryEngine:
    return open_engine(config, "club")


def documents_of(answer: Answer) -> list[str]:
    return list(dict.fromkeys(citation.document for citation in answer.citations))


def asked(engine: CitedQueryEngine, question: str) -> Answer:
    answer = engine.ask(question)
    for citation in answer.citations:
        assert is_exact(citation, engine.document_text(citation.document))
    assert all(sentence.citations for sentence in answer.sentences)
    return answer


def test_a_part_of_a_document_is_summed_up_where_its_headings_name_it(engine: CitedQueryEngine) -> None:
    answer = asked(engine, "Can you sum up the bit of autumn.txt that deals with the regatta?")
    assert documents_of(answer) == ["autumn.txt"]
    assert "Forty crews" in answer.answer
    assert "slipway" not in answer.answer
    # The manual of that pump is the one with a timer; what no heading has is no part of it.
    answer = asked(engine, "Summarise the timer and warranty bits of the Rill 300 manual")
    assert documents_of(answer) == ["rill_300.md"]
    assert asked(engine, "Summarise the prices in the Rill 300 manual").refused


def test_a_summary_has_the_sentences_that_carry_a_document_in_its_order(engine: CitedQueryEngine) -> None:
    answer = asked(engine, "Summarise the meeting of 4 March.")
    assert answer.kind == "summary"
    assert documents_of(answer) == ["minutes/2024-03-04.md"]
    assert 3 <= len(answer.sentences) <= 7
    assert "8,400 pounds" in answer.answer
    starts = [citation.start for citation in answer.citations]
    assert starts == sorted(starts)


def test_a_document_is_named_by_the_day_in_its_first_lines(engine: CitedQueryEngine) -> None:
    assert documents_of(asked(engine, "What was discussed at the meeting on 17 September?")) == ["autumn.txt"]


def test_what_is_not_there_is_said_to_be_not_there(engine: CitedQueryEngine) -> None:
    for question in (
        "Summarise the meeting of 5 April",
        "Summarise the Rill 400 manual",
        "sum up the letter to the king",
    ):
        answer = engine.ask(question)
        assert answer.refused
        assert "No document of this index is called" in str(answer.reason)
        assert answer.passages
    assert "Rill 400" in str(engine.ask("Compare the Rill 200 and the Rill 400").reason)
    assert "none of which" in str(engine.ask("List all decisions about the harbour").reason)
    assert engine.ask("Which documents are from 1999?").refused
    assert engine.ask("Which documents are from before 1999?").refused
    assert engine.ask("Which documents are from the summer of 2024?").kind == "answer"
    assert "Emma" in str(engine.ask("Which documents are by Emma?").reason)


def test_a_summary_has_as_many_sentences_as_are_asked_for(engine: CitedQueryEngine) -> None:
    assert len(asked(engine, "sum up the Rill 300 manual in two sentences").sentences) == 2


def test_a_section_is_summed_up_by_itself(engine: CitedQueryEngine) -> None:
    answer = asked(engine, "Give me a summary of the safety section of the Rill 200 manual")
    assert [citation.section for citation in answer.citations] == ["Safety", "Safety"]
    assert documents_of(answer) == ["rill_200.md"]


def test_a_folder_is_summed_up_by_a_sentence_of_each(engine: CitedQueryEngine) -> None:
    assert set(documents_of(asked(engine, "What are these documents about?"))) == set(FILES)


def test_this_document_is_the_one_that_was_talked_about(engine: CitedQueryEngine) -> None:
    before = engine.ask("When is the boathouse closed?")
    answer = engine.ask("Summarise this document", history=[turn_of(before)])
    assert documents_of(answer) == ["notice.html"]


def test_two_documents_are_summed_up_together(engine: CitedQueryEngine) -> None:
    answer = asked(engine, "Summarise the Rill 200 manual and the minutes of 4 March")
    assert documents_of(answer) == ["rill_200.md", "minutes/2024-03-04.md"]


def test_a_comparison_names_what_differs_and_what_only_one_has(engine: CitedQueryEngine) -> None:
    answer = asked(engine, "Compare the Rill 200 and the Rill 300")
    assert answer.kind == "comparison"
    for said in ("1.2 litres", "1.8 litres", "two years", "three years", "thirty minutes"):
        assert said in answer.answer
    assert "same in both" in answer.notes[0]


def test_a_comparison_in_one_thing_says_nothing_of_others(engine: CitedQueryEngine) -> None:
    answer = asked(engine, "What's the difference between the Rill 200 and 300 in terms of warranty?")
    assert [sentence.text.split(": ")[-1] for sentence in answer.sentences] == [
        "The warranty is two years from the day of purchase.",
        "The warranty is three years from the day of purchase.",
    ]


@pytest.mark.parametrize(
    "question",
    [
        "Compare the weights of the Rill 200 and the Rill 300",
        "difference between the weights of Rill 200 and the Rill 300",
    ],
)
def test_what_is_compared_may_be_said_in_other_words(engine: CitedQueryEngine, question: str) -> None:
    answer = asked(engine, question)
    assert [sentence.text.split(": ")[-1] for sentence in answer.sentences] == ["The pump weighs 3.4 kilograms."] * 2


def test_a_side_without_a_counterpart_is_named(engine: CitedQueryEngine) -> None:
    answer = asked(engine, "Compare the timer of the Rill 200 and the Rill 300")
    assert documents_of(answer) == ["rill_300.md"]
    assert "Rill 200" in answer.notes[0]
    assert answer.notes[0] in answer.answer


@pytest.mark.parametrize(
    ("question", "items"),
    [
        ("List all decisions", ["25 pounds", "slipway is closed", "Hall & Sons", "6 July", "Fenwick"]),
        ("list all action items for Ben Ray", ["paint the slipway", "order the repair", "sell the old scull"]),
        ("What are all the decisions of the meeting of 4 March?", ["Hall & Sons", "6 July"]),
        ("List the decisions of 17 September", ["25 pounds", "slipway is closed"]),
        ("name every boat", ["Heron", "Otter"]),
    ],
)
def test_a_list_has_every_item_counted(engine: CitedQueryEngine, question: str, items: list[str]) -> None:
    answer = asked(engine, question)
    assert answer.kind == "list"
    assert answer.sentences[0].text.startswith(f"{len(items)} found")
    assert answer.sentences[0].support == "calculated"
    assert len(answer.sentences) == len(items) + 1
    for item, sentence in zip(items, answer.sentences[1:], strict=True):
        assert item in sentence.text


@pytest.mark.parametrize(
    ("question", "documents"),
    [
        ("Which documents mention the boathouse?", ["minutes/2024-03-04.md", "notice.html"]),
        ("Which documents are about the warranty?", ["rill_200.md", "rill_300.md"]),
        ("Which documents are from May 2024?", ["minutes/2024-05-16.md"]),
        ("Which documents were written before April 2024?", ["minutes/2024-03-04.md"]),
        ("Which documents are newer than March 2024?", ["minutes/2024-05-16.md"]),
        ("List all documents since 4 March 2024", ["minutes/2024-03-04.md", "minutes/2024-05-16.md"]),
        ("Which documents mention Heron or the timer?", ["members.csv", "rill_300.md"]),
        ("Which documents mention Ben Ray and the roof?", ["minutes/2024-03-04.md"]),
        ("Which documents by Cy Lund mention a scull?", ["minutes/2024-05-16.md"]),
        ("Which documents were written by Eve Hall?", ["notice.html"]),
        ("Which is the newest document?", ["minutes/2024-05-16.md"]),
        ("What is the oldest file?", ["members.csv"]),
        ("Which file was changed last?", ["rill_300.md"]),
        ("Which documents mention both Ben Ray and the roof?", ["minutes/2024-03-04.md"]),
        ("How many minutes are there?", ["minutes/2024-03-04.md", "minutes/2024-05-16.md"]),
        ("list all documents", list(FILES)),
        ("how many html files do I have", ["notice.html"]),
    ],
)
def test_documents_are_found_by_what_is_known_of_them(
    engine: CitedQueryEngine, question: str, documents: list[str]
) -> None:
    answer = asked(engine, question)
    assert answer.kind == "documents"
    assert sorted(documents_of(answer)) == sorted(documents)
    assert all(sentence.support == "indexed" for sentence in answer.sentences)


def test_documents_are_counted(engine: CitedQueryEngine) -> None:
    assert asked(engine, "How many documents are there?").answer.startswith("7 documents:")
    assert asked(engine, "How many documents mention the boathouse?").answer.startswith("2 of 7 documents:")


def test_that_no_document_is_such_is_said(engine: CitedQueryEngine) -> None:
    answer = engine.ask("How many PDFs are there?")
    assert not answer.refused
    assert answer.answer.startswith("None of 7 documents.")
    assert engine.ask("Which documents mention a unicorn?").answer.startswith("None of 7 documents.")
    assert engine.ask("What document includes all duties of the tenants of a flat?").kind == "answer"


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("Who wrote notice.html?", "Eve Hall"),
        ("When was members.csv last changed?", "2020-09-13"),
        ("What sections does the Rill 300 manual have?", "Timer"),
    ],
)
def test_what_the_index_knows_of_a_document_is_told(engine: CitedQueryEngine, question: str, said: str) -> None:
    answer = asked(engine, question)
    assert said in answer.answer
    assert [sentence.support for sentence in answer.sentences] == ["indexed"]


def test_two_questions_in_one_are_answered_part_by_part(engine: CitedQueryEngine) -> None:
    answer = asked(engine, "What does the Rill 200 weigh, and who has the keys of the boathouse?")
    assert answer.kind == "parts"
    assert "3.4 kilograms" in answer.answer
    assert "Ann Moor" in answer.answer


def test_a_part_that_nothing_answers_is_named(engine: CitedQueryEngine) -> None:
    answer = asked(engine, "When is the boathouse closed, and who painted the Mona Lisa?")
    assert "August" in answer.answer
    assert "who painted the Mona Lisa?" in answer.notes[0]


def test_what_the_documents_say_goes_before_what_is_known_of_them(engine: CitedQueryEngine) -> None:
    answer = asked(engine, "How long is the warranty of the Rill 300?")
    assert answer.kind == "answer"
    assert "three years" in answer.answer


def test_filters_hold_for_whole_documents_too(config: Config) -> None:
    engine = open_engine(config, "club", filters=parse_filters(["folder=minutes"]))
    assert asked(engine, "How many documents are there?").answer.startswith("2 documents:")
    assert documents_of(asked(engine, "What is this all about?")) == ["minutes/2024-03-04.md", "minutes/2024-05-16.md"]


def test_of_many_documents_those_are_looked_through_that_may_hold_it(config: Config, tmp_path: Path) -> None:
    documents = tmp_path / "documents"
    documents.mkdir()
    for number in range(MOST_SEARCHED + 5):
        animal = "zebra" if number in (7, MOST_SEARCHED + 3) else "heron"
        (documents / f"{number:03}.txt").write_text(f"On day {number} a {animal} was seen at the lake.\n")
    many = config.model_copy(update={"index_dir": tmp_path / "indexes"})
    build_index(documents, many, "many")
    answer = asked(open_engine(many, "many"), "Which documents mention a zebra?")
    assert documents_of(answer) == ["007.txt", f"{MOST_SEARCHED + 3}.txt"]
    assert f"{MOST_SEARCHED} documents" in answer.notes[0]
