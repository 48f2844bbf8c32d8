"""PDFs: their text by page, and where each character stands."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from rag.errors import DocumentError
from rag.formats.left_out import REPEATED, STRUCK, LeftOut, notes
from rag.formats.parsed_document import Boxes, ParsedDocument, Section
from rag.formats.pdf import ocr
from rag.formats.pdf.annotations import read_annotations, with_marks, without_marks
from rag.formats.pdf.characters import read_characters
from rag.formats.pdf.headings import outlined, set_apart
from rag.formats.pdf.layout import goes_on, lay_out, settle_hyphens
from rag.formats.pdf.page_edges import Page, without_repeated
from rag.formats.pdf.raised import with_raised
from rag.formats.pdf.rules import read_rules
from rag.formats.tables.markdown_tables import markdown_tables
from rag.formats.text import finished, headed, iso_day, library_errors, one_line
from rag.formats.titles import own_title

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfPage

_DAY = re.compile(r"(?:D:)?(\d{4})-?(\d\d)-?(\d\d)")
_FIRST_YEAR = "1993"
"""The format's own; dates before it come from clocks that were never set."""
_MOST_LISTED = 10
_SHORTEST_LAST_LINES = 40
"""Characters; what is shorter at the end of a page is its number or footer."""


def read_pdf(raw: bytes) -> ParsedDocument:
    """The text of a PDF with its pages, its headings (rag.formats.pdf.headings), and boxes by page.

    Pages without text are read from their pictures where the extra ocr is installed. Raises DocumentError for a PDF
    that is encrypted or damaged, or where no page can be read.
    """
    import pypdfium2

    if not raw.strip():
        return finished(ParsedDocument(""))
    if b"%PDF-" not in raw[:1024]:
        raise DocumentError("not a PDF. Check where it comes from, or give it the suffix of what it is.")
    with library_errors("PDF"):
        try:
            document = pypdfium2.PdfDocument(raw)
        except pypdfium2.PdfiumError as error:
            is_refused = error.err_code in (pypdfium2.raw.FPDF_ERR_PASSWORD, pypdfium2.raw.FPDF_ERR_SECURITY)
            # The code may be that of an earlier file.
            if is_refused and b"/Encrypt" in raw:
                raise DocumentError("encrypted. Save it without a password.") from None
            raise
        with document:
            return finished(_read(document))


def _read(document: "PdfDocument") -> ParsedDocument:
    laid_out: list[Page] = []
    laid_below: list[list[str]] = []
    bold: list[frozenset[tuple[int, int]]] = []
    unread: list[int] = []
    left_out: LeftOut = Counter()
    for number, page in enumerate(_pages(document), start=1):
        characters, laid_over = read_characters(page), read_annotations(page)
        if len(laid_over.struck):
            left_out[STRUCK] += len(laid_over.struck)
            characters = with_marks(characters, laid_over.struck)
        characters = with_raised(characters)
        if not characters.visible and _shows_something(page):
            characters = ocr.read_characters(page) if ocr.is_installed() else characters
            unread += [] if characters.visible else [number]
        text, boxes = lay_out(characters, partial(read_rules, page))
        text, boxes = without_marks(text, boxes) if len(laid_over.struck) else (text, boxes)
        laid_out.append((text, boxes))
        bold.append(characters.bold)
        laid_below.append(laid_over.lines)
    if unread and not any(text for text, _ in laid_out) and not any(laid_below):
        raise DocumentError(ocr.NO_WORDS if ocr.is_installed() else ocr.NOT_INSTALLED)
    laid_out, left_out[REPEATED] = without_repeated(laid_out)
    laid_out = settle_hyphens([_followed_by(lines, *page) for lines, page in zip(laid_below, laid_out, strict=True)])
    text, pages = _joined([text for text, _ in laid_out])
    headings = outlined(document.get_toc(), text, pages)
    headings = headings or set_apart(laid_out, bold, [page.start for page in pages])
    return ParsedDocument(
        text,
        title=own_title(_or_nothing(document.get_metadata_value, "Title")),
        date=_date(document),
        author=one_line(_or_nothing(document.get_metadata_value, "Author")) or None,
        sections=[*pages, *headed(headings, len(text))],
        boxes={number: boxes for number, (_, boxes) in enumerate(laid_out, start=1) if len(boxes)},
        notes=[*([_unread_note(unread, len(laid_out))] if unread else []), *notes(left_out)],
        tables=markdown_tables(text),
    )


def _followed_by(lines: list[str], text: str, boxes: Boxes) -> tuple[str, Boxes]:
    """A page with what is laid over it below, which stands nowhere."""
    if not lines:
        return text, boxes
    added = ("\n\n" if text else "") + "\n\n".join(lines)
    return text + added, np.concatenate([boxes, np.zeros((len(added), 4), np.uint16)])


def _unread_note(unread: list[int], pages: int) -> str:
    listed = ", ".join(map(str, unread[:_MOST_LISTED])) + (", …" if len(unread) > _MOST_LISTED else "")
    advice = "" if ocr.is_installed() else f" {ocr.ADVICE}"
    return f"{len(unread)} of its {pages} pages hold pictures and no text ({listed}), and were not read.{advice}"


def _pages(document: "PdfDocument") -> Iterator["PdfPage"]:
    for index in range(len(document)):
        page = document[index]
        yield page
        # Else a long document would be held whole.
        page.close()


def _shows_something(page: "PdfPage") -> bool:
    import pypdfium2.raw as pdfium

    return bool(pdfium.FPDFPage_CountObjects(page.raw))


def _joined(pages: list[str]) -> tuple[str, list[Section]]:
    """The pages as one text, and the range of each; a paragraph that goes on over a page's end stays one."""
    parts: list[str] = []
    sections: list[Section] = []
    end, last_lines = 0, ""
    for number, page in enumerate(pages, start=1):
        if page and last_lines:
            breaks_off = len(last_lines) >= _SHORTEST_LAST_LINES and goes_on(last_lines, page)
            parts.append("\n" if breaks_off else "\n\n")
            end += len(parts[-1])
        parts.append(page)
        sections.append(Section("page", end, end + len(page), number=number))
        end += len(page)
        last_lines = page.rpartition("\n\n")[2] or last_lines
    return "".join(parts), sections


def _date(document: "PdfDocument") -> str | None:
    for key in ("CreationDate", "ModDate"):
        match = _DAY.match(_or_nothing(document.get_metadata_value, key))
        day = iso_day("-".join(match.groups())) if match else None
        if day and day >= _FIRST_YEAR:
            return day
    return None


def _or_nothing(read: Callable[..., str], *arguments: str) -> str:
    """What `read` returns; nothing where that is no UTF-16, so that a bad title costs the title only."""
    try:
        return read(*arguments)
    except UnicodeDecodeError:
        return ""
