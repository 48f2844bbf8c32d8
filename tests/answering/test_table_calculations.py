from collections.abc import Sequence

import pytest

from rag.answering.table_calculations import calculated
from rag.answering.table_question import Calculation, Grid, TableQuestion

STAFF = Grid(
    ["Employee", "Department", "City", "Salary"],
    [
        ["Alice Moreau", "Engineering", "York", "72,000"],
        ["Ben Carter", "Sales", "Leeds", "51,000"],
        ["Chloe Dubois", "Finance", "York", "68,000"],
        ["Farid Haddad", "Sales", "York", "58,000"],
    ],
)
WITH_TOTAL = Grid(STAFF.labels, [*STAFF.rows, ["Total", "", "", "249,000"]])
TEAMS = Grid(["Department", "Headcount"], [["Sales", "14"], ["Finance", "3"]])
STOCK = Grid(
    ["Region", "Product", "Units"],
    [["EU", "Cable", "12"], ["EU", "Hub", "7"], ["US", "Cable", "3"], ["US", "Hub", "41"]],
)


def similarity(word: str, texts: Sequence[str]) -> list[float]:
    """As an embedding may have it: an employee is a person, what they earn is salary."""
    alike = {"person": "Employee", "earn": "Salary"}
    return [0.7 if text in [label for said, label in alike.items() if said in word] else 0.1 for text in texts]


def answer(question: str, grid: Grid, *names: str) -> str | None:
    """The figure, "" where it is not sure, None where none is asked for."""
    found = calculated(TableQuestion(question, names=frozenset(names), similarity=similarity), grid)
    return found and (found.calculation.result if found.calculation else "")


@pytest.mark.parametrize(
    ("question", "figure"),
    [
        ("How many people work in Sales?", "2"),
        ("How many people in York work in Sales?", "1"),
        ("How many employees are there?", "4"),
        ("What is the number of employees in the Sales department?", "2"),
        ("How many departments are there?", "3"),
        ("In how many cities do people work?", "2"),
        ("What is the total of the salaries?", "249,000"),
        ("What is the total salary in Sales?", "109,000"),
        ("What is the average salary?", "62,250"),
        ("How much do people earn in total?", "249,000"),
    ],
)
@pytest.mark.parametrize("grid", [STAFF, WITH_TOTAL], ids=["rows", "with their total"])
def test_rows_are_counted_and_added_up_where_question_and_column_are_plain(
    question: str, figure: str, grid: Grid
) -> None:
    found = calculated(TableQuestion(question, similarity=similarity), grid)
    assert found is not None
    if found.calculation:
        assert found.calculation.result == figure
        assert 4 not in found.rows
    else:
        # The table's own total is its cell.
        assert grid is WITH_TOTAL
        assert [grid.rows[row][found.column or 0] for row in found.rows] == [figure]


@pytest.mark.parametrize(
    "question",
    [
        "How many people do not work in Sales?",
        "How many women work in Sales?",
        "How many people don't work in Sales?",
        "How many people work in Sales or Finance?",
        "How many employees joined before 2019?",
        "How many employees earn more than 60,000?",
        "How many employees in Sales retired?",
        "How many employees work in Marketing?",
        "What is the total salary in Marketing?",
        "What is the average salary of the managers?",
        "What is the total salary without Sales?",
    ],
)
def test_what_leaves_out_rows_in_words_that_no_cell_has_is_not_counted(question: str) -> None:
    assert not answer(question, STAFF)


@pytest.mark.parametrize(
    ("question", "grid"),
    [
        ("How many people work in Sales?", TEAMS),
        ("What is the headcount of Sales?", TEAMS),
        ("How many hubs are in the US?", STOCK),
        ("How many units are there?", STOCK),
        ("What is Ben Carter's salary?", STAFF),
        ("What is the total of Ben Carter's salary?", STAFF),
        ("What was the total salary in fiscal year 2018?", WITH_TOTAL),
        ("How many people are there?", Grid([], [["Paid by", "card"], ["Due", "May"]])),
    ],
)
def test_what_a_cell_says_is_not_counted(question: str, grid: Grid) -> None:
    assert answer(question, grid) is None


@pytest.mark.parametrize(
    "cells",
    [
        ["1", "", "3"],
        ["1", "n/a", "3"],
        ["1 kg", "2 t", "3 kg"],
        ["1999", "2003", "2010"],
        ["10", "20", "30"],
        ["1%", "2%", "4%"],
    ],
)
def test_figures_that_are_no_sum_are_not_added_up(cells: list[str]) -> None:
    grid = Grid(["Item", "Amount"], [[name, cell] for name, cell in zip("ABC", cells, strict=True)])
    assert not answer("What is the total amount?", grid)


def test_a_name_that_stands_twice_may_be_one_or_two() -> None:
    twice = Grid(["Player", "Year"], [["Ann Day", "2001"], ["Ann Day", "2002"], ["Bo Hill", "2002"]])
    assert answer("How many players are there?", twice) == ""


def test_a_value_that_is_part_of_another_is_not_sure() -> None:
    grid = Grid(["Player", "Team"], [["Ann Day", "Reds"], ["Bo Hill", "Reds, Blues"], ["Cy Low", "Blues"]])
    assert answer("How many players are in the Reds?", grid) == ""


def test_what_heads_the_table_says_what_its_rows_are() -> None:
    grid = Grid(["Name", "Breed"], [["Rex", "Collie"], ["Fido", "Beagle"]], heading="Dogs of the shelter")
    assert answer("How many dogs are there?", grid) == "2"
    assert answer("How many cats are there?", grid) is None


def test_rows_that_head_others_are_not_counted() -> None:
    grouped = Grid(
        ["Player", "Team", "City"], [["North", "", ""], ["Ann Day", "Reds", "York"], ["Bo", "Blues", "Hull"]]
    )
    assert answer("How many players are there?", grouped) == ""


def test_the_figure_and_what_it_is_made_of_are_told() -> None:
    found = calculated(TableQuestion("What is the total salary in Sales?"), STAFF)
    assert found is not None
    assert (found.rows, found.column, found.calculation) == ([1, 3], 3, Calculation("total", "109,000"))


def test_a_last_row_that_adds_up_the_others_is_not_counted_in_whatever_language_it_is_headed() -> None:
    plots = Grid(["Plot", "Kind", "Harvest"], [["A", "vine", "10"], ["B", "oats", "25"], ["C", "vine", "7"]])
    totalled = Grid(plots.labels, [*plots.rows, ["Gesamt", "", "42"]])
    assert answer("How many plots are there?", plots) == "3"
    assert answer("How many plots are there?", totalled) == ""
    assert answer("What is the total harvest of vine?", totalled) == "17"
