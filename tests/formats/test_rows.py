import pytest

from rag.formats.rows import table_lines
from rag.text.sentences import sentence_spans


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
        ([["one"], ["two"]], ["| one |", "| two |"]),
        ([["Name", "Age"]], ["| Name | Age |"]),
        ([["", ""]], []),
        ([], []),
    ],
)
def test_a_row_is_a_line_that_explains_itself(rows: list[list[str]], lines: list[str]) -> None:
    assert list(table_lines(rows)) == lines


def test_a_row_is_a_sentence() -> None:
    text = "\n".join(table_lines([["Staff"], ["Name", "Age"], ["Anna", "3"], ["Bob", "4"]]))
    assert [text[start:end] for start, end in sentence_spans(text)] == text.split("\n")
