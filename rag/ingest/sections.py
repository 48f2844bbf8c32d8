"""Where in a document's pages and sections its passages lie."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence

from llama_index.core.schema import BaseNode, TextNode

from rag.formats.parsed_document import Section
from rag.metadata import HEADINGS, PAGE, SECTION, add_metadata
from rag.text.headings import Heading, level_at, nested

PAGE_KINDS = ("page", "slide")

_LONGEST = 200
"""Characters of headings that a passage is read under."""


def place_nodes(nodes: Sequence[BaseNode], sections: Sequence[Section], text: str) -> None:
    """Say in the metadata of nodes which page or slide of `text` they begin on, and under which headings."""
    pages, titled = pages_and_titled(sections)
    paths = list(_paths(titled, text))
    for node in nodes:
        start = getattr(node, "start_char_idx", None) or 0
        page, section = section_at(pages, start), section_at(titled, start)
        found = {PAGE: page and page.number, SECTION: section and section.title}
        add_metadata(node, {key: value for key, value in found.items() if value is not None})
        above = bisect_left(paths, start, key=lambda path: path[0]) - 1
        if above >= 0 and isinstance(node, TextNode):
            node.metadata[HEADINGS] = paths[above][1]
            node.excluded_llm_metadata_keys.append(HEADINGS)
            node.text_template, node.metadata_template = "{metadata_str}\n{content}", "{value}"


def _paths(titled: Sequence[Section], text: str) -> Iterator[tuple[int, str]]:
    """Where each titled section begins, and the headings that what it holds stands under, a line each."""
    path: list[Heading] = []
    for section in titled:
        # Sheets and chapters hold headings, and have no signs.
        level = level_at(text, section.start) if section.kind == "heading" else 1
        path = nested(path, Heading(level, section.title or ""))
        kept = path
        while len(kept) > 1 and sum(len(heading.title) for heading in kept) > _LONGEST:
            kept = kept[1:]
        yield section.start, "\n".join(map(str, kept))[:_LONGEST]


def pages_and_titled(sections: Sequence[Section]) -> tuple[list[Section], list[Section]]:
    """The pages and slides that hold text; and the sheets, chapters and headings that have a title."""
    pages = [section for section in sections if section.kind in PAGE_KINDS and section.start < section.end]
    return pages, [section for section in sections if section.title and section.kind not in PAGE_KINDS]


def section_at(sections: Sequence[Section], place: int) -> Section | None:
    """The section that a place in the text lies in, the one that begins last where several do; `sections` by start."""
    last = bisect_right(sections, place, key=lambda section: section.start)
    return next((section for section in reversed(sections[:last]) if place < section.end), None)
