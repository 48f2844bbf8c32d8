"""Word documents, by way of HTML."""

import io

from rag.formats.archive import core_properties, open_zip
from rag.formats.html import html_page
from rag.formats.markdown import first_title, heading_sections
from rag.formats.parsed_document import ParsedDocument
from rag.formats.table_lines import with_tables
from rag.formats.text import finished, library_errors

# A table of contents repeats the headings, with page numbers that lead nowhere here.
_STYLES = "\n".join(
    [
        "p[style-name='Title'] => h1:fresh",
        "p[style-name^='toc '] => !",
        "p[style-name='Quote'] => blockquote > p:fresh",
    ]
)


def read_docx(raw: bytes) -> ParsedDocument:
    """A Word document: body, tables, text boxes, footnotes and endnotes; no pictures, headers and footers."""
    import mammoth

    with open_zip(raw, ".docx", "Word document", "word/") as archive, library_errors("Word document"):
        title, date = core_properties(archive)
        html = mammoth.convert_to_html(
            io.BytesIO(raw), style_map=_STYLES, convert_image=mammoth.images.img_element(lambda image: {})
        ).value
    text = html_page(html).text
    return finished(with_tables(ParsedDocument(text, title or first_title(text), date, heading_sections(text))))
