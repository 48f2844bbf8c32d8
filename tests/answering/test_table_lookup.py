import pytest

from rag.answering.question_kinds import answer_kind
from rag.answering.table_lookup import Grid, look_up
from rag.text.words import stems

STAFF = Grid(
    ["Employee", "Department", "Start date", "Salary"],
    [
        ["Alice Moreau", "Engineering", "2019-04-01", "72000"],
        ["Ben Carter", "Sales", "2021-09-15", "51000"],
        ["Farid Haddad", "Sales", "2017-11-05", "58000"],
    ],
    "Staff",
)
STOCK = Grid(
    ["Region", "Product", "Units"],
    [["EU", "Cable", "12"], ["EU", "Hub", "7"], ["US", "Cable", "3"], ["US", "Hub", "41"]],
)
YEARS = Grid(["", "2022", "2023"], [["Revenue", "10", "12"], ["Net income", "3", "4"]])
FORM = Grid([], [["Invoice date", "12 April 2024"], ["Due date", "12 May 2024"], ["Paid by", "card"]], "Invoice 118")
CARS = Grid([], [["Tyre change", "89 pounds"], ["Service", "210 pounds"]], "Tesla Model 3")


def found(question: str, grid: Grid, missing: str = "") -> list[str] | None:
    """The cells that are meant, or the rows' first cells where no column is."""
    meant = look_up(question, grid, answer_kind(question), stems(missing) if missing else set())
    if meant is None:
        return None
    return [grid.rows[row][meant.column if meant.column is not None else 0] for row in meant.rows]


@pytest.mark.parametrize(
    ("question", "grid", "cells"),
    [
        ("What is Alice Moreau's salary?", STAFF, ["72000"]),
        ("When did Ben Carter start?", STAFF, ["2021-09-15"]),
        ("How much does Ben Carter earn?", STAFF, ["51000"]),
        ("In which department does Farid Haddad work?", STAFF, ["Sales"]),
        ("Who works in Sales?", STAFF, ["Ben Carter", "Farid Haddad"]),
        ("How many hubs are in the US?", STOCK, ["41"]),
        ("How many cables are in the EU?", STOCK, ["12"]),
        ("What was the revenue in 2023?", YEARS, ["12"]),
        ("What was the net income in 2022?", YEARS, ["3"]),
        ("What is the due date of the invoice?", FORM, ["12 May 2024"]),
        ("When is the invoice due?", FORM, ["12 May 2024"]),
        ("How much is a service for the Tesla Model 3?", CARS, ["210 pounds"]),
    ],
)
def test_the_cell_is_found_by_the_words_that_name_row_and_column(question: str, grid: Grid, cells: list[str]) -> None:
    assert found(question, grid) == cells


@pytest.mark.parametrize(
    ("question", "grid", "missing"),
    [
        ("What is Dora Klein's salary?", STAFF, "Dora Klein"),
        ("What was the revenue in 2021?", YEARS, "2021"),
        ("How much is a service for the Nissan Leaf?", CARS, "Nissan Leaf"),
        ("Who was hired after Ben Carter?", STAFF, "Ben Carter"),
        ("Does Alice Moreau or Ben Carter earn more?", STAFF, ""),
        ("Who has the highest salary?", STAFF, ""),
        ("When did the Alps rise?", STOCK, "Alps"),
        ("", STAFF, ""),
    ],
)
def test_no_row_is_given_for_another(question: str, grid: Grid, missing: str) -> None:
    assert found(question, grid, missing) is None


def test_what_is_left_over_of_a_question_is_told() -> None:
    sure = look_up("What is Ben Carter's salary?", STAFF, None, set())
    less = look_up("What is the salary of Ben Carter's youngish grumpy manager?", STAFF, None, set())
    assert sure is not None
    assert less is not None
    assert sure.explained == 1.0
    assert less.explained == pytest.approx(0.5)
