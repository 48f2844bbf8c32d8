"""The formats that are read: READERS, by suffix."""

from collections.abc import Callable

from rag.formats.csv_table import read_csv
from rag.formats.json_lines import read_json, read_json_lines
from rag.formats.mail.eml import read_eml
from rag.formats.markdown import read_markdown
from rag.formats.office.docx import read_docx
from rag.formats.office.pptx import read_pptx
from rag.formats.office.xlsx import read_xlsx
from rag.formats.parsed_document import ParsedDocument
from rag.formats.pdf.reader import read_pdf
from rag.formats.text import read_text
from rag.formats.web.epub import read_epub
from rag.formats.web.html import read_html

READERS: dict[str, Callable[[bytes], ParsedDocument]] = {
    ".csv": read_csv,
    ".tsv": read_csv,
    ".docx": read_docx,
    ".eml": read_eml,
    ".epub": read_epub,
    ".htm": read_html,
    ".html": read_html,
    ".json": read_json,
    ".jsonl": read_json_lines,
    ".md": read_markdown,
    ".pdf": read_pdf,
    ".pptx": read_pptx,
    ".txt": read_text,
    ".xlsx": read_xlsx,
}
"""What reads a file, by its suffix in lower case."""
