"""HTML of the source panel: the list of sources, and a document with the cited range marked."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from rag.answer import Answer, Box, Citation, Passage
from rag.formats.page_picture import Picture
from ui.common.escape import inert
from ui.common.texts import text
from ui.viewer.formatted import formatted_html
from ui.viewer.places import Place, place_words

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


def sources_html(turn: int, answer: Answer) -> str:
    """The list of what an answer cites, or of the nearest passages under a refusal; each opens its document."""
    if answer.refused:
        heading, kind = text("chat.nearest"), "passage"
        found: Sequence[Citation | Passage] = answer.passages[:NEAREST_SHOWN]
    else:
        heading, kind, found = text("chat.sources"), "citation", answer.citations
    items = "".join(_item(f"{turn}:{kind}:{place}", place + 1, where) for place, where in enumerate(found))
    return f'<h2>{inert(heading)}</h2><ol class="sources">{items}</ol>'


def _item(place: str, number: int, where: Citation | Passage) -> str:
    quote = where.quote if isinstance(where, Citation) else where.text
    return (
        f'<li><button type="button" class="source" data-open="{place}">'
        f'<strong><span class="number">{number}</span> {inert(place_words(where))}</strong>'
        f"<q>{inert(quote)}</q></button></li>"
    )


def document_html(
    at: Citation, whole: str, kind: str, pages: Sequence[PageView], note: str, place: Place, among: int
) -> str:
    """A document with the range of `at` marked in its surroundings, its pages beside it where there are pictures."""
    first, last = _surroundings(whole, at.start, at.end)
    before = f'<p class="cut">{inert(text("chat.cut_before", count=f"{first:,}"))}</p>' if first else ""
    after = f'<p class="cut">{inert(text("chat.cut_after", count=f"{len(whole) - last:,}"))}</p>'
    said = formatted_html(whole[first:last], at.start - first, at.end - first, kind not in _PLAIN_TYPES, kind == "md")
    where = text("chat.range", document=at.document, start=f"{at.start:,}", end=f"{at.end:,}")
    page = f"{text('chat.page', page=at.page)}, " if at.page else ""
    also = f" {text('chat.also', documents=', '.join(at.also))}" if at.also else ""
    pictures = "".join(_page_html(view) for view in pages)
    return (
        f'<div class="heading"><h2>{inert(at.title)}</h2>{_steps_html(place, among)}</div>'
        f'<p class="place">{inert(page + where + also)}</p>'
        + (f'<p class="place" role="status">{inert(note)}</p>' if note else "")
        + f'<div class="view{" paged" if pages else ""}">'
        + (f'<div class="pages" tabindex="0" role="region" aria-label="{inert(text("chat.pages"))}">{pictures}</div>')
        * bool(pages)
        + f'<div class="document" tabindex="0" role="region" aria-label="{inert(at.title)}">'
        f"{before}{said}{after if last < len(whole) else ''}</div></div>"
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


def _steps_html(place: Place, among: int) -> str:
    """To the citation before and after this one."""
    if among < 2:
        return ""
    steps = []
    for label, number in (("previous", place.number - 1), ("next", place.number + 1)):
        to = f' data-open="{place.turn}:{place.kind}:{number}"' if 0 <= number < among else " disabled"
        name = inert(text(f"chat.{label}"))
        arrow = "‹" if label == "previous" else "›"
        steps.append(f'<button type="button" class="tool" aria-label="{name}" title="{name}"{to}>{arrow}</button>')
    count = inert(text("chat.step", number=place.number + 1, count=among))
    return f'<div class="steps">{steps[0]}<span>{count}</span>{steps[1]}</div>'


def _page_html(view: PageView) -> str:
    picture = view.picture
    source = f"data:{picture.media_type};base64,{base64.b64encode(picture.data).decode('ascii')}"
    boxes = "".join(
        '<span class="box" style="'
        f"left:{100 * box.left / picture.page_width:.3f}%;top:{100 * box.top / picture.page_height:.3f}%;"
        f"width:{100 * (box.right - box.left) / picture.page_width:.3f}%;"
        f'height:{100 * (box.bottom - box.top) / picture.page_height:.3f}%"></span>'
        for box in view.boxes
    )
    label = inert(text("chat.page_picture", page=view.number))
    return f'<div class="page"><img src="{source}" alt="{label}">{boxes}</div>'
