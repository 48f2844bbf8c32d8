"""What of a file is left out or cannot be read, counted, and the sentences that say so."""

from collections import Counter

STRUCK = "struck-out passage{s} left out"
HIDDEN = "hidden passage{s} left out"
CHART = "chart{s} not read"
DIAGRAM = "SmartArt diagram{s} not read"
REPEATED = "line{s} that pages repeat at their edges left out"
OBJECT = "embedded object{s} not read"

LeftOut = Counter[str]
"""Counts by what they are of, as above."""


def notes(left_out: LeftOut) -> list[str]:
    """A sentence for each kind: 2 charts not read."""
    return [f"{count} {what.format(s='s' if count > 1 else '')}." for what, count in sorted(left_out.items()) if count]
