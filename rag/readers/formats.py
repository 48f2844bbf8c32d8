"""The formats that are read: READERS, by suffix."""

from collections.abc import Callable

from rag.readers.csv_table import read_csv
from rag.readers.docx import read_docx
from rag.readers.eml import read_eml
from rag.readers.epub import read_epub
from rag.readers.html import read_html
from rag.readers.json_lines import read_json, read_json_lines
from rag.readers.markdown import read_markdown
from rag.readers.pdf import read_pdf
from rag.readers.pptx import read_pptx
from rag.readers.reading import Reading
from rag.readers.text import read_text
from rag.readers.xlsx import read_xlsx

READERS: dict[str, Callable[[bytes], Reading]] = {
    ".csv": read_csv,
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
