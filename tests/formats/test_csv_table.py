import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import DocumentError
from rag.formats.csv_table import read_csv
from rag.formats.text import one_line

CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=8)


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"Name,Age\r\nAnna,3\r\n", "- Name: Anna; Age: 3"),
        ("\ufeffName;Größe\nAnna;1,80\nBob;1,90\n".encode(), "- Name: Anna; Größe: 1,80\n- Name: Bob; Größe: 1,90"),
        (b"a\tb\n1,5\t2,5\n", "- a: 1,5; b: 2,5"),
        (b"Item|Price\nChair, red|1,5\nDesk|2\n", "- Item: Chair, red; Price: 1,5\n- Item: Desk; Price: 2"),
        ("Artikel;Preis (€)\nBüroschrank;349,00\n".encode("cp1252"), "- Artikel: Büroschrank; Preis (€): 349,00"),
        ("a,b\n1,2\n".encode("utf-16"), "- a: 1; b: 2"),
        (b'Name,Note\nAnna,"one\n\ntwo, ""three"""\n', '- Name: Anna; Note: one two, "three"'),
        (b"a,b\n1\n1,2,3\n", "- a: 1\n- a: 1; b: 2; 3"),
        (b"1,2\n3,4\n", "| 1 | 2 |\n| 3 | 4 |"),
        (b'a,b\n1,"never closed\n2,3\n', "- a: 1; b: never closed 2,3"),
        (b"a,b\n1," + b"x" * 3_000_000, "- a: 1; b: " + "x" * 3_000_000),
    ],
)
def test_a_table_becomes_lines(raw: bytes, text: str) -> None:
    assert read_csv(raw).text == text


@pytest.mark.parametrize(("raw", "message"), [(b"a,\xe4\x01", "not UTF-8 (byte 2)."), (b",\n ,\n", "empty.")])
def test_what_is_no_table_is_named(raw: bytes, message: str) -> None:
    with pytest.raises(DocumentError) as error:
        read_csv(raw)
    assert str(error.value).startswith(message)


@given(st.lists(st.lists(CELLS, min_size=1, max_size=4), min_size=1, max_size=6), st.sampled_from(",;\t|"))
def test_every_cell_of_any_table_is_read(rows: list[list[str]], delimiter: str) -> None:
    cells = [one_line(cell) for row in rows for cell in row]
    if not any(cells):
        return
    written = io.StringIO()
    csv.writer(written, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows(rows)
    text = read_csv(written.getvalue().encode()).text
    assert all(cell in text for cell in cells)
