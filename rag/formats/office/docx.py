"""Word documents, by way of HTML."""

import io
from zipfile import ZipFile

from rag.formats.archive import core_properties, open_zip
from rag.formats.left_out import LeftOut, notes
from rag.formats.markdown import first_title, heading_sections
from rag.formats.office.word_parts import with_all_in_body
from rag.formats.parsed_document import ParsedDocument
from rag.formats.tables.table_lines import with_tables
from rag.formats.text import finished, library_errors
from rag.formats.web.html import html_page

# A table of contents repeats the headings, with page numbers that lead nowhere here.
_STYLES = "\n".join(
    [
        "p[style-name='Title'] => h1:fresh",
        "p[style-name^='toc '] => !",
        "p[style-name='Quote'] => blockquote > p:fresh",
    ]
)


def read_docx(raw: bytes) -> ParsedDocument:
    """A Word document: headers, body, tables, text boxes, charts, footers, comments and notes; no pictures."""
    import mammoth

    with open_zip(raw, ".docx", "Word document", "word/") as archive, library_errors("Word document"):
        title, date, author = core_properties(archive)
        packed, left_out = _prepared(archive, raw)
        html = mammoth.convert_to_html(
            packed, style_map=_STYLES, convert_image=mammoth.images.img_element(lambda image: {})
        ).value
    text = html_page(html).text
    sections = heading_sections(text)
    parsed = ParsedDocument(text, title or first_title(text), date, sections, notes=notes(left_out), author=author)
    return finished(with_tables(parsed))


def _prepared(archive: ZipFile, raw: bytes) -> tuple[io.BytesIO, LeftOut]:
    from lxml import etree

    try:
        return with_all_in_body(archive)
    except (etree.XMLSyntaxError, KeyError):
        # The text itself is damaged or missing, which mammoth names.
        return io.BytesIO(raw), LeftOut()
