from itertools import chain

import pytest

from rag.formats.parsed_document import ParsedDocument, Section
from rag.formats.tables.table_lines import table_lines, with_tables
from rag.text.sentences import sentence_spans


def finished(rows: list[list[str]], headers: int | None = None, labelled: bool = True) -> ParsedDocument:
    return with_tables(ParsedDocument("\n".join(table_lines(rows, headers=headers, labelled=labelled))))


def values(parsed: ParsedDocument) -> list[list[list[str]]]:
    return [
        [[parsed.text[slice(*cell)] if cell else "" for cell in row.cells] for row in table.rows]
        for table in parsed.tables
    ]


@pytest.mark.parametrize(
    ("rows", "lines"),
    [
        ([["Name", "Age"], ["Anna", "3"], ["", ""], ["Bob", ""]], ["- Name: Anna; Age: 3", "- Name: Bob"]),
        ([["Staff", ""], ["", ""], ["Name", "Age"], ["Anna", "3"]], ["| Staff |", "- Name: Anna; Age: 3"]),
        ([["Name", "", "Age"], ["Anna", "x", "3", "y"]], ["- Name: Anna; x; Age: 3; y"]),
        ([["Name", "Empty"], ["Anna"]], ["| Name | Empty |", "- Name: Anna"]),
        ([["1", "2"], ["3", ""]], ["| 1 | 2 |", "| 3 |  |"]),
        ([["a", "a"], ["b", "c"]], ["| a | a |", "| b | c |"]),
        ([["word " * 20, "b"], ["c", "d"]], [f"| {'word ' * 20} | b |", "| c | d |"]),
        ([["", "2022", "2023"], ["Rent", "10", "12"]], ["- Rent; 2022: 10; 2023: 12"]),
        (
            [["Applicant", "Mara Stein"], ["Amount", "15000"], ["Town", "Delft"]],
            ["- Applicant: Mara Stein", "- Amount: 15000", "- Town: Delft"],
        ),
        (
            [["Item", "Price"], ["Desk", "120"], ["Lamp", "30 €"]],
            ["- Item: Desk; Price: 120", "- Item: Lamp; Price: 30 €"],
        ),
        ([["one"], ["two"]], ["| one |", "| two |"]),
        ([["Name", "Age"]], ["| Name | Age |"]),
        ([["", ""]], []),
        ([], []),
    ],
)
def test_a_row_is_a_line_that_explains_itself(rows: list[list[str]], lines: list[str]) -> None:
    assert finished(rows).text.split("\n") == (lines or [""])


def test_cells_are_found_in_the_text_by_column_and_empty_ones_keep_their_place() -> None:
    rows = [["Name", "Age", "Town"], ["Anna", "", "Delft"], ["Bob", "4", ""]]
    for labelled in (True, False):
        parsed = finished(rows, labelled=labelled)
        assert [table.labels for table in parsed.tables] == [("Name", "Age", "Town")]
        assert values(parsed) == [rows[1:]]
        lines = [parsed.text[row.start : row.end] for row in parsed.tables[0].rows]
        assert lines == parsed.text.split("\n")[-2:]


def test_header_rows_of_several_levels_are_joined() -> None:
    rows = [["", "Sales", "Sales", "Costs"], ["Region", "H1 2023", "H2 2023", "H1 2023"], ["EU", "5", "6", "7"]]
    assert finished(rows).text == "- Region: EU; Sales – H1 2023: 5; Sales – H2 2023: 6; Costs – H1 2023: 7"


def test_a_form_has_no_labels_of_columns() -> None:
    parsed = finished([["Applicant:", "Mara Stein"], ["Amount:", "15000"], ["Town:", "Delft"]])
    assert parsed.text == "- Applicant: Mara Stein\n- Amount: 15000\n- Town: Delft"
    assert parsed.tables[0].labels == ()
    assert values(parsed) == [[["Applicant:", "Mara Stein"], ["Amount:", "15000"], ["Town:", "Delft"]]]


def test_what_stands_alone_above_a_table_is_its_caption() -> None:
    [table] = finished([["Staff", ""], ["Name", "Age"], ["Anna", "3"]]).tables
    assert table.caption == "Staff"


def test_sections_stay_where_they_were() -> None:
    first, second = ("\n".join(table_lines([["Name", "Age"], [name, "3"]], labelled=True)) for name in ("Anna", "Bob"))
    marked = f"# One\n\n{first}\n\n# Two\n\n{second}"
    middle = marked.index("# Two")
    sections = [Section("sheet", 0, middle - 2, title="One"), Section("sheet", middle, len(marked), title="Two")]
    parsed = with_tables(ParsedDocument(marked, sections=sections))
    assert [parsed.text[section.start : section.end] for section in parsed.sections] == [
        "# One\n\n- Name: Anna; Age: 3",
        "# Two\n\n- Name: Bob; Age: 3",
    ]
    rows = chain.from_iterable(table.rows for table in parsed.tables)
    assert [parsed.text[row.start : row.end] for row in rows] == ["- Name: Anna; Age: 3", "- Name: Bob; Age: 3"]


def test_a_text_without_tables_is_as_it_was() -> None:
    parsed = ParsedDocument("No table.")
    assert with_tables(parsed) == parsed
    assert parsed.tables == []


def test_a_row_is_a_sentence() -> None:
    text = finished([["Staff"], ["Name", "Age"], ["Anna", "3"], ["Bob", "4"]]).text
    assert [text[start:end] for start, end in sentence_spans(text)] == text.split("\n")
