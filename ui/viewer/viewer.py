"""The source panel: what an answer rests on, and a document opened at the exact place."""

import hashlib
from functools import lru_cache
from pathlib import Path

from markupsafe import Markup

from rag.answer import Answer, Citation, Passage
from rag.answering.locations import placed
from rag.engine import CitedQueryEngine
from rag.errors import DocumentError, RagError
from rag.formats.pdf.page_picture import Picture, page_picture
from ui.common.notices import notice_html
from ui.common.texts import text
from ui.viewer.places import ShownPlace
from ui.viewer.source_html import PageView, document_html

PICTURE_PIXELS = 1100
"""Width of a page's picture: sharp where the panel is as wide as it gets on most screens."""

MOST_PAGES = 2
"""Pages shown of a citation that goes on over several."""

_PICTURES_KEPT = 32


def view_html(engine: CitedQueryEngine, answer: Answer, place: ShownPlace) -> Markup:
    """The document that a place is in, with its range marked; a message where it is not there any more."""
    among = place.among(answer)
    if not 0 <= place.number < len(among):
        return notice_html(text("chat.gone"))
    try:
        at = _citation(among[place.number], engine)
        document = engine.document(at.document)
    except RagError:
        return notice_html(text("chat.gone"))
    if document.text[at.start : at.end] != at.quote:
        return notice_html(text("chat.changed", document=at.title))
    pages, note = _pages(engine, at, document.metadata["sha256"])
    return document_html(at, document.text, document.metadata["type"], pages, note, place, len(among))


def _citation(place: Citation | Passage, engine: CitedQueryEngine) -> Citation:
    """A passage is shown as a citation of the whole of it."""
    if isinstance(place, Citation):
        return place
    title = engine.document(place.document).metadata["title"]
    found = Citation(0, place.document, title, place.page, place.start, place.end, place.text, also=place.also)
    return placed(found, engine.store)


def _pages(engine: CitedQueryEngine, at: Citation, sha256: str) -> tuple[list[PageView], str]:
    """The pictures of the pages that a citation of a PDF stands on, and why there are none, if there should be."""
    numbers = sorted({box.page for box in at.boxes})[:MOST_PAGES]
    if not numbers:
        return [], ""
    try:
        pictures = [_picture(Path(engine.store.manifest.folder) / at.document, sha256, number) for number in numbers]
    except DocumentError as error:
        return [], text("chat.no_picture", reason=str(error))
    return [
        PageView(number, picture, [box for box in at.boxes if box.page == number])
        for number, picture in zip(numbers, pictures, strict=True)
    ], ""


@lru_cache(_PICTURES_KEPT)
def _picture(file: Path, sha256: str, page: int) -> Picture:
    """The picture of a page of the file that was indexed. Raises DocumentError where it is another one now."""
    try:
        raw = file.read_bytes()
    except OSError:
        raise DocumentError(text("chat.file_gone", file=file)) from None
    if hashlib.sha256(raw).hexdigest() != sha256:
        raise DocumentError(text("chat.file_changed", file=file))
    return page_picture(raw, page, PICTURE_PIXELS)
