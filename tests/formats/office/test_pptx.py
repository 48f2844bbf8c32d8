import io
from datetime import UTC, datetime

import pptx
import pytest
from pptx.util import Inches

from rag.errors import DocumentError
from rag.formats.office.pptx import read_pptx
from tests.formats.archives import zipped


def presentation(title: str = "") -> bytes:
    deck = pptx.Presentation()
    deck.core_properties.title = title
    deck.core_properties.modified = datetime(2024, 5, 1, tzinfo=UTC)
    slide = deck.slides.add_slide(deck.slide_layouts[1])
    slide.shapes.title.text = "Rivers\vof Europe"
    frame = slide.placeholders[1].text_frame
    frame.text = "The Rhine\nThe Rhône"
    frame.paragraphs[1].level = 1
    slide.notes_slide.notes_text_frame.text = "Say how long."
    deck.slides.add_slide(deck.slide_layouts[6])
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    inch = Inches(1)
    table = slide.shapes.add_table(2, 3, inch, 4 * inch, inch, inch).table
    for number, text in enumerate(["River", "km", "", "Rhine", "1_233", "ca."]):
        table.cell(number // 3, number % 3).text = text
    table.cell(0, 1).merge(table.cell(0, 2))
    group = slide.shapes.add_group_shape()
    group.shapes.add_textbox(3 * inch, 2 * inch, inch, inch).text_frame.text = "Right."
    group.shapes.add_textbox(inch, 2 * inch, inch, inch).text_frame.text = "Left.\n\nMore."
    slide.shapes.add_textbox(inch, inch, inch, inch).text_frame.text = "Top."
    packed = io.BytesIO()
    deck.save(packed)
    return packed.getvalue()


def test_slides_are_read_from_the_top_left() -> None:
    parsed = read_pptx(presentation())
    first = "# Rivers of Europe\n\n- The Rhine\n  - The Rhône\n\nSay how long."
    third = "Top.\n\nLeft.\n\nMore.\n\nRight.\n\n| River | km | km |\n| Rhine | 1_233 | ca. |"
    assert parsed.text == f"{first}\n\n{third}"
    assert [(slide.number, slide.title, parsed.text[slide.start : slide.end]) for slide in parsed.sections] == [
        (1, "Rivers of Europe", first),
        (3, None, third),
    ]
    assert parsed.date == "2024-05-01"


@pytest.mark.parametrize(
    ("own", "title"), [("Waters", "Waters"), ("", "Rivers of Europe"), ("PowerPoint Presentation", "Rivers of Europe")]
)
def test_the_title_is_the_files_own_or_the_first_slides(own: str, title: str) -> None:
    assert read_pptx(presentation(own)).title == title


def test_a_presentation_without_text_is_empty_and_a_damaged_one_is_named() -> None:
    packed = io.BytesIO()
    pptx.Presentation().save(packed)
    with pytest.raises(DocumentError, match="^empty"):
        read_pptx(packed.getvalue())
    with pytest.raises(DocumentError, match="^a damaged PowerPoint presentation"):
        read_pptx(zipped({"ppt/presentation.xml": "<"}))
