"""HTML as Markdown-like text; Word documents, e-books and mails take the same way once they are HTML."""

import re
from collections import Counter
from dataclasses import dataclass, field

from rag.formats.left_out import LeftOut, notes
from rag.formats.markdown import first_title, heading_sections
from rag.formats.parsed_document import ParsedDocument
from rag.formats.tables.table_lines import with_tables
from rag.formats.text import Decoded, decode_declared, finished, library_errors
from rag.formats.web.html_text import HtmlText

_DECLARED = re.compile(
    rb"""<meta[^>]{0,400}?charset\s*=\s*["']?\s*([a-z0-9_.:-]+)|^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([a-z0-9_.:-]+)""",
    re.IGNORECASE,
)
_DECLARATION_BYTES = 4096
# XHTML may close these at once; to a parser of HTML all that follows would be inside.
_CLOSED_AT_ONCE = re.compile(
    r"<(script|style|title|textarea|iframe|noscript|svg|nav|template|video|audio|canvas|select|object)\b([^<>]*)/>",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class HtmlPage:
    """A page's text, its tables marked for `with_tables`, and what its head says of it."""

    text: str
    title: str | None
    date: str | None
    author: str | None = None
    left_out: LeftOut = field(default_factory=Counter)


def read_html(raw: bytes) -> ParsedDocument:
    """An HTML page; its title is that of its head, or its first heading."""
    html, encoding, noted = decode_html(raw)
    page = html_page(html)
    title = page.title or first_title(page.text)
    sections = heading_sections(page.text)
    said = noted + notes(page.left_out)
    parsed = ParsedDocument(page.text, title, page.date, sections, notes=said, encoding=encoding, author=page.author)
    return finished(with_tables(parsed))


def html_page(html: str, marks_quotes: bool = False) -> HtmlPage:
    """The text of `html`, without scripts, styles and navigation; nothing outside it is loaded.

    `marks_quotes` writes the older messages that a mail quotes with > before their lines.
    """
    from lxml import etree

    if not html.strip():
        return HtmlPage("", None, None)
    with library_errors("HTML page"):
        writer = HtmlText(marks_quotes)
        # Events rather than a tree: pages nest without end, and a tree would be walked recursively.
        parser = etree.HTMLParser(target=writer, encoding="utf-8", huge_tree=True, no_network=True)
        parser.feed(_CLOSED_AT_ONCE.sub(r"<\1\2></\1>", html).encode("utf-8", "replace"))
        text = parser.close()
    return HtmlPage(text, writer.title, writer.date, writer.author, writer.left_out)


def decode_html(raw: bytes) -> Decoded:
    """A page's markup by its byte order mark, as UTF-8, by what it declares, or by what it holds."""
    declared = _DECLARED.search(raw[:_DECLARATION_BYTES])
    return decode_declared(raw, (declared.group(1) or declared.group(2)).decode() if declared else None)
