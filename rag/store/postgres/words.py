"""BM25 over postings that PostgreSQL keeps: k1 = 1.2, b = 0.75, as tantivy has them (Robertson & Zaragoza 2009)."""

from collections import defaultdict
from collections.abc import Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt

from rag.store.index_contents import Ranking, Rows
from rag.store.postgres.session import Session
from rag.store.postgres.tables import BLOCK_BITS
from rag.store.word_forms import asked_forms

K1, B = 1.2, 0.75

_BLOCK = 1 << BLOCK_BITS

Lengths = npt.NDArray[np.uint16]


class Words:
    """The full text of one state of an index, for reading.

    Postings travel to whoever asks, who ranks them: the database has the disk, those that ask have the cores.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def search(self, words: Sequence[str], count: int, among: Rows | None = None) -> Ranking:
        """Rows and BM25 of the passages that hold any of `words`, best first, ties by row; of those in `among` only."""
        forms = asked_forms(words, self._languages)
        if not forms or count < 1 or (among is not None and not len(among)):
            return []
        found = self._session.fetch(
            "SELECT form, block, places, counts FROM postings WHERE form = ANY(%s::text[])", (forms,)
        )
        by_form: dict[str, list[tuple[int, bytes, bytes]]] = defaultdict(list)
        for form, block, places, counts in found:
            by_form[form].append((block, places, counts))
        lengths = self._lengths
        scores = np.zeros(len(lengths))
        total = max(1, int(np.count_nonzero(lengths)))
        average = max(1.0, int(lengths.sum(dtype=np.int64)) / total)
        # In the order in which they are asked for, so that the same sums come out each time.
        for form in forms:
            rows, counts = _joined(by_form[form])
            idf = np.log(1 + (total - len(rows) + 0.5) / (len(rows) + 0.5))
            saturation = K1 * (1 - B + B * _rounded(lengths[rows]) / average)
            scores[rows] += idf * counts * (K1 + 1) / (counts + saturation)
        scores[self._dead] = 0
        if among is not None:
            kept = np.zeros(len(scores), dtype=bool)
            kept[among[among < len(scores)]] = True
            scores[~kept] = 0
        return _best(scores, count)

    def rows(self) -> Rows:
        """The rows of all passages that are indexed and not deleted."""
        indexed = np.flatnonzero(self._lengths)
        return np.setdiff1d(indexed, self._dead)

    @cached_property
    def _languages(self) -> list[str]:
        return [name for (name,) in self._session.fetch("SELECT name FROM languages ORDER BY name")]

    @cached_property
    def _lengths(self) -> Lengths:
        """The forms of each passage by row, one for none, 0 where there is no such passage."""
        found = self._session.fetch("SELECT block, lengths FROM lengths ORDER BY block")
        if not found:
            return np.empty(0, np.uint16)
        lengths = np.zeros((found[-1][0] + 1) * _BLOCK, np.uint16)
        for block, packed in found:
            some = np.frombuffer(packed, np.uint16)
            lengths[block * _BLOCK : block * _BLOCK + len(some)] = some
        return lengths

    @cached_property
    def _dead(self) -> Rows:
        return np.array([row for (row,) in self._session.fetch("SELECT row FROM dead ORDER BY row")], dtype=np.int64)


def _rounded(lengths: Lengths) -> npt.NDArray[np.float64]:
    """Lengths as tantivy knows them, in a byte: exact below 40, then down to 4 significant bits above 24.

    Lucene's SmallFloat.intToByte4. With it, the ranking is that of an index in a folder.
    """
    above = np.maximum(lengths.astype(np.int64) - 24, 0)
    step = 1 << np.maximum(0, np.floor(np.log2(np.maximum(above, 1))).astype(np.int64) - 3)
    return np.where(lengths < 24, lengths, 24 + above // step * step).astype(np.float64)


def _joined(blocks: Sequence[tuple[int, bytes, bytes]]) -> tuple[Rows, npt.NDArray[np.float64]]:
    """The rows that hold a form, and how often, from its blocks."""
    rows = [np.frombuffer(places, np.uint16).astype(np.int64) + block * _BLOCK for block, places, _ in blocks]
    counts = np.frombuffer(b"".join(counts for _, _, counts in blocks), np.uint8).astype(np.float64)
    return np.concatenate([np.empty(0, np.int64), *rows]), counts


def _best(scores: npt.NDArray[np.float64], count: int) -> Ranking:
    found = np.flatnonzero(scores)
    if len(found) > count:
        least = np.partition(scores[found], -count)[-count]
        found = found[scores[found] >= least]
    order = np.lexsort((found, -scores[found]))[:count]
    return [(int(row), float(scores[row])) for row in found[order]]
