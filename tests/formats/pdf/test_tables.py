"""Tables on a PDF's page: rows and columns by where the words stand and what lines are drawn."""

from collections.abc import Callable, Sequence

import pytest

from rag.formats.parsed_document import ParsedDocument
from rag.formats.pdf.reader import read_pdf
from tests.formats.make_pdf import Line, make_pdf, show

STAFF = [
    ("Employee", "Department", "Start date", "Salary"),
    ("Alice Moreau", "Engineering", "2019-04-01", "72000"),
    ("Ben Carter", "", "2021-09-15", "51000"),
    ("Chloe Dubois", "Sales", "", "68000"),
    ("Dan Fischer", "Finance", "2018-06-01", ""),
]
STAFF_COLUMNS = (72, 150, 215, 276)
PROSE = [
    "This is a paragraph that stands beside the table and says what is in",
    "the table, in words that fill their lines nearly to the end of it, and",
    "then it ends.",
]
LEFT = [
    "The museum was founded in 1887 by",
    "the botanist Clara Whitfield, who",
    "left her collection of 12,000 dried",
    "plants to the town. It moved to the",
    "former customs house in 1931.",
]
RIGHT = [
    "Admission is 9 euros for adults and",
    "free for children under twelve. The",
    "museum is closed on Mondays. Guided",
    "tours in English start at 11 and 15",
    "and must be booked by telephone.",
]


def cells(rows: Sequence[Sequence[str]], columns: Sequence[float], top: float = 700, step: float = 14) -> list[Line]:
    return [
        (x, top - number * step, text)
        for number, row in enumerate(rows)
        for x, text in zip(columns, row, strict=True)
        if text
    ]


def read(*parts: bytes) -> ParsedDocument:
    parsed = read_pdf(make_pdf([b"\n".join(parts)]))
    assert len(parsed.boxes[1]) == len(parsed.text)
    return parsed


def lines_of(rows: Sequence[Sequence[str]]) -> list[str]:
    return [f"| {' | '.join(row)} |" for row in rows]


@pytest.mark.parametrize("step", [12, 14, 24])
@pytest.mark.parametrize(
    "order",
    [
        lambda cell: (-cell[1], cell[0]),
        lambda cell: (cell[1], cell[0]),
        lambda cell: (-cell[1], -cell[0]),
        lambda cell: (cell[0], -cell[1]),
    ],
    ids=["by rows", "bottom up", "right to left", "by columns"],
)
def test_a_table_is_read_by_rows_however_it_is_drawn(order: Callable[[Line], float], step: float) -> None:
    drawn = sorted(cells(STAFF, STAFF_COLUMNS, step=step), key=order)
    parsed = read(show(drawn, size=10))
    assert parsed.text.split("\n") == lines_of(STAFF)
    [table] = parsed.tables
    assert table.labels == STAFF[0]
    assert [[parsed.text[slice(*cell)] if cell else "" for cell in row.cells] for row in table.rows] == [
        list(row) for row in STAFF[1:]
    ]


def test_paragraphs_around_a_table_are_none_of_its_rows() -> None:
    above, below = (show([(72, top - 12 * n, text) for n, text in enumerate(PROSE)], size=10) for top in (736, 640))
    parsed = read(above, show(cells(STAFF, STAFF_COLUMNS, step=12), size=10), below)
    assert parsed.text.split("\n\n") == ["\n".join(PROSE), "\n".join(lines_of(STAFF)), "\n".join(PROSE)]


@pytest.mark.parametrize("by_rows", [True, False])
def test_columns_of_text_are_read_one_after_the_other(by_rows: bool) -> None:
    drawn = cells(list(zip(LEFT, RIGHT, strict=True)), (72, 300), step=12)
    parsed = read(show(drawn if by_rows else sorted(drawn, key=lambda cell: (cell[0], -cell[1])), size=10))
    assert parsed.text.split() == " ".join([*LEFT, *RIGHT]).split()
    assert parsed.tables == []


def test_what_goes_on_below_is_in_the_cell() -> None:
    rows = [
        ("Term", "Meaning"),
        ("Deposit", "The sum of money that the tenant pays at"),
        ("", "the beginning and gets back when the lease"),
        ("", "ends."),
        ("Rent", "What is due on the first day of each month,"),
        ("", "in advance, to the account of the landlord."),
        ("Notice", "Three months to the end of a quarter."),
    ]
    assert read(show(cells(rows, (72, 150), step=12), size=10)).text.split("\n") == [
        "| Term | Meaning |",
        "| Deposit | The sum of money that the tenant pays at the beginning and gets back when the lease ends. |",
        "| Rent | What is due on the first day of each month, in advance, to the account of the landlord. |",
        "| Notice | Three months to the end of a quarter. |",
    ]


def test_lines_around_cells_say_what_a_row_is() -> None:
    rows = [("Name", "Task"), ("Alice", "Books"), ("Moreau", "Letters"), ("Ben", "Travel"), ("Carter", "")]
    edges = [712, 698, 670, 642]
    ruled = [f"70 {y} m 250 {y} l S" for y in edges] + [f"{x} 712 m {x} 642 l S" for x in (70, 148, 250)]
    parsed = read("\n".join(ruled).encode(), show(cells(rows, (72, 150)), size=10))
    assert parsed.text.split("\n") == [
        "| Name | Task |",
        "| Alice Moreau | Books Letters |",
        "| Ben Carter | Travel |",
    ]


def test_headings_within_a_table_and_over_several_columns_keep_it_one() -> None:
    rows = [
        ("", "Sales in the year", "", "Costs of the year", ""),
        ("Region", "H1", "H2", "H1", "H2"),
        ("Europe:", "", "", "", ""),
        ("France", "5", "6", "3", "4"),
        ("Spain", "7", "8", "4", "5"),
    ]
    parsed = read(show(cells(rows, (72, 170, 220, 290, 340)), size=10))
    [table] = parsed.tables
    assert table.labels == (
        "Region",
        "Sales in the year – H1",
        "Sales in the year – H2",
        "Costs of the year – H1",
        "Costs of the year – H2",
    )
    assert len(table.rows) == 3


def test_figures_of_two_rows_are_never_one_cell() -> None:
    rows = [("(1,074)", "Lower margin of the products"), ("(143)", "Higher charges"), ("20", "Other")]
    parsed = read(show(cells(rows, (72, 150), step=11), size=10))
    assert parsed.text.split("\n") == lines_of(rows)


def test_a_list_is_no_table() -> None:
    rows = [("1.", "Open the lid and take out the tray"), ("2.", "Wash the tray"), ("3.", "Close the lid")]
    parsed = read(show(cells(rows, (72, 100)), size=10))
    assert parsed.tables == []
    assert "|" not in parsed.text
