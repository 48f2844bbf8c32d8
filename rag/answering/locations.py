"""Where a citation stands in its document as people see it: page, heading, and boxes on the page."""

from collections.abc import Iterator
from dataclasses import replace

from rag.answer import Box, Citation
from rag.formats.parsed_document import POINT, Boxes
from rag.ingest.sections import pages_and_titled, path_to, section_at
from rag.store.index_store import IndexStore
from rag.text.headings import as_path


def placed(citation: Citation, store: IndexStore) -> Citation:
    """`citation` with the page or slide and the sheet, chapter or headings that it begins on, and its boxes."""
    pages, titled = pages_and_titled(store.contents.sections(citation.document))
    page, part = section_at(pages, citation.start), section_at(titled, citation.start)
    path = [heading.title for heading in path_to(titled, part)] if part else []
    boxes: list[Box] = []
    for section in pages:
        if section.number and section.start < citation.end and citation.start < section.end:
            of_page = store.contents.boxes(citation.document, section.number)
            if of_page is not None:
                first, last = max(citation.start, section.start), min(citation.end, section.end)
                boxes += line_boxes(of_page[first - section.start : last - section.start], section.number)
    shown = as_path(path, citation.title) or None
    return replace(citation, page=page.number if page else None, section=shown, boxes=boxes)


def line_boxes(boxes: Boxes, page: int) -> Iterator[Box]:
    """One box for each line that characters of a page stand on, in reading order, in points."""
    line: list[int] = []
    for left, top, right, bottom in boxes.tolist():
        if right <= left or bottom <= top:
            continue
        overlap = min(bottom, line[3]) - max(top, line[1]) if line else 0
        # On one line are characters that share half of their height and go on to the right.
        if line and 2 * overlap >= min(bottom - top, line[3] - line[1]) and right >= line[0]:
            line = [min(line[0], left), min(line[1], top), max(line[2], right), max(line[3], bottom)]
        else:
            if line:
                yield _box(page, line)
            line = [left, top, right, bottom]
    if line:
        yield _box(page, line)


def _box(page: int, line: list[int]) -> Box:
    left, top, right, bottom = (edge / POINT for edge in line)
    return Box(page, left, top, right, bottom)
