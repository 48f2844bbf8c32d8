"""Raised and lowered characters of a PDF's page, by their size and where they stand beside the others of a line."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from rag.formats.pdf.characters import HYPHEN, LINE_END, Characters
from rag.formats.raised import lowered, raised

_SMALL = 0.8
"""Part of the height of a line that what is raised has at most."""
_DESCENT = 0.18
"""Part of a character's height that lies below its baseline."""
_RAISED, _LOWERED = 0.14, 0.07
"""Heights of a line by which it stands above or below the baseline at least."""
_NEAR = 0.2
"""Heights of a line between it and what it is raised beside at most."""
_LONGEST = 8


def with_raised(page: Characters) -> Characters:
    """`page` with raised and lowered characters as Unicode has them, or after a sign that says so: 450¹, CO₂."""
    heights = page.boxes[:, 3] - page.boxes[:, 1]
    changes = {start: (end, text) for start, end, text in _changes(page, heights)}
    if not changes:
        return page
    characters: list[str] = []
    boxes: list[npt.NDArray[np.float32]] = []
    nowhere = np.zeros((1, 4), np.float32)
    at = 0
    for start in [*sorted(changes), len(page.characters)]:
        characters += page.characters[at:start]
        boxes.append(page.boxes[at:start])
        at = start
        if start in changes:
            at, text = changes[start]
            before = max(0, len(text) - (at - start))
            characters += text
            boxes += [nowhere] * before + [page.boxes[start : start + len(text) - before]]
    return Characters(characters, np.concatenate(boxes), page.bold)


def _changes(page: Characters, heights: npt.NDArray[np.float32]) -> Iterator[tuple[int, int, str]]:
    """Start, end and new text of each raised or lowered run."""
    ends = [at for at, character in enumerate(page.characters) if character in (LINE_END, HYPHEN)]
    starts = np.array([0, *(end + 1 for end in ends)], np.intp)
    starts = starts[starts < len(heights)]
    if not len(starts):
        return
    is_seen = heights > 0
    smallest = np.minimum.reduceat(np.where(is_seen, heights, np.inf), starts)
    largest = np.maximum.reduceat(heights, starts)
    for line in np.flatnonzero(smallest < _SMALL * largest):
        end = starts[line + 1] - 1 if line + 1 < len(starts) else len(heights)
        seen = [
            at for at in range(starts[line], end) if is_seen[at] and page.characters[at] not in (" ", LINE_END, HYPHEN)
        ]
        if len(seen) > 1:
            yield from _of_line(page, heights, np.array(seen, np.intp))


def _of_line(
    page: Characters, heights: npt.NDArray[np.float32], seen: npt.NDArray[np.intp]
) -> Iterator[tuple[int, int, str]]:
    height = float(np.median(heights[seen]))
    is_full = heights[seen] >= _SMALL * height
    bottom = float(np.median(page.boxes[seen[is_full], 3]))
    above = (bottom - page.boxes[seen, 3] - (height - heights[seen]) * _DESCENT) / height
    kinds = np.where(is_full, 0, np.where(above > _RAISED, 1, np.where(above < -_LOWERED, -1, 0)))
    place = 1
    while place < len(seen):
        stop = place + 1
        while stop < len(seen) and kinds[stop] == kinds[place] and seen[stop] == seen[stop - 1] + 1:
            stop += 1
        first, last = int(seen[place]), int(seen[stop - 1])
        gap = float(page.boxes[first, 0] - page.boxes[first - 1, 2])
        is_beside = seen[place - 1] == first - 1 and kinds[place - 1] == 0 and abs(gap) < _NEAR * height
        if kinds[place] and is_beside and stop - place <= _LONGEST:
            text = "".join(page.characters[first : last + 1])
            moved = (raised if kinds[place] > 0 else lowered)(text)
            if moved != text and (len(moved) == len(text) or moved.endswith(text)):
                yield first, last + 1, moved
        place = stop
