"""Lines that pages repeat at their upper or lower edge: running heads, feet, page numbers."""

import re
from collections import defaultdict
from collections.abc import Callable, Sequence

from rag.formats.parsed_document import Boxes

LEAST_PAGES = 3
"""Pages that must have the same line at the same edge."""

LEAST_SHARE = 0.25
"""Share of the pages that have any text, likewise: left and right pages may differ, and chapters."""

_MOST_LINES = 2
"""Lines at an edge that may be repeated ones."""

_LINE = re.compile(r"[^\n]*[^\s][^\n]*")
_NUMBER = re.compile(r"\d+")

Page = tuple[str, Boxes]


def without_repeated(pages: Sequence[Page]) -> tuple[list[Page], int]:
    """The pages without the lines that they repeat, each line left once where it stands first; how many lines went.

    Of a foot one number may be the page's, of a head nothing may differ: that of a lesson stands there too. A table's
    header, which its pages repeat to be understood, stays.
    """
    kept, dropped = list(pages), 0
    for keys, edge in ((_of_head, 0), (_of_foot, -1)):
        for _ in range(_MOST_LINES):
            numbers = _repeated(kept, keys, edge)
            for number in numbers:
                kept[number] = _without(kept[number], edge)
            dropped += len(numbers)
    return kept, dropped


def _repeated(pages: Sequence[Page], keys: Callable[[str, int], list[str]], edge: int) -> set[int]:
    """The pages whose line at an edge stands at that of others, less the first that has it."""
    having: defaultdict[str, list[int]] = defaultdict(list)
    filled = 0
    for number, (text, _) in enumerate(pages):
        lines = _LINE.findall(text)
        filled += bool(lines)
        if len(lines) > 1 and not lines[edge].lstrip().startswith("|"):
            for key in keys(lines[edge], number):
                having[key].append(number)
    least = max(LEAST_PAGES, LEAST_SHARE * filled)
    return {number for numbers in having.values() if len(numbers) >= least for number in numbers[1:]}


def _of_head(line: str, page: int) -> list[str]:
    return [" ".join(line.split())]


def _of_foot(line: str, page: int) -> list[str]:
    """The line as it is, and with each of its numbers in turn as how far it is from the page's."""
    (alike,) = _of_head(line, page)
    numbers = _NUMBER.finditer(alike)
    return [alike, *(f"{alike[: n.start()]}#{int(n[0]) - page}{alike[n.end() :]}" for n in numbers)]


def _without(page: Page, edge: int) -> Page:
    text, boxes = page
    lines = list(_LINE.finditer(text))
    if edge == 0:
        start = lines[1].start()
        return text[start:], boxes[start:]
    end = lines[-2].end()
    return text[:end], boxes[:end]
