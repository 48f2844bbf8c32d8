from rag.formats.parsed_document import Row, Table
from rag.overviews.table_questions import questions_of_table


def asked(labels: tuple[str, ...], *rows: tuple[str, ...]) -> list[tuple[str, str]]:
    text, placed = "", []
    for cells in rows:
        start, places = len(text), []
        for cell in cells:
            places.append((len(text), len(text) + len(cell)))
            text += f"{cell} | "
        placed.append(Row(start, len(text), tuple(places)))
    return [(question, cell) for question, _, cell in questions_of_table(Table(labels, placed), text)]


def test_a_measure_is_asked_of_the_row_that_its_first_cell_names() -> None:
    assert asked(("Region", "Area", "Mayor"), ("South Skåne", "2,680 km²", "Ann Moor")) == [
        ("What is the area of “South Skåne”?", "2,680 km²")
    ]


def test_totals_numbered_and_repeated_rows_and_other_columns_are_left_alone() -> None:
    labels = ("Region", "Area")
    assert asked(labels, ("Grand total", "20"), ("1", "30"), ("North", "1"), ("North", "2")) == []
    assert asked(("Club", "Won", "# Albums", "Points"), ("Arsenal", "5", "6", "7")) == []
    assert asked(labels, ("Due within one year", "5")) == []
    assert asked(labels, ("South Skåne", "unknown")) == []
