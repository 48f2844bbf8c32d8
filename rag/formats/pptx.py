"""PowerPoint presentations."""

import io
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from rag.formats.archive import core_properties, open_zip
from rag.formats.parsed_document import ParsedDocument
from rag.formats.table_lines import table_lines, with_tables
from rag.formats.text import clean, finished, join_parts, library_errors, one_line

if TYPE_CHECKING:
    from pptx.slide import Slide
    from pptx.text.text import TextFrame

_BAND = 228_600
"""A quarter of an inch in English Metric Units: what stands less apart is in one row."""
_UNNAMED = frozenset({"PowerPoint Presentation", "PowerPoint-Präsentation", "Présentation PowerPoint"})


def read_pptx(raw: bytes) -> ParsedDocument:
    """A presentation: title, text, tables and notes of each slide, from the top left to the bottom right."""
    import pptx

    kind = "PowerPoint presentation"
    with open_zip(raw, ".pptx", kind, "ppt/") as archive, library_errors(kind):
        title, date = core_properties(archive)
        slides = [
            (number, *_slide(slide)) for number, slide in enumerate(pptx.Presentation(io.BytesIO(raw)).slides, start=1)
        ]
    text, sections = join_parts("slide", slides)
    if title is None or title in _UNNAMED:
        title = next((slide_title for _, slide_title, _ in slides if slide_title), None)
    return finished(with_tables(ParsedDocument(text, title, date, sections)))


def _slide(slide: "Slide") -> tuple[str | None, str]:
    """Title and text of a slide."""
    heading = slide.shapes.title
    title = one_line(heading.text_frame.text) if heading is not None else ""
    blocks = [f"# {title}"] if title else []
    blocks += _blocks(shape for shape in slide.shapes if heading is None or shape.shape_id != heading.shape_id)
    notes = slide.notes_slide.notes_text_frame if slide.has_notes_slide else None
    if notes is not None:
        blocks += _paragraphs(notes)
    return title or None, "\n\n".join(blocks)


def _blocks(shapes: Iterable[Any]) -> Iterator[str]:
    for shape in sorted(shapes, key=lambda shape: ((shape.top or 0) // _BAND, shape.left or 0)):
        # Only a group has shapes of its own.
        if hasattr(shape, "shapes"):
            yield from _blocks(shape.shapes)
        elif getattr(shape, "has_table", False):
            rows = [[one_line(cell.text) for cell in row.cells if not cell.is_spanned] for row in shape.table.rows]
            yield "\n".join(table_lines(rows))
        elif shape.has_text_frame:
            yield from _text(shape)


def _text(shape: Any) -> Iterator[str]:
    from pptx.enum.shapes import PP_PLACEHOLDER

    role = shape.placeholder_format.type if shape.is_placeholder else None
    if role in {PP_PLACEHOLDER.DATE, PP_PLACEHOLDER.FOOTER, PP_PLACEHOLDER.SLIDE_NUMBER}:
        return
    # Only in these do paragraphs have bullets where nothing is said of them.
    if role in {PP_PLACEHOLDER.BODY, PP_PLACEHOLDER.OBJECT}:
        items = [(paragraph.level, one_line(paragraph.text)) for paragraph in shape.text_frame.paragraphs]
        yield "\n".join(f"{'  ' * level}- {text}" for level, text in items if text)
    else:
        yield from _paragraphs(shape.text_frame)


def _paragraphs(frame: "TextFrame") -> Iterator[str]:
    texts = (clean(paragraph.text).strip() for paragraph in frame.paragraphs)
    return (text for text in texts if text)
