"""HTML of the source panel: the list of sources, and a document with the cited range marked."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from rag.answer import Answer, Box, Citation, Passage
from rag.formats.pdf.page_picture import Picture
from rag.library.open_document import PICTURE_PIXELS, OpenDocument
from ui.common.templates import rendered
from ui.common.texts import text
from ui.viewer.places import VERSION_LENGTH, LinkedPlace, ShownPlace, place_words
from ui.viewer.routes import PAGE_PATH, TEXT_PATH
from ui.viewer.text_html import around_html, excerpt_of, page_html

NEAREST_SHOWN = 3


@dataclass(frozen=True, slots=True)
class PageView:
    """The picture of a page, and the boxes to be drawn on it."""

    number: int
    picture: Picture
    boxes: list[Box]


def sources_html(turn: int, answer: Answer) -> Markup:
    """The list of what an answer cites, or of the nearest passages under a refusal; each opens its document."""
    if answer.refused:
        heading, kind = text("viewer.nearest"), "passage"
        found: Sequence[Citation | Passage] = answer.passages[:NEAREST_SHOWN]
    else:
        heading, kind, found = text("viewer.sources"), "citation", answer.citations
    return rendered(
        "viewer/sources.html.j2",
        turn=turn,
        heading=heading,
        kind=kind,
        places=found,
        place_words=place_words,
        quote_of=_excerpt,
    )


def _excerpt(place: Citation | Passage) -> str:
    """What a place says, without the signs that its format has for headings, lists and tables."""
    said = place.quote if isinstance(place, Citation) else place.text
    return excerpt_of(said, Path(place.document).suffix.lstrip(".").lower())


def document_html(
    document: OpenDocument,
    at: Citation,
    pages: Sequence[PageView],
    note: str,
    place: ShownPlace | None = None,
    among: int = 0,
) -> Markup:
    """A document with the range of `at` marked in its surroundings, with its pages where there are pictures.

    The first of `pages` is shown, with the boxes of each; which of the others is drawn the page of the window asks for.
    """
    where = text("viewer.range", document=at.document, start=f"{at.start:,}", end=f"{at.end:,}")
    page = f"{text('chat.page', page=at.page)}, " if at.page else ""
    also = f" {text('viewer.also', documents=', '.join(at.also))}" if at.also else ""
    said = around_html(document, (at.start, at.end), (at.start, at.end))
    link = LinkedPlace(document.id, at.start, at.end, document.sha256[:VERSION_LENGTH]).query(document.collection)
    return _document_html(document, page + where + also, note, said, pages, place, among, link)


def library_document_html(document: OpenDocument, page: int, pages: Sequence[PageView], note: str) -> Markup:
    """A document of the library, opened at a page, with nothing marked."""
    return _document_html(document, document.id, note, page_html(document, page), pages)


def _document_html(
    document: OpenDocument,
    where: str,
    note: str,
    said: Markup,
    pages: Sequence[PageView],
    place: ShownPlace | None = None,
    among: int = 0,
    link: str = "",
) -> Markup:
    return rendered(
        "viewer/document.html.j2",
        document=document,
        where=where,
        note=note,
        said=said,
        pages=pages,
        boxes=[(page.number, _box_style(box, page.picture)) for page in pages for box in page.boxes],
        place=place,
        among=among,
        link=link,
        page_address=f"{PAGE_PATH}?{document.address}",
        text_address=f"{TEXT_PATH}?{document.address}",
        pixels=PICTURE_PIXELS,
    )


def _box_style(box: Box, picture: Picture) -> str:
    """Where a box lies on the picture of its page, whatever the size that this is shown in."""
    return (
        f"left:{100 * box.left / picture.page_width:.3f}%;top:{100 * box.top / picture.page_height:.3f}%;"
        f"width:{100 * (box.right - box.left) / picture.page_width:.3f}%;"
        f"height:{100 * (box.bottom - box.top) / picture.page_height:.3f}%"
    )
