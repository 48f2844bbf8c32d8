"""Where in a document's pages and sections its passages lie."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence

from llama_index.core.schema import BaseNode, TextNode

from rag.formats.parsed_document import Section
from rag.metadata import HEADED, HEADINGS, PAGE, SECTION, add_metadata
from rag.text.headings import Heading, nested

PAGE_KINDS = ("page", "slide")

_LONGEST = 200
"""Characters of headings that a passage is read under."""


def place_nodes(nodes: Sequence[BaseNode], sections: Sequence[Section]) -> None:
    """Say in the metadata of nodes on which page or slide they begin, under which headings, and which they hold."""
    pages, titled = pages_and_titled(sections)
    paths, starts = list(paths_of(titled)), [part.start for part in titled]
    for node in nodes:
        start, end = getattr(node, "start_char_idx", None) or 0, getattr(node, "end_char_idx", None) or 0
        page, section = section_at(pages, start), section_at(titled, start)
        inside = titled[bisect_left(starts, start) : bisect_left(starts, end)]
        found = {
            PAGE: page and page.number,
            SECTION: section and section.title,
            HEADED: [(part.start - start, part.level, part.title) for part in inside] or None,
        }
        add_metadata(node, {key: value for key, value in found.items() if value is not None})
        last = bisect_right(starts, start) - 1
        above = [] if last < 0 else paths[last][:-1] if inside and inside[0].start == start else paths[last]
        if above and isinstance(node, TextNode):
            node.metadata[HEADINGS] = _lines(above)
            node.excluded_llm_metadata_keys.append(HEADINGS)
            node.text_template, node.metadata_template = "{metadata_str}\n{content}", "{value}"


def paths_of(titled: Iterable[Section]) -> Iterator[list[Heading]]:
    """The headings that what each of the titled sections holds stands under, the outermost first, its own last."""
    path: list[Heading] = []
    begins = -1
    for section in titled:
        if section.start != begins or path[-1].title != section.title:  # a chapter that begins with its heading
            path = nested(path, Heading(section.level, section.title or ""))
        begins = section.start
        yield path


def path_to(titled: Sequence[Section], part: Section) -> list[Heading]:
    """The headings that what a titled section holds stands under, the outermost first, its own last."""
    return next(path for path, section in zip(paths_of(titled), titled, strict=True) if section is part)


def _lines(path: Sequence[Heading]) -> str:
    """Headings, a line each, the innermost of them where they are too long."""
    while len(path) > 1 and sum(len(heading.title) for heading in path) > _LONGEST:
        path = path[1:]
    return "\n".join(map(str, path))[:_LONGEST]


def pages_and_titled(sections: Sequence[Section]) -> tuple[list[Section], list[Section]]:
    """The pages and slides that hold text; and the slides, sheets, chapters and headings that have a title."""
    pages = [section for section in sections if section.kind in PAGE_KINDS and section.start < section.end]
    titled = [section for section in sections if section.title]
    return pages, sorted(titled, key=lambda section: section.start)


def section_at(sections: Sequence[Section], place: int) -> Section | None:
    """The section that a place in the text lies in, the one that begins last where several do; `sections` by start."""
    last = bisect_right(sections, place, key=lambda section: section.start)
    return next((section for section in reversed(sections[:last]) if place < section.end), None)
