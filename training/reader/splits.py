"""Which documents of the public sets the reader is trained on, tuned on, and reported on.

A document belongs to one part only. What squad2's 5 reporting articles, clapnq, inscit and other sets that are only
reported on hold is read to leave out what shares it (training/reader/overlap.py), and for nothing else.
"""

import hashlib
from collections.abc import Iterable
from typing import Literal

Part = Literal["train", "dev", "report"]

HELD_OUT: dict[str, tuple[int, int]] = {
    "squad2": (2, 0), "squad11": (1, 0), "new_wiki": (4, 8), "squad_train": (3, 0), "policyqa": (2, 0),
}  # fmt: skip
"""Of the documents of a set that has few, how many are for development and how many for reporting."""

DEV_SHARE = {
    "reddit": 0.02, "amazon": 0.02, "covidqa": 0.1, "wikitablequestions": 0.04, "tatqa": 0.1,
    "tydiqa": 0.05, "nq": 0.05, "multispanqa": 0.08, "nq_unanswerable": 0.05, "fairytaleqa": 0.06, "friendsqa": 0.1,
    "molweni": 0.1, "timeqa": 0.1, "boolq": 0.05, "sharc": 0.2,
}  # fmt: skip
"""About which share of a set's documents is for development; of sets that are in neither table, none."""


def parts(name: str, titles: Iterable[str]) -> dict[str, Part]:
    """The part of each document of the set `name`, by title: its hash decides, so that no figure could.

    The document "" is what nobody knows the document of, and always trained on.
    """
    given = set(titles)
    hashes = {title: hashlib.sha256(f"{name}/{title}".encode()).hexdigest() for title in given - {""}}
    order = sorted(hashes, key=hashes.__getitem__)
    below = int(DEV_SHARE.get(name, 0) * 2**32)
    share = sum(int(digest[:8], 16) < below for digest in hashes.values())
    dev, report = HELD_OUT.get(name, (share, 0))
    part_of: dict[str, Part] = dict.fromkeys(given, "train")
    part_of |= dict.fromkeys(order[:report], "report")
    part_of |= dict.fromkeys(order[report : report + dev], "dev")
    return part_of
