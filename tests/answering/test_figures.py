from decimal import Decimal

import pytest

from rag.answering.figures import figures_of


def read(*cells: str, language: str = "en") -> list[Decimal]:
    return list(figures_of(dict(enumerate(cells)), language).values.values())


@pytest.mark.parametrize(
    ("cells", "language", "values"),
    [
        (["72,000", "1,234,567", "12"], "en", ["72000", "1234567", "12"]),
        (["72.000", "12"], "de", ["72000", "12"]),
        (["1.234", "12"], "en", ["1.234", "12"]),
        (["1.234,5", "2.000"], "en", ["1234.5", "2000"]),
        (["0,5", "1,25"], "en", ["0.5", "1.25"]),
        (["72 000 kr", "1 000 kr"], "en", ["72000", "1000"]),
        (["$5", "-$3", "−2", "(1,204)", "$ (7)"], "en", ["5", "-3", "-2", "-1204", "-7"]),
        (["4 of 5", "n/a", "1,23,4", "8 %"], "en", ["8"]),
    ],
)
def test_figures_are_read_as_the_column_writes_them(cells: list[str], language: str, values: list[str]) -> None:
    assert read(*cells, language=language) == list(map(Decimal, values))


@pytest.mark.parametrize(
    ("cells", "total", "average"),
    [
        (["72,000", "51,000"], "123,000", "61,500"),
        (["10.50", "1.20", "3.00"], "14.70", "4.90"),
        (["1", "1", "2"], "4", "1.33"),
        (["$5", "-$8"], "-$3", "-$1.5"),
        (["(1,000)", "400"], "(600)", "(300)"),
        (["7 kg", "8 kg"], "15 kg", "7.5 kg"),
        (["1.234,5", "2.000,5"], "3.235,0", "1.617,5"),
    ],
)
def test_a_figure_is_written_like_its_column(cells: list[str], total: str, average: str) -> None:
    figures = figures_of(dict(enumerate(cells)))
    whole = sum(figures.values.values(), Decimal())
    assert figures.is_alike
    assert figures.written(whole) == total
    assert figures.written(whole / len(cells), is_average=True) == average


def test_units_that_differ_are_told() -> None:
    assert not figures_of({0: "7 kg", 1: "8 t"}).is_alike
    assert not figures_of({0: "$7", 1: "8"}).is_alike
