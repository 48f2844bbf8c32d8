"""Which documents of the public sets the reader is trained on, tuned on, and reported on.

A document belongs to one part only. Squad2's 5 reporting articles, clapnq, inscit and the seeds are read by no module
of training/reader.
"""

import hashlib
from collections.abc import Iterable
from typing import Literal

Part = Literal["train", "dev", "report"]

HELD_OUT: dict[str, tuple[int, int]] = {"squad2": (2, 0), "squad11": (1, 0), "new_wiki": (4, 8)}
"""Of the documents of a set, how many are for development and how many for reporting; of other sets, none."""


def parts(name: str, titles: Iterable[str]) -> dict[str, Part]:
    """The part of each document of the set `name`, by title: an order by hash decides, so that no figure could."""
    dev, report = HELD_OUT.get(name, (0, 0))
    order = sorted(set(titles), key=lambda title: hashlib.sha256(f"{name}/{title}".encode()).hexdigest())
    return {
        title: "report" if place < report else "dev" if place < report + dev else "train"
        for place, title in enumerate(order)
    }
