"""Which documents of the public sets the reader is trained on, tuned on, and reported on.

A document belongs to one part only. What squad2's 5 reporting articles, clapnq, inscit and other sets that are only
reported on hold is read to leave out what shares it (training/reader/overlap.py), and for nothing else.
"""

import hashlib
from collections.abc import Iterable
from typing import Literal

Part = Literal["train", "dev", "report"]

HELD_OUT: dict[str, tuple[int, int]] = {
    "squad2": (2, 0), "squad11": (1, 0), "new_wiki": (4, 8), "squad_train": (3, 0),
    "reddit": (40, 0), "amazon": (40, 0), "policyqa": (2, 0), "covidqa": (10, 0),
}  # fmt: skip
"""Of the documents of a set, how many are for development and how many for reporting; of other sets, none."""


def parts(name: str, titles: Iterable[str]) -> dict[str, Part]:
    """The part of each document of the set `name`, by title: an order by hash decides, so that no figure could.

    The document "" is what nobody knows the document of, and always trained on.
    """
    dev, report = HELD_OUT.get(name, (0, 0))
    given = set(titles)
    order = sorted(given - {""}, key=lambda title: hashlib.sha256(f"{name}/{title}".encode()).hexdigest())
    part_of: dict[str, Part] = dict.fromkeys(given, "train")
    part_of |= dict.fromkeys(order[:report], "report")
    part_of |= dict.fromkeys(order[report : report + dev], "dev")
    return part_of
