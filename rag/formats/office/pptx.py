"""PowerPoint presentations."""

import io
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from rag.formats.archive import core_properties, open_zip
from rag.formats.left_out import LeftOut, notes
from rag.formats.office.office_parts import chosen
from rag.formats.office.slide_comments import comment_authors, comment_lines
from rag.formats.office.slide_shapes import SlideShapes
from rag.formats.parsed_document import ParsedDocument
from rag.formats.tables.table_lines import with_tables
from rag.formats.text import finished, join_parts, library_errors, one_line
from rag.text.headings import Heading, below_others

if TYPE_CHECKING:
    from pptx.slide import Slide

_OFF = frozenset({"0", "false"})


def read_pptx(raw: bytes) -> ParsedDocument:
    """A presentation: title, text, tables, charts, diagrams, notes and comments of each slide that is not hidden."""
    import pptx

    kind = "PowerPoint presentation"
    left_out: LeftOut = Counter()
    with open_zip(raw, ".pptx", kind, "ppt/") as archive, library_errors(kind):
        title, date, author = core_properties(archive)
        presentation = pptx.Presentation(io.BytesIO(raw))
        authors = comment_authors(presentation.part)
        shapes = SlideShapes(left_out)
        slides: list[tuple[int, str | None, str]] = []
        hidden: list[int] = []
        for number, slide in enumerate(presentation.slides, start=1):
            if slide.element.get("show") in _OFF:
                hidden.append(number)
            else:
                slides.append((number, *_slide(slide, shapes, authors, left_out)))
    text, sections = join_parts("slide", slides)
    titled = [section for section in sections if section.title]
    levels = {
        section.number: heading.level
        for section, heading in zip(titled, below_others([Heading(1, s.title or "") for s in titled]), strict=True)
    }
    sections = [replace(section, level=levels.get(section.number, section.level)) for section in sections]
    if title is None:
        title = next((slide_title for _, slide_title, _ in slides if slide_title), None)
    said = [*_hidden(hidden), *notes(left_out)]
    return finished(with_tables(ParsedDocument(text, title, date, sections, notes=said, author=author)))


def _slide(
    slide: "Slide", shapes: SlideShapes, authors: Mapping[str, str], left_out: LeftOut
) -> tuple[str | None, str]:
    """Title and text of a slide."""
    chosen(slide.element)
    heading = slide.shapes.title
    title = one_line("\n".join(shapes.paragraphs(heading))) if heading is not None else ""
    others = (shape for shape in slide.shapes if heading is None or shape.shape_id != heading.shape_id)
    blocks = [*([f"# {title}"] if title else []), *filter(None, shapes.blocks(others, title))]
    notes_shape = slide.notes_slide.notes_placeholder if slide.has_notes_slide else None
    if notes_shape is not None:
        blocks += shapes.paragraphs(notes_shape)
    blocks += comment_lines(slide.part, authors, left_out)
    return title or None, "\n\n".join(blocks)


def _hidden(numbers: list[int]) -> list[str]:
    if not numbers:
        return []
    return [f"{len(numbers)} hidden slide{'s' if len(numbers) > 1 else ''} left out: {', '.join(map(str, numbers))}."]
