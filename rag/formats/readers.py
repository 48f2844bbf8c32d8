"""The formats that are read: READERS, by suffix."""

import gc
from collections.abc import Callable
from functools import wraps

from rag.formats.csv_table import read_csv
from rag.formats.json_lines import read_json, read_json_lines
from rag.formats.mail.eml import read_eml
from rag.formats.markdown import read_markdown
from rag.formats.office.docx import read_docx
from rag.formats.office.pptx import read_pptx
from rag.formats.office.xlsx import read_xlsx
from rag.formats.parsed_document import ParsedDocument
from rag.formats.pdf.reader import read_pdf
from rag.formats.text_file import read_text
from rag.formats.web.epub import read_epub
from rag.formats.web.html import read_html

Reader = Callable[[bytes], ParsedDocument]


def uncollected(read: Reader) -> Reader:
    """`read`, for a format that makes many objects and no cycles, which the collector would look through often."""

    @wraps(read)
    def reading(raw: bytes) -> ParsedDocument:
        was_enabled = gc.isenabled()
        gc.disable()
        try:
            return read(raw)
        finally:
            if was_enabled:
                gc.enable()

    return reading


READERS: dict[str, Reader] = {
    ".csv": uncollected(read_csv),
    ".tsv": uncollected(read_csv),
    ".docx": read_docx,
    ".eml": read_eml,
    ".epub": read_epub,
    ".htm": read_html,
    ".html": read_html,
    ".json": uncollected(read_json),
    ".jsonl": uncollected(read_json_lines),
    ".md": uncollected(read_markdown),
    ".pdf": read_pdf,
    ".pptx": read_pptx,
    ".txt": read_text,
    ".xlsx": uncollected(read_xlsx),
}
"""What reads a file, by its suffix in lower case."""
