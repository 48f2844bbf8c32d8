from collections.abc import Sequence

import pytest

from rag.answer import Answer, Citation, Sentence
from rag.evaluate.evidence import Place
from rag.evaluate.grounding import (
    citation_exactness,
    citation_precision,
    citation_recall,
    evidence_cited,
    told_by_cells,
    verbatim,
)

TEXT = "Rome fell in 476. Bern is a town. Basel has a port."


def answer(sentences: Sequence[tuple[str, list[int]]], quotes: Sequence[str]) -> Answer:
    """An answer whose citations, numbered from 1, hold these quotes."""
    citations = [
        Citation(number, "d", "t", None, TEXT.find(quote), TEXT.find(quote) + len(quote), quote)
        for number, quote in enumerate(quotes, start=1)
    ]
    said = [Sentence(text, numbers, "quoted") for text, numbers in sentences]
    return Answer("q", "a", None, 0.9, not sentences, None, said, citations, [])


def words(quotes: Sequence[str], sentence: str) -> bool:
    """A support check that joins what several quotes say."""
    return set(sentence.split()) <= {word for quote in quotes for word in quote.split()}


def test_verbatim_support_is_word_for_word_but_for_white_space() -> None:
    assert verbatim(["He said:\n It  fell.", "More."], "It fell. More.")
    assert not verbatim(["It fell down."], "It fell.")
    assert not verbatim([], "It fell.")
    assert not verbatim(["It fell."], " ")


def test_a_row_is_told_by_its_cells_and_a_list_by_its_items() -> None:
    row = ["| Ben Carter | Sales | 51000 |"]
    assert told_by_cells(row, "Ben Carter: Salary 51000")
    assert told_by_cells(row, "Employee: Ben Carter; Department: Sales")
    assert told_by_cells(["New staff need:\n\n- a laptop\n- a badge"], "New staff need: a laptop; a badge")
    assert not told_by_cells(row, "Ben Carter: Salary 72000")
    assert not told_by_cells(row, "Employee: Ben Carter; Department: Finance")
    assert not told_by_cells(row, "Ben Carter earns 51000")


def test_recall_is_the_share_of_sentences_that_their_citations_support_together() -> None:
    held = answer([("a b", [1, 2]), ("a", [2]), ("b", [])], ["a", "b"])
    assert citation_recall(held, words) == pytest.approx(1 / 3)
    assert citation_recall(answer([], []), words) is None


# After Gao et al. 2023, section 3 and figure 3: a citation is irrelevant if it does not support its sentence alone and
# the others do without it; it has no precision where the sentence has no recall.
@pytest.mark.parametrize(
    ("sentences", "quotes", "precision"),
    [
        ([("a b", [1, 2])], ["a", "b"], 1),  # neither alone, both needed
        ([("a b", [1, 2])], ["a b", "c"], 1 / 2),  # the second adds nothing
        ([("a b", [1, 2])], ["a b", "a b c"], 1),  # each would do alone
        ([("a b", [1, 2, 3])], ["a", "b", "c"], 2 / 3),
        ([("a b", [1])], ["a"], 0),  # not supported
        ([("a b", [1, 2])], ["a", "c"], 0),
        ([("a", [1]), ("b", [1])], ["a"], 1 / 2),  # counted with each sentence that has it
        ([("a", [])], [], None),
    ],
)
def test_precision_is_the_share_of_citations_that_are_of_use(
    sentences: list[tuple[str, list[int]]], quotes: list[str], precision: float | None
) -> None:
    assert citation_precision(answer(sentences, quotes), words) == (precision and pytest.approx(precision))


def test_exactness_is_the_share_of_citations_that_hold_their_quote() -> None:
    held = answer([("Bern is a town.", [1, 2])], ["Bern is a town.", "Zug is a town."])
    assert citation_exactness(held, {"d": TEXT}.get) == 0.5
    assert citation_exactness(held, {}.get) == 0
    assert citation_exactness(answer([], []), {"d": TEXT}.get) is None


def test_evidence_is_cited_where_a_citation_overlaps_it() -> None:
    held = answer([("Bern is a town.", [1])], ["Bern is a town."])
    start = TEXT.index("Bern")
    assert evidence_cited(held, [Place("d", 0, 5), Place("d", start + 3, start + 90)]) == 1
    assert evidence_cited(held, [Place("d", 0, start)]) == 0
    assert evidence_cited(held, []) is None
    assert evidence_cited(answer([], []), [Place("d", 0, 5)]) is None
