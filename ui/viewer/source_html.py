"""HTML of the source panel: the list of sources, and a document with the cited range marked."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from rag.answer import Answer, Box, Citation, Passage
from rag.formats.pdf.page_picture import Picture
from ui.common.templates import rendered
from ui.common.texts import text
from ui.viewer.formatted import formatted_html
from ui.viewer.places import ShownPlace, place_words

CONTEXT_CHARACTERS = 20_000
"""Characters of a document that are shown on either side of a cited range."""

NEAREST_SHOWN = 3
_PLAIN_TYPES = {"txt", "pdf"}


@dataclass(frozen=True, slots=True)
class PageView:
    """The picture of a page, and the boxes to be drawn on it."""

    number: int
    picture: Picture
    boxes: list[Box]


def sources_html(turn: int, answer: Answer) -> Markup:
    """The list of what an answer cites, or of the nearest passages under a refusal; each opens its document."""
    if answer.refused:
        heading, kind = text("chat.nearest"), "passage"
        found: Sequence[Citation | Passage] = answer.passages[:NEAREST_SHOWN]
    else:
        heading, kind, found = text("chat.sources"), "citation", answer.citations
    return rendered(
        "viewer/sources.html.j2",
        turn=turn,
        heading=heading,
        kind=kind,
        places=found,
        place_words=place_words,
        quote_of=lambda place: place.quote if isinstance(place, Citation) else place.text,
    )


def document_html(
    at: Citation, whole: str, kind: str, pages: Sequence[PageView], note: str, place: ShownPlace, among: int
) -> Markup:
    """A document with the range of `at` marked in its surroundings, its pages beside it where there are pictures."""
    first, last = _surroundings(whole, at.start, at.end)
    where = text("chat.range", document=at.document, start=f"{at.start:,}", end=f"{at.end:,}")
    page = f"{text('chat.page', page=at.page)}, " if at.page else ""
    also = f" {text('chat.also', documents=', '.join(at.also))}" if at.also else ""
    return rendered(
        "viewer/document.html.j2",
        at=at,
        place=place,
        among=among,
        where=page + where + also,
        note=note,
        pages=pages,
        data_url=_data_url,
        box_style=_box_style,
        cut_before=first,
        said=formatted_html(
            whole[first:last], at.start - first, at.end - first, kind not in _PLAIN_TYPES, kind == "md"
        ),
        cut_after=len(whole) - last,
    )


def _surroundings(whole: str, start: int, end: int) -> tuple[int, int]:
    """The range that is shown, from and to a line's end where one is near."""
    first, last = max(0, start - CONTEXT_CHARACTERS), min(len(whole), end + CONTEXT_CHARACTERS)
    if first:
        first = max(first, whole.find("\n", first, start) + 1)
    if last < len(whole):
        line_end = whole.rfind("\n", end, last)
        last = line_end if line_end > 0 else last
    return first, last


def _data_url(picture: Picture) -> str:
    return f"data:{picture.media_type};base64,{base64.b64encode(picture.data).decode('ascii')}"


def _box_style(box: Box, picture: Picture) -> str:
    """Where a box lies on the picture of its page, whatever the size that this is shown in."""
    return (
        f"left:{100 * box.left / picture.page_width:.3f}%;top:{100 * box.top / picture.page_height:.3f}%;"
        f"width:{100 * (box.right - box.left) / picture.page_width:.3f}%;"
        f"height:{100 * (box.bottom - box.top) / picture.page_height:.3f}%"
    )
