import pytest

from rag.formats.office.number_formats import general, number_format, text_format


@pytest.mark.parametrize(
    ("value", "code", "shown"),
    [
        (0.4, "0.0%", "40.0%"),
        (0.4, "0.0 %", "40.0 %"),
        (2134, "00000", "02134"),
        (1234567.891, "#,##0.00", "1,234,567.89"),
        (-5, "#,##0_);(#,##0)", "(5)"),
        (5, "#,##0_);(#,##0)", "5"),
        (2.675, "0.00", "2.68"),
        (0.125, "0.00", "0.13"),
        (1234.5, "[$€-407]#,##0.00", "€1,234.50"),
        (1234.5, '#,##0.00\\ "€"', "1,234.50 €"),
        (-1234.5, "#,##0.00 [$€-1]", "-1,234.50 €"),
        (0.5833332986, "h:mm", "14:00"),
        (45383, "yyyy-mm-dd", "2024-04-01"),
        (45383, "dd/mm/yyyy", "01/04/2024"),
        (45383.75, "d. mmm yyyy h:mm AM/PM", "1. Apr 2024 6:00 PM"),
        (1.5, "[h]:mm:ss", "36:00:00"),
        (0.5, "mm:ss.0", "00:00.0"),
        (5551234567, "(000) 000-0000", "(555) 123-4567"),
        (123456789, "000-00-0000", "123-45-6789"),
        (1500000, '0.0,,"M"', "1.5M"),
        (12345, "0.00E+00", "1.23E+04"),
        (1.25, "# ?/?", "1 1/4"),
        (0.5, "# ?/?", "1/2"),
        (3, "General", "3"),
        (0, '0;-0;"none"', "none"),
        (150, '[>100]"big";0', "big"),
        (50, '[>100]"big";0', "50"),
        (4929123456789012, "0", "4929123456789012"),
        (3.14159, "0.##", "3.14"),
        (3, "0.##", "3"),
        (0.5, "#.##", ".5"),
        (-0.001, "0.00", "0.00"),
        (1234, "#,##0", "1,234"),
        (7, '"Nr. "0', "Nr. 7"),
        (45383, "dddd, d mmmm yyyy", "Monday, 1 April 2024"),
        (0.75, "#,##0.00%", "75.00%"),
        (12.5, '0.0" kg"', "12.5 kg"),
        (-12.5, "$#,##0.00", "-$12.50"),
        (5, '_-* #,##0.00 [$€-407]_-;-* #,##0.00 [$€-407]_-;_-* "-"?? [$€-407]_-;_-@_-', "5.00 €"),
        (0, '_-* #,##0.00 [$€-407]_-;-* #,##0.00 [$€-407]_-;_-* "-"?? [$€-407]_-;_-@_-', "- €"),
        (5, ";;;", ""),
        (12345.678, "#,##0.0,", "12.3"),
        (1000000000000000.0, "#,##0", "1,000,000,000,000,000"),
        (45, '00"°"00\'', "00°45'"),
    ],
)
def test_a_number_is_shown_in_its_format(value: float, code: str, shown: str) -> None:
    assert number_format(code)(value) == shown


def test_days_may_be_counted_from_1904() -> None:
    assert number_format("yyyy-mm-dd", from_1904=True)(0) == "1904-01-01"


@pytest.mark.parametrize(
    ("value", "shown"),
    [(3.0, "3"), (0.1 + 0.2, "0.3"), (4929123456789012.0, "4929123456789012"), (1e-5, "0.00001"), (1e25, "1e+25")],
)
def test_a_number_without_a_format_has_its_digits(value: float, shown: str) -> None:
    assert general(value) == shown


def test_a_format_may_put_words_around_a_text() -> None:
    assert text_format('"No. "@" (old)"') == ("No. ", " (old)")
    assert text_format("@") is None
    assert text_format("0.00") is None


@pytest.mark.parametrize("code", ["/0", "G?a,G%/", '€e-/""+0=$>?'])
def test_a_code_that_is_no_format_changes_no_number(code: str) -> None:
    assert number_format(code)(3.5) == "3.5"
