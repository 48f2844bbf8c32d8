"""The headings that a place in a text stands under, as Markdown writes them."""

import re
from collections import deque
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rag.text.markdown_syntax import HEADING, UNDERLINED, underlined_level

LOWEST = 7
"""Level of a heading without number signs, which stands under those that have some."""

_LINE = re.compile(rf"^(?P<signs>{HEADING})[ \t]+(?P<title>.+)$|{UNDERLINED}", re.MULTILINE)


class Heading(NamedTuple):
    """A heading: its level, 1 for the highest, and its title."""

    level: int
    title: str

    def __str__(self) -> str:
        return f"{'#' * self.level} {self.title}"


def nested(path: Sequence[Heading], heading: Heading) -> list[Heading]:
    """Of the headings that stand over a place, those that `heading`, which follows, stands under too; and itself."""
    return [*(above for above in path if above.level < heading.level), heading]


def level_at(text: str, place: int) -> int:
    """The level of the heading that begins at a place in `text`, LOWEST where it has no sign of one."""
    line = _LINE.match(text, place)
    return _of(line).level if line else LOWEST


def as_title(headings: str) -> str:
    """Lines of headings as one title: Pumps – Pump K7 – Care."""
    return " – ".join(_of(line).title for line in _LINE.finditer(headings))


def titles_over(places: Sequence[int], text: str, above: str = "", between: str = " ") -> Iterator[str]:
    """For each place in `text`, in order, the titles of what it stands under, where `above` are the headings over all.

    Headings are lines that begin with number signs; `between` parts titles.
    """
    path: list[Heading] = []
    for line in _LINE.finditer(above):
        path = nested(path, _of(line))
    lines = deque(_LINE.finditer(text))
    for place in places:
        while lines and lines[0].start() < place:
            line = lines.popleft()
            path = nested(path, _of(line))
        yield between.join(heading.title for heading in path)


def _of(line: re.Match[str]) -> Heading:
    if line["underlined"]:
        return Heading(underlined_level(line), line["underlined"].strip())
    return Heading(len(line["signs"]), line["title"])
