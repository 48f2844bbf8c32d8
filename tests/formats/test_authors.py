"""Who wrote a document, as its file says of itself."""

import pytest

from rag.formats.markdown import front_matter, read_markdown
from rag.formats.parsed_document import ParsedDocument
from rag.formats.readers import READERS
from tests import small_files
from tests.small_files import docx_of, docx_paragraph, epub_of, html, mail, pdf, xlsx_of

CORE = (
    '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"'
    ' xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:creator>Ann Moor</dc:creator></cp:coreProperties>'
)
PROPERTIES = {"docProps/core.xml": CORE}
OPF = (
    '<package version="3.0" xmlns="http://www.idpf.org/2007/opf" unique-identifier="id">'
    '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:identifier id="id">1</dc:identifier>'
    "<dc:title>Lights</dc:title><dc:creator>Ann Moor</dc:creator></metadata>"
    '<manifest><item id="one" href="one.xhtml" media-type="application/xhtml+xml"/></manifest>'
    '<spine><itemref idref="one"/></spine></package>'
)
PAGE = '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><body><p>It is lit.</p></body></html>'
MATTER = "---\ntitle: Lights\nauthor: Ann Moor\ndate: 2024-05-17\n---\n\nIt is lit.\n"


def pdf_by_ann() -> bytes:
    whole = pdf("It is lit.").replace(b"/Root 1 0 R", b"/Root 1 0 R/Info 6 0 R")
    return whole.replace(b"xref\n", b"6 0 obj<</Author(Ann Moor)>> endobj\nxref\n", 1)


@pytest.mark.parametrize(
    ("suffix", "raw"),
    [
        (".docx", docx_of(docx_paragraph("It is lit."), more=PROPERTIES)),
        (".xlsx", xlsx_of('<row r="1"><c r="A1"><v>1</v></c></row>', more=PROPERTIES)),
        (".html", b"<head><meta name=author content='Ann Moor'></head><p>It is lit."),
        (".epub", epub_of(PAGE, more={"book.opf": OPF})),
        (".md", MATTER.encode()),
        (".pdf", pdf_by_ann()),
    ],
)
def test_the_author_is_read(suffix: str, raw: bytes) -> None:
    assert READERS[suffix](raw).author == "Ann Moor"


def test_a_mail_is_by_its_sender() -> None:
    parsed: ParsedDocument = READERS[".eml"](mail("It is lit."))
    assert parsed.author == "a@example.org"


@pytest.mark.parametrize("suffix", [".docx", ".html", ".epub", ".pdf", ".txt", ".md"])
def test_where_a_file_names_none_there_is_none(suffix: str) -> None:
    name = suffix.removeprefix(".")
    raw = getattr(small_files, name)("It is lit.") if hasattr(small_files, name) else b"It is lit.\n"
    assert READERS[suffix](raw if suffix != ".html" else html("It is lit.")).author is None


def test_front_matter_gives_title_and_day_too() -> None:
    parsed = read_markdown(MATTER.encode())
    assert (parsed.title, parsed.date) == ("Lights", "2024-05-17")
    assert parsed.text == MATTER


@pytest.mark.parametrize(
    "text",
    [
        "---\n[not: yaml\n---\n",
        "---\n- a\n- list\n---\n",
        "---\nauthor: 5\n---\n",
        "---\nauthor: Ann",
        "text\n---\nauthor: Ann\n---\n",
        "---\nauthor: &a [*a]\n---\n",
        "---\ndate: 2024-99-99\n---\n",
        "",
    ],
)
def test_what_is_no_front_matter_says_nothing(text: str) -> None:
    assert front_matter(text) == (None, None, None)


def test_several_authors_are_named_together() -> None:
    assert front_matter("---\nauthors: [Ann Moor, Ben Ray]\n---\n")[2] == "Ann Moor, Ben Ray"
