"""Lists that passages introduce: a sentence that ends with a colon, and its items."""

import re

from rag.text.markdown_syntax import BULLET, NUMBER
from rag.text.sentences import Span, sentence_spans

MOST_ITEMS = 12
"""Items of a list that an answer shows at most."""

_ITEM = re.compile(rf"[ \t]*(?:{BULLET}|•|{NUMBER})\s+")
_LEADS = (":", "：")

IntroducedList = tuple[Span, list[Span]]
"""The sentence that introduces a list, and its items."""


def list_around(passage: str, sentence: Span, language: str | None = None) -> IntroducedList | None:
    """The sentence that introduces the list that `sentence` leads in or is an item of, and the items; None for none.

    Ranges count in the passage and hold no markers of items.
    """
    spans = sentence_spans(passage, language)
    at = next((number for number, (start, end) in enumerate(spans) if start <= sentence[0] < end), None)
    if at is None:
        return None
    while at > 0 and is_item(passage, spans[at]):
        at -= 1
    lead = spans[at]
    items: list[Span] = []
    for span in spans[at + 1 :]:
        if is_item(passage, span):
            items.append(without_marker(passage, span))
        elif items and "\n\n" not in passage[items[-1][1] : span[0]]:
            items[-1] = (items[-1][0], span[1])
        else:
            break
    return (lead, items) if len(items) > 1 and passage[slice(*lead)].rstrip("*_ ").endswith(_LEADS) else None


def without_marker(passage: str, span: Span) -> Span:
    """The range of an item without its bullet or number."""
    marker = _ITEM.match(passage, *span)
    return (marker.end(), span[1]) if marker and marker.end() < span[1] else span


def is_item(passage: str, span: Span) -> bool:
    """Whether a sentence begins an item of a list."""
    line = passage.rfind("\n", 0, span[0]) + 1
    return _ITEM.match(passage, line) is not None and not passage[line : span[0]].strip(" \t-*+•0123456789.)")
