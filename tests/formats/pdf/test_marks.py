"""What size, place and annotations say of a PDF's text: raised and struck characters, comments, form fields."""

import pytest

from rag.formats.parsed_document import ParsedDocument
from rag.formats.pdf.reader import read_pdf
from tests.formats.make_pdf import make_pdf, show


def read(content: bytes, annotations: str = "") -> ParsedDocument:
    parsed = read_pdf(make_pdf([content], page_entries=f"/Annots[{annotations}]" if annotations else ""))
    assert len(parsed.boxes[1]) == len(parsed.text)
    return parsed


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        ([(72, 700, 12, "The price is 450"), (158, 705, 7, "1"), (164, 700, 12, "euros.")], "The price is 450¹ euros."),
        ([(72, 700, 12, "CO"), (90, 697, 8, "2"), (95, 700, 12, "is a gas.")], "CO₂ is a gas."),
        ([(72, 700, 12, "10"), (85.5, 705, 8, "-6"), (95, 700, 12, "of it.")], "10⁻⁶ of it."),
    ],
)
def test_raised_and_lowered_figures_are_told_from_others(
    parts: list[tuple[float, float, float, str]], text: str
) -> None:
    assert read(b"\n".join(show([(x, y, part)], size=size) for x, y, size, part in parts)).text == text


def test_small_text_on_the_line_is_as_it_stands() -> None:
    assert read(show([(72, 700, "NATO")]) + b"\n" + show([(110, 700, "2024")], size=8)).text == "NATO 2024"


def test_comments_and_form_fields_are_read_and_said_to_be_such() -> None:
    annotations = (
        "<</Type/Annot/Subtype/Text/Rect[10 10 30 30]/Contents(Please check)/T(Max)>>"
        "<</Type/Annot/Subtype/FreeText/Rect[10 50 90 80]/Contents(In the margin)/DA(/F1 9 Tf)>>"
        "<</Type/Annot/Subtype/Widget/FT/Tx/T(Applicant)/V(Mara Stein)/Rect[10 100 90 120]>>"
        "<</Type/Annot/Subtype/Popup/Rect[10 10 30 30]/Contents(Please check)>>"
    )
    assert read(show([(72, 700, "Text.")]), annotations).text == (
        "Text.\n\nComment by Max: Please check\n\nComment: In the margin\n\nApplicant: Mara Stein"
    )


def test_what_is_struck_out_is_left_out_and_said() -> None:
    annotation = "<</Type/Annot/Subtype/StrikeOut/Rect[100 690 160 715]/QuadPoints[102 712 158 712 102 696 158 696]>>"
    parsed = read(show([(72, 700, "Rent"), (104, 700, "900 euros"), (163, 700, "950 euros")]), annotation)
    assert parsed.text == "Rent 950 euros"
    assert parsed.notes == ["1 struck-out passage left out."]
