"""Plain text files."""

from rag.formats.markdown import heading_sections
from rag.formats.parsed_document import ParsedDocument, Section
from rag.formats.tables.markdown_tables import markdown_tables
from rag.formats.text import decode, finished


def read_text(raw: bytes) -> ParsedDocument:
    """A plain text file as it stands; form feeds end its pages, and lines that stand alone are headings."""
    text, encoding, notes = decode(raw)
    sections = [*(_pages(text) if "\f" in text else []), *heading_sections(text)]
    tables = markdown_tables(text)
    return finished(ParsedDocument(text, sections=sections, notes=notes, tables=tables, encoding=encoding))


def _pages(text: str) -> list[Section]:
    pages: list[Section] = []
    start = 0
    for number, page in enumerate(text.split("\f"), start=1):
        pages.append(Section("page", start, start + len(page), number))
        start += len(page) + 1
    if not text[pages[-1].start :].strip():
        pages.pop()
    return pages
