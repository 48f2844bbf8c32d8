"""The headings that a place in a text stands under, written as Markdown writes them."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

LOWEST = 7
"""Level of a heading without number signs, which stands under those that have some."""

_LINE = re.compile(r"^(?P<signs>#+)[ \t]+(?P<title>.+)$", re.MULTILINE)


class Heading(NamedTuple):
    """A heading: its level, 1 for the highest, and its title."""

    level: int
    title: str

    def __str__(self) -> str:
        return f"{'#' * self.level} {self.title}"


def nested(path: Sequence[Heading], heading: Heading) -> list[Heading]:
    """Of the headings that stand over a place, those that `heading`, which follows, stands under too; and itself."""
    return [*(above for above in path if above.level < heading.level), heading]


def path_of(headings: str) -> list[Heading]:
    """Lines of headings, outermost first, as what follows them stands under them."""
    return [Heading(len(line["signs"]), line["title"]) for line in _LINE.finditer(headings)]


def as_title(headings: str) -> str:
    """Lines of headings as one title: Pumps – Pump K7 – Care."""
    return " – ".join(heading.title for heading in path_of(headings))


def as_path(titles: Sequence[str], document: str) -> str:
    """What is shown of the titles of a place, outermost first: Deck crew › Leave; without its document's own above."""
    return " › ".join(titles[1:] if len(titles) > 1 and titles[0] == document else titles)


def below_others(headings: Sequence[Heading]) -> list[Heading]:
    """Headings of one level, those whose titles come again a level below the others: each crew has its "Leave"."""
    times = Counter(heading.title for heading in headings)
    if min(times.values(), default=2) > 1:
        return list(headings)
    return [Heading(level + (times[title] > 1), title) for level, title in headings]
