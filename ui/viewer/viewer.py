"""The viewer: a document opened at the exact place that an answer rests on, or at a page of it."""

from collections.abc import Sequence

from markupsafe import Markup

from rag.answer import Answer, Box, Citation, Passage
from rag.answering.locations import placed
from rag.engine import CitedQueryEngine
from rag.errors import DocumentError, RagError
from rag.library.open_document import OpenDocument
from ui.common.notices import notice_html
from ui.common.said import translated
from ui.common.texts import text
from ui.viewer.places import LinkedPlace, ShownPlace
from ui.viewer.source_html import PageView, document_html, library_document_html

MOST_PAGES = 2
"""Pages on which boxes are drawn, of a citation that goes on over several."""


def view_html(engine: CitedQueryEngine, answer: Answer, place: ShownPlace) -> Markup:
    """The document that a place is in, with its range marked; a message where it is not there any more."""
    among = place.among(answer)
    if not 0 <= place.number < len(among):
        return notice_html(text("chat.gone"))
    try:
        at = _citation(among[place.number], engine)
        document = OpenDocument.of(engine, at.document)
    except RagError:
        return notice_html(text("chat.gone"))
    if document.text[at.start : at.end] != at.quote:
        return notice_html(text("viewer.changed", document=document.title))
    return _cited_html(document, at, place, len(among))


def linked_view_html(engine: CitedQueryEngine, place: LinkedPlace) -> Markup:
    """The document that an address names, with its range marked; a message where it is not there any more."""
    try:
        document = OpenDocument.of(engine, place.document)
        if not document.sha256.startswith(place.version):
            return notice_html(text("viewer.changed", document=document.title))
        start, end = sorted(min(at, len(document.text)) for at in (place.start, place.end))
        quote = document.text[start:end]
        at = placed(Citation(0, document.id, document.title, None, start, end, quote), engine.store)
    except RagError:
        return notice_html(text("viewer.not_there", document=place.document))
    return _cited_html(document, at)


def library_view_html(engine: CitedQueryEngine, document_id: str, page: int = 1) -> Markup:
    """A document of the library, opened at a page; a message where it is not there any more."""
    try:
        document = OpenDocument.of(engine, document_id)
    except RagError:
        return notice_html(text("viewer.not_there", document=document_id))
    pages, note = _pages(document, [page], ())
    return library_document_html(document, page, pages, note)


def _cited_html(document: OpenDocument, at: Citation, place: ShownPlace | None = None, among: int = 0) -> Markup:
    numbers = sorted({box.page for box in at.boxes})[:MOST_PAGES]
    pages, note = _pages(document, numbers or [at.page or 1], at.boxes)
    return document_html(document, at, pages, note, place, among)


def _citation(place: Citation | Passage, engine: CitedQueryEngine) -> Citation:
    """A passage is shown as a citation of the whole of it."""
    if isinstance(place, Citation):
        return place
    title = engine.document(place.document).metadata["title"]
    found = Citation(0, place.document, title, place.page, place.start, place.end, place.text, also=place.also)
    return placed(found, engine.store)


def _pages(document: OpenDocument, numbers: Sequence[int], boxes: Sequence[Box]) -> tuple[list[PageView], str]:
    """Pages of a PDF with those of the boxes that are on them, and why there are none, if there should be."""
    if not document.has_pictures:
        return [], ""
    try:
        pictures = [document.picture(number) for number in numbers]
    except DocumentError as error:
        return [], text("viewer.no_picture", reason=translated(str(error)))
    return [
        PageView(number, picture, [box for box in boxes if box.page == number])
        for number, picture in zip(numbers, pictures, strict=True)
    ], ""
