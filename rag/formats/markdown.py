"""Markdown, and the headings of any text written like it."""

import re
from collections import Counter
from collections.abc import Iterator

from rag.formats.left_out import STRUCK
from rag.formats.left_out import notes as notes_on
from rag.formats.markdown_struck import without_struck
from rag.formats.parsed_document import ParsedDocument, Section
from rag.formats.tables.line_search import matches_at_lines
from rag.formats.tables.markdown_tables import markdown_tables
from rag.formats.text import decode, finished
from rag.text.markdown_syntax import CODE_FENCE, HEADING, UNDERLINED, underlined_level

_MARKED_LINE = re.compile(
    rf"^(?: {{0,3}}(?P<level>{HEADING})[ \t](?P<title>.*)|[ \t]*{CODE_FENCE})|{UNDERLINED}", re.MULTILINE
)
_MARKUP = re.compile(r"\*\*|__|`|!?\[([^\[\]\n]*)\]\([^()\n]*\)")


def read_markdown(raw: bytes) -> ParsedDocument:
    """A Markdown file as it stands, less what is struck out; its title is the first heading of the top level."""
    text, encoding, notes = decode(raw)
    text, struck = without_struck(text)
    notes += notes_on(Counter({STRUCK: struck}))
    sections, tables = heading_sections(text), markdown_tables(text)
    return finished(ParsedDocument(text, first_title(text), None, sections, {}, notes, tables, encoding))


def heading_sections(text: str) -> list[Section]:
    """What each Markdown heading of `text` stands over, from its own line to the next heading's or the end."""
    found = [(start, title) for start, _, title in _headings(text) if title]
    starts = [start for start, _ in found]
    ends = [*starts[1:], len(text)]
    return [Section("heading", start, end, title=title) for (start, title), end in zip(found, ends, strict=False)]


def first_title(text: str) -> str | None:
    """The first heading of the top level, or None."""
    return next((title for _, level, title in _headings(text) if level == 1 and title), None)


def _headings(text: str) -> Iterator[tuple[int, int, str]]:
    """Start, level and title of each heading line outside fenced code."""
    open_fence: str | None = None
    may_have_others = any(sign in text for sign in ("```", "~~~", "\n---", "\n==="))
    for line in _MARKED_LINE.finditer(text) if may_have_others else matches_at_lines(_MARKED_LINE, text, "#"):
        level, title, fence, underlined = line.group("level", "title", "fence", "underlined")
        if open_fence is None and fence is None:
            depth = underlined_level(line) if underlined else len(level)
            yield line.start(), depth, _heading_title(underlined or title)
        elif open_fence is None:
            open_fence = fence
        elif fence is not None and fence.startswith(open_fence):
            open_fence = None


def _heading_title(text: str) -> str:
    """A heading's text without its markup and the number signs that may close it."""
    title = text.strip()
    unclosed = title.rstrip("#")
    if not unclosed or unclosed[-1].isspace():
        title = unclosed.rstrip()
    return _MARKUP.sub(r"\1", title).strip()
