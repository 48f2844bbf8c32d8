"""HTML of a document's text: a window of it, page by page, with ways to go on at either end."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup

from rag.formats.parsed_document import Section
from rag.library.open_document import OpenDocument
from ui.common.templates import rendered
from ui.viewer.formatted import formatted_html, unformatted

CONTEXT_CHARACTERS = 20_000
"""Characters of a document that are shown on either side of a place."""

Range = tuple[int, int]

_PLAIN_TYPES = {"txt", "pdf"}


@dataclass(frozen=True, slots=True)
class Leaf:
    """What is shown of a page or slide, or of a document without any; `begins` where its beginning is."""

    kind: str
    number: int | None
    begins: bool
    said: Markup


def around_html(document: OpenDocument, place: Range, cited: Range | None = None) -> Markup:
    """The text around a range, from and to a line's end where one is near; `cited` is marked in it."""
    return _window_html(document, _surroundings(document.text, *place), cited)


def before_html(document: OpenDocument, end: int) -> Markup:
    """What comes before a place that is shown already."""
    first, _ = _surroundings(document.text, end, end)
    return _window_html(document, (first, end), goes_on=True)


def after_html(document: OpenDocument, start: int) -> Markup:
    """What comes after a place that is shown already."""
    _, last = _surroundings(document.text, start, start)
    return _window_html(document, (start, last), is_gone_on=True)


def page_html(document: OpenDocument, number: int) -> Markup:
    """The text around the beginning of a page or slide, or of the document where it has none of that number."""
    start = next((page.start for page in document.pages if page.number == number), 0)
    return around_html(document, (start, start))


def _window_html(
    document: OpenDocument,
    window: Range,
    cited: Range | None = None,
    goes_on: bool = False,
    is_gone_on: bool = False,
) -> Markup:
    first, last = window
    return rendered(
        "viewer/text.html.j2",
        leaves=_leaves(document, window, cited),
        first=first,
        last=last,
        cut_before=0 if is_gone_on else first,
        cut_after=0 if goes_on else len(document.text) - last,
    )


def excerpt_of(said: str, type: str) -> str:
    """Part of a document of a type, in one line, without the signs of its format."""
    return unformatted(said, *_format_of(type))


def _format_of(type: str) -> tuple[bool, bool]:
    """Whether texts of a type have headings, lists and code, and whether they have emphasis and links."""
    return type not in _PLAIN_TYPES, type == "md"


def _leaves(document: OpenDocument, window: Range, cited: Range | None) -> Iterator[Leaf]:
    """The pages in a window of the text; what stands between two belongs to the one before."""
    starts = [0, *(page.start for page in document.pages[1:]), len(document.text)]
    pages: Sequence[Section | None] = document.pages or [None]
    for page, (start, end) in zip(pages, pairwise(starts), strict=True):
        first, last = max(start, window[0]), min(end, window[1])
        if first > last or (first == last and not window[0] <= start < window[1]):
            continue
        said = formatted_html(
            document.text[first:last],
            _within(cited, first, last),
            *_format_of(document.type),
            is_first=cited is not None and first <= cited[0],
        )
        if page is None:
            yield Leaf("", None, False, said)
        else:
            yield Leaf(page.kind, page.number, first == start, said)


def _within(cited: Range | None, first: int, last: int) -> Range | None:
    """The part of a range that lies between two places, counted from the first."""
    if cited is None:
        return None
    start, end = max(cited[0], first), min(cited[1], last)
    return (start - first, end - first) if start < end or (cited[0] == cited[1] == start == end) else None


def _surroundings(whole: str, start: int, end: int) -> Range:
    """The range that is shown, from and to a line's end where one is near, but never no more than is given."""
    first, last = max(0, start - CONTEXT_CHARACTERS), min(len(whole), end + CONTEXT_CHARACTERS)
    if first:
        first = max(first, whole.find("\n", first, start - 1) + 1)
    if last < len(whole):
        line_end = whole.rfind("\n", end + 1, last)
        last = line_end if line_end > 0 else last
    return first, last
