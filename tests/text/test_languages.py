import json

import pytest

from rag.text.languages import ENGLISH, language_of
from tests.conftest import REPOSITORY

PARAGRAPHS = [json.loads(line) for line in (REPOSITORY / "benchmarks" / "languages.jsonl").read_text().splitlines()]


def test_every_paragraph_is_told_by_its_language() -> None:
    assert [line["text"] for line in PARAGRAPHS if language_of(line["text"]) != line["language"]] == []


@pytest.mark.parametrize("text", ["", "12 + 3 = 15", "x = foo(bar); return 3", "A-101, Holt Ltd.", "\ud800", "Anna"])
def test_what_tells_no_language_is_taken_for_english(text: str) -> None:
    assert language_of(text) == ENGLISH


def test_a_long_document_is_told_by_its_middle_too() -> None:
    german = " ".join(line["text"] for line in PARAGRAPHS if line["language"] == "de")
    assert language_of("12.345 67 89 0.5\n" * 300 + german * 6) == "de"
    assert language_of("GESCHÄFTSBERICHT DER NORDWERK AG") == "de"
