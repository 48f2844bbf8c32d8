"""The approximate FAISS index of a large collection: which kind, how widely it searches, and how it is built."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import faiss
import numpy as np

from rag.store.faiss_flat import FaissIndex, Mask, Matrix, search
from rag.store.manifest import AnnInfo

FLAT_LIMIT = 150_000
"""Vectors up to which exact search is fast enough: docs/index.md has the measurement."""

SHARE_OF_LISTS = 1 / 8
"""Part of the inverted lists that is searched. Questions lie further from passages than these from each other, so a
width that suffices for passages, which could be measured at every build, does not for them: docs/index.md."""

CANDIDATES = 200
"""Least vectors that are looked at again in full precision."""

_LISTS_PER_ROOT = 4  # lists for each square root of the vectors: FAISS's guidelines have 4 to 16
_TRAINED_PER_LIST = 64
_PROBED = 200
_AT_ONCE = 50_000


def build_ann(parts: Sequence[tuple[int, Matrix]], info: AnnInfo) -> tuple[FaissIndex, AnnInfo]:
    """An index over the vectors of consecutive `parts` (first row, float32 [n, dimension]), and what it measures.

    Inverted lists with 8-bit scalar quantisation. Its recall is measured on passages of the index.
    """
    count = sum(len(part) for _, part in parts)
    dimension = parts[0][1].shape[1]
    lists = int(_LISTS_PER_ROOT * count**0.5)
    index: FaissIndex = faiss.index_factory(dimension, f"IVF{lists},SQ8", faiss.METRIC_INNER_PRODUCT)
    index.cp.niter = 10
    index.train(_spread(parts, count, min(count, _TRAINED_PER_LIST * lists)))
    for first, vectors in _blocks(parts):
        index.add_with_ids(vectors, np.arange(first, first + len(vectors), dtype=np.int64))
    asked = _spread(parts, count, min(count, _PROBED))
    truth = _ten_nearest(parts, asked)
    rows = parts[-1][0] + len(parts[-1][1])
    info = replace(info, rows=rows, kind=f"IVF{lists},SQ8", nprobe=max(1, int(lists * SHARE_OF_LISTS)))
    return index, replace(info, recall=round(_recall(index, info, asked, truth), 4))


def nearest_approximately(
    index: FaissIndex, info: AnnInfo, query: Matrix, count: int, alive: Mask | None = None
) -> list[int]:
    """Rows among which the `count` nearest to a unit vector, float32 [dimension], are; of those that are `alive`."""
    return [row for row, _ in search(index, query, max(CANDIDATES, 2 * count), alive, nprobe=info.nprobe)]


def _blocks(parts: Sequence[tuple[int, Matrix]]) -> Iterator[tuple[int, Matrix]]:
    for first, vectors in parts:
        for start in range(0, len(vectors), _AT_ONCE):
            yield first + start, vectors[start : start + _AT_ONCE]


def _spread(parts: Sequence[tuple[int, Matrix]], count: int, wanted: int) -> Matrix:
    """`wanted` of all vectors, evenly spread."""
    chosen = np.linspace(0, count - 1, wanted).astype(np.int64) + parts[0][0]
    picked = [vectors[chosen[(chosen >= first) & (chosen < first + len(vectors))] - first] for first, vectors in parts]
    return np.concatenate(picked)


def _ten_nearest(parts: Sequence[tuple[int, Matrix]], asked: Matrix) -> list[set[int]]:
    """Rows of the ten nearest to each of `asked`, exactly."""
    best: list[list[tuple[float, int]]] = [[] for _ in asked]
    for first, vectors in _blocks(parts):
        scores = asked @ vectors.T
        for number, row in enumerate(scores):
            top = np.argsort(-row)[:10] if len(row) <= 10 else np.argpartition(-row, 10)[:10]
            best[number] = sorted(best[number] + [(float(row[i]), first + int(i)) for i in top], reverse=True)[:10]
    return [{row for _, row in ten} for ten in best]


def _recall(index: FaissIndex, info: AnnInfo, asked: Matrix, truth: list[set[int]]) -> float:
    found = [set(nearest_approximately(index, info, query, 10)) for query in asked]
    return float(np.mean([len(ten & rows) / max(1, len(ten)) for ten, rows in zip(truth, found, strict=True)]))
