import pytest

from rag.formats.tables.markdown_tables import markdown_tables


def cells(text: str) -> list[tuple[tuple[str, ...], list[list[str]]]]:
    return [
        (table.labels, [[text[slice(*cell)] if cell else "" for cell in row.cells] for row in table.rows])
        for table in markdown_tables(text)
    ]


def test_the_header_is_what_stands_above_the_dashes() -> None:
    text = "Staff:\n\n| Name | Age |\n|---|--:|\n| Ada \\| Ann | 36 |\n| Bob |  |\n\nText."
    assert cells(text) == [(("Name", "Age"), [["Ada \\| Ann", "36"], ["Bob", ""]])]


def test_without_dashes_the_header_is_told_by_what_the_rows_hold() -> None:
    assert cells("| Item | Price |\n| Desk | 120 |\n| Lamp | 30 |") == [
        (("Item", "Price"), [["Desk", "120"], ["Lamp", "30"]])
    ]
    assert cells("| Desk | 120 |\n| Lamp | 30 |") == [((), [["Desk", "120"], ["Lamp", "30"]])]


def test_emphasis_is_no_part_of_a_label() -> None:
    assert cells("| **Item** | `Price` |\n|---|---|\n| Desk | 120 |") == [(("Item", "Price"), [["Desk", "120"]])]


def test_rows_and_cells_are_where_they_stand() -> None:
    text = "  | a | b |  \n|---|---|\n  |  c  | d |\n"
    [table] = markdown_tables(text)
    [row] = table.rows
    assert text[row.start : row.end] == "|  c  | d |"
    assert [text[slice(*cell)] for cell in row.cells if cell] == ["c", "d"]


@pytest.mark.parametrize("text", ["", "| a |\n| b |", "| a | b |", "|", "||\n||", "text | with | bars"])
def test_what_is_no_table(text: str) -> None:
    assert markdown_tables(text) == []
