"""Where in a document's pages and sections its passages lie."""

from bisect import bisect_right
from collections.abc import Sequence

from llama_index.core.schema import BaseNode

from rag.formats.parsed_document import Section
from rag.metadata import PAGE, SECTION, add_metadata

PAGE_KINDS = ("page", "slide")


def place_nodes(nodes: Sequence[BaseNode], sections: Sequence[Section]) -> None:
    """Say in the metadata of nodes which page or slide they begin on, and under which sheet, chapter or heading."""
    pages, titled = pages_and_titled(sections)
    for node in nodes:
        start = getattr(node, "start_char_idx", None) or 0
        page, section = section_at(pages, start), section_at(titled, start)
        found = {PAGE: page and page.number, SECTION: section and section.title}
        add_metadata(node, {key: value for key, value in found.items() if value is not None})


def pages_and_titled(sections: Sequence[Section]) -> tuple[list[Section], list[Section]]:
    """The pages and slides that hold text; and the sheets, chapters and headings that have a title."""
    pages = [section for section in sections if section.kind in PAGE_KINDS and section.start < section.end]
    return pages, [section for section in sections if section.title and section.kind not in PAGE_KINDS]


def section_at(sections: Sequence[Section], place: int) -> Section | None:
    """The section that a place in the text lies in, the one that begins last where several do; `sections` by start."""
    last = bisect_right(sections, place, key=lambda section: section.start)
    return next((section for section in reversed(sections[:last]) if place < section.end), None)
