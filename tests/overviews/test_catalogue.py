from dataclasses import replace

import pytest

from rag.overviews.catalogue import Catalogue, When, name_words, when_of
from rag.store.document_info import DocumentInfo

EMPTY = DocumentInfo("", "", "md", None, 0, 100, 1, None, None, "en", None, [])
NAMES = {
    "2024-03-04_minutes.md": "Minutes of the board meeting of 4 March 2024",
    "2024-05-16_minutes.md": "Minutes of the board meeting of 16 May 2024",
    "contracts/lease.pdf": "Lease of 12 Tannery Row",
    "contracts/cleaning.txt": "Cleaning contract",
    "vivo_7_manual.txt": "Vivo 7 vacuum cleaner: user manual",
    "vivo_9_manual.txt": "Vivo 9 vacuum cleaner: user manual",
    "lecture_02.md": "Lecture 2: Layers in lakes",
}
CATALOGUE = Catalogue([replace(EMPTY, id=name, title=title, own_date="2024-09-01") for name, title in NAMES.items()])


@pytest.mark.parametrize(
    ("phrase", "documents"),
    [
        ("the lease", ["contracts/lease.pdf"]),
        ("the meeting of 16 May", ["2024-05-16_minutes.md"]),
        ("the March minutes", ["2024-03-04_minutes.md"]),
        ("the minutes", ["2024-03-04_minutes.md", "2024-05-16_minutes.md"]),
        ("the Vivo 9", ["vivo_9_manual.txt"]),
        ("the vacuum cleaner manuals", ["vivo_7_manual.txt", "vivo_9_manual.txt"]),
        ("the second lecture", ["lecture_02.md"]),
        ("the cleaning contract", ["contracts/cleaning.txt"]),
        ("lecture_02.md", ["lecture_02.md"]),
        ("the Vivo 8", []),
        ("the meeting of 17 May", []),
        ("the insurance policy", []),
        ("the lease to the king", []),
        ("the board meeting of the Hellmuth club of 16 May", []),
    ],
)
def test_a_phrase_means_the_documents_that_are_called_so(phrase: str, documents: list[str]) -> None:
    found = CATALOGUE.candidates(phrase)
    assert [c.info.id for c in found if c.share == found[0].share and not c.missing] == documents


@pytest.mark.parametrize(
    ("noun", "count"),
    [("minutes", 2), ("contracts", 2), ("contract", 2), ("user manuals", 2), ("lecture", 1), ("meeting", 0)],
)
def test_a_kind_is_the_end_of_a_name_or_a_folder(noun: str, count: int) -> None:
    assert len(CATALOGUE.of_kind(noun)) == count


@pytest.mark.parametrize(
    ("said", "when"),
    [
        ("2024-05-16", When(2024, 5, 16)),
        ("16.05.2024", When(2024, 5, 16)),
        ("the 16th of May 2024", When(2024, 5, 16)),
        ("May 16, 2024", When(2024, 5, 16)),
        ("16. Mai", When(None, 5, 16)),
        ("in May 2024", When(2024, 5)),
        ("of 2023", When(2023)),
        ("of the lease", None),
    ],
)
def test_a_day_is_read_as_people_write_it(said: str, when: When | None) -> None:
    assert when_of(said) == when


def test_documents_have_the_day_of_their_name_else_of_their_file() -> None:
    assert [info.id for info in CATALOGUE.dated(When(2024, 5))] == ["2024-05-16_minutes.md"]
    assert "contracts/lease.pdf" in [info.id for info in CATALOGUE.dated(When(2024, 9))]


def test_words_that_name_nothing_are_no_name() -> None:
    assert name_words("the whole document") == frozenset()
    assert name_words("Lecture two") == name_words("lecture 02")


def test_a_title_or_a_file_name_means_its_document_alone() -> None:
    for said in ("cleaning.txt", "Cleaning contract", "contracts/cleaning.txt", "the lease of 12 Tannery Row"):
        assert len(CATALOGUE.exactly(said)) == 1
    assert CATALOGUE.exactly("the cleaning") == CATALOGUE.exactly("cleaning.txt")


def test_the_day_on_which_a_file_was_changed_is_none_of_the_document() -> None:
    changed = Catalogue([replace(EMPTY, id="a.md", title="A", date="2024-09-01", modified="2024-09-01")])
    assert changed.dated(When(2024)) == []


def test_a_year_is_that_of_a_name_that_has_no_month() -> None:
    assert not When(1999).fits(When(None, 6))
    assert When(2024, 5, 16).fits(When(None, 5, 16))


def test_a_mail_is_of_the_day_on_which_it_was_sent() -> None:
    sent = Catalogue([replace(EMPTY, id="a.eml", title="Closed from 7 April", type="eml", own_date="2025-03-24")])
    assert sent.dated(When(2025, 3))
    assert sent.dated(When(2025, 4)) == []
