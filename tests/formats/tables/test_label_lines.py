import pytest

from rag.formats.tables.label_lines import label_lines


def pairs(text: str) -> list[list[list[str]]]:
    return [[[text[slice(*cell)] for cell in row.cells if cell] for row in table.rows] for table in label_lines(text)]


def test_lines_of_label_and_value_are_a_form() -> None:
    text = "Record\n\nName: Ada Byron\nDate of birth: 1815-12-10\n\n- **Port**: Genoa\n- Crew: 12\n\nThe end: near."
    assert pairs(text) == [
        [["Name", "Ada Byron"], ["Date of birth", "1815-12-10"]],
        [["Port", "Genoa"], ["Crew", "12"]],
    ]
    [first, second] = label_lines(text)
    assert text[first.rows[0].start : first.rows[0].end] == "Name: Ada Byron"
    assert text[second.rows[1].start : second.rows[1].end] == "- Crew: 12"


@pytest.mark.parametrize(
    "text",
    [
        "Name: Ada",
        "Name: Ada\n\nTown: London",
        "ANNA: " + "I said so yesterday. " * 5 + "\nBOB: No.",
        "It was 10:30 then.\nIt was 11:45 later.",
        "https://example.org\nhttp://example.org",
        "| a: b | c |\n| d: e | f |",
    ],
)
def test_other_lines_are_none(text: str) -> None:
    assert label_lines(text) == []
