from collections.abc import Sequence
from dataclasses import replace

import pytest

from rag.answering.question_kinds import answer_kind
from rag.answering.table_extremes import extreme_rows
from rag.answering.table_lookup import heads_another, look_up, may_be
from rag.answering.table_question import Grid, TableQuestion
from rag.formats.tables.table_header import Kind
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
    names = frozenset(stems(missing)) if missing else frozenset()
    meant = look_up(TableQuestion(question, answer_kind(question), names), grid)
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
        ("What is the salary of the manager of Ben Carter?", STAFF, ""),
        ("What is Ben Carter's manager's salary?", STAFF, ""),
        ("When did the Alps rise?", STOCK, "Alps"),
        ("", STAFF, ""),
    ],
)
def test_no_row_is_given_for_another(question: str, grid: Grid, missing: str) -> None:
    assert found(question, grid, missing) is None


def test_what_is_left_over_of_a_question_is_told() -> None:
    sure = look_up(TableQuestion("What is Ben Carter's salary?"), STAFF)
    less = look_up(TableQuestion("What salary does Ben Carter really and truly take home?"), STAFF)
    assert sure is not None
    assert less is not None
    assert sure.explained == 1.0
    assert less.explained == pytest.approx(3 / 7)


AGES = Grid(["Name", "Age", "Salary"], [["Ann", "44", "70,000"], ["Bob", "31", "50,000"], ["Both", "75", "120,000"]])


def means_salary(question: str, texts: Sequence[str]) -> list[float]:
    """As an embedding may have it: to earn is a matter of salary."""
    return [0.5 if "earn" in question and text == "Salary" else 0.2 for text in texts]


def test_a_label_is_found_by_what_it_means_where_that_is_clear() -> None:
    found = look_up(TableQuestion("How much does Bob earn?", "number", similarity=means_salary), AGES)
    assert found is not None
    assert (found.rows, found.column, found.by) == ([1], 2, "meaning")
    assert look_up(TableQuestion("How much does Bob eat?", "number", similarity=means_salary), AGES).column is None


@pytest.mark.parametrize(
    ("question", "rows"),
    [
        ("Who has the highest salary?", [0]),
        ("Who has the lowest age?", [1]),
        ("Who earns the least?", [1]),
        ("Who earns most?", [0]),
        ("Who has the most children?", None),
        ("What is the highest salary of Bob?", None),
        ("What is Bob's salary?", None),
        ("Who has the highest salary in Paris?", None),
    ],
)
def test_the_greatest_and_the_least_of_a_column_are_found_where_the_column_is_plain(
    question: str, rows: list[int] | None
) -> None:
    names = frozenset({"pari"}) if "Paris" in question else frozenset[str]()
    found = extreme_rows(TableQuestion(question, names=names, similarity=means_salary), AGES)
    assert (found and found.rows) == rows


def test_a_year_is_no_answer_to_who_and_words_are_none_to_how_many() -> None:
    names = ["Lassell", "Room 12", "1846", "1846-10-10", ""]
    assert [may_be(cell, "text") for cell in names] == [True, True, False, False, False]
    assert [may_be(cell, "number") for cell in ("12 kg", "France")] == [True, False]
    built = Grid(["Well", "Region", "Built"], [["Well 12", "North", "1971"], ["Well 27", "South", "2003"]])
    assert look_up(TableQuestion("Who built Well 27?", "text"), built) is None
    assert found("When was Well 27 built?", built) == ["2003"]


def test_what_holds_letters_is_no_figure_to_compare() -> None:
    orders = Grid(["Order", "Amount"], [["A-9", "5"], ["A-10", "7"]])
    found = extreme_rows(TableQuestion("What is the highest amount?"), orders)
    assert found is not None
    assert (found.rows, found.column) == ([1], 1)


WELLS = Grid(
    ["Well", "Kind", "Depth (m)"], [["12", "dug", "31"], ["27", "drilled", "143"], ["44", "drilled", "90"]], "Dug wells"
)


@pytest.mark.parametrize(
    ("question", "cell"),
    [
        # Numbers of wells are no figures of theirs.
        ("Which well is the largest?", None),
        ("Which kind has the most wells?", None),
        ("Which well has the greatest depth?", "27"),
        # Some are dug and others not, whatever stands over the table.
        ("Which dug well has the greatest depth?", None),
    ],
)
def test_what_numbers_rows_is_not_compared_and_a_condition_is_not_left_out(question: str, cell: str | None) -> None:
    found = extreme_rows(TableQuestion(question), WELLS)
    assert (found and WELLS.rows[found.rows[0]][found.column or 0]) == cell


@pytest.mark.parametrize(
    ("question", "kind", "column"),
    [
        ("Who has the highest salary?", "text", 0),
        ("Which person has the highest salary?", None, 0),
        ("What is the highest salary?", None, 2),
        ("What is the highest salary of a person?", None, 2),
        ("How much is the highest salary?", "number", 2),
    ],
)
def test_who_or_which_asks_for_what_has_the_greatest_figure(question: str, kind: Kind | None, column: int) -> None:
    people = Grid(["Person", "Age", "Salary"], [["Ann", "31", "900"], ["Bob", "30", "800"]])
    found = extreme_rows(TableQuestion(question, kind), people)
    assert found is not None
    assert (found.rows, found.column, found.named) == ([0], column, [] if column == 2 else [2])


def test_a_row_that_is_as_much_as_the_others_is_a_total_where_it_is_the_last() -> None:
    trees = [["Boskoop", "42"], ["Elstar", "30"], ["Gravenstein", "12"]]
    asked = TableQuestion("Which variety has the most trees?")
    found = extreme_rows(asked, Grid(("Variety", "Trees"), trees))
    assert found is not None
    assert found.rows == [0]
    found = extreme_rows(asked, Grid(("Variety", "Trees"), [trees[1], trees[2], ["All", "42"]]))
    assert found is not None
    assert found.rows == [0]


def test_a_table_under_the_heading_of_another_thing_is_not_asked() -> None:
    dogs = Grid(("Dog", "Food"), [["Rex", "dry"]], "Kennel North Kennel North", "Kennel North", title="Kennel North")
    others = replace(dogs, rows=[["Daisy", "dry"]], around="Kennel North Kennel South", heading="Kennel South")
    hours = Grid(
        ("Day", "From"), [["Sunday", "9:00"]], "Kennel North Opening hours", "Opening hours", "", "Kennel North"
    )
    asked = TableQuestion("Which dogs in Kennel North eat dry food?", names=frozenset({"kennel", "north"}))
    tables = [dogs, others, hours]
    assert [heads_another(asked, table, tables) for table in tables] == [False, True, False]
