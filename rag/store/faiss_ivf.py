"""The approximate FAISS index of a large collection: which kind, how widely it searches, and how it is built."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

import faiss
import numpy as np

from rag.store.faiss_flat import FaissIndex, Matrix, Selector, search, vectors_of
from rag.store.manifest import AnnInfo

FLAT_LIMIT = 150_000
"""Vectors up to which exact search is fast enough: docs/index.md has the measurement."""

SHARE_OF_LISTS = 1 / 8
"""Part of the inverted lists that is searched. Questions lie further from passages than these from each other, so a
width that suffices for passages, which could be measured at every build, does not for them: docs/index.md."""

MOST_SEARCHED = 500
"""Lists beyond which more are not worth their time: those of a million vectors. Of ten million, docs/scale.md."""

CANDIDATES = 200
"""Least vectors that are looked at again in full precision."""

_LISTS_PER_ROOT = 4  # lists for each square root of the vectors: FAISS's guidelines have 4 to 16
_TRAINED_PER_LIST = 64
_ROUNDS = 10  # of k-means
_MOST_GROWTH = 2
_MOST_COMPARED = 4_000
"""Lists up to which comparing with all of them is the fastest way to find a vector's: those of a million vectors."""
_NEIGHBOURS, _EXPLORED = 32, 64  # of the graph that finds it among more: in .998 of cases the same
_PROBED = 200
_AT_ONCE = 50_000


def build_ann(
    parts: Sequence[tuple[int, Matrix]], info: AnnInfo, before: Path | None = None
) -> tuple[FaissIndex, AnnInfo]:
    """An index over the vectors of consecutive `parts` (first row, float32 [n, dimension]), and what it measures.

    Inverted lists with 8-bit scalar quantisation. Its recall is measured on passages of the index. The index in the
    file `before`, over the first of these vectors, is added to, unless they have become twice as many since its lists
    were made.
    """
    count = sum(len(part) for _, part in parts)
    # In memory, not mapped: nothing can be added to what is mapped.
    index: FaissIndex = faiss.read_index(str(before)) if before else None
    if index is None or count > _MOST_GROWTH * (index.nlist / _LISTS_PER_ROOT) ** 2:
        index = _trained(parts, count)
    _add(index, parts)
    asked = _spread(parts, count, min(count, _PROBED))
    truth = _ten_nearest(parts, asked)
    rows = parts[-1][0] + len(parts[-1][1])
    info = replace(info, rows=rows, kind=f"IVF{index.nlist},SQ8", nprobe=lists_searched(index.nlist))
    return index, replace(info, recall=round(_recall(index, info, asked, truth), 4))


def lists_of(count: int) -> int:
    """How many inverted lists are made for so many vectors."""
    return int(_LISTS_PER_ROOT * count**0.5)


def lists_searched(lists: int) -> int:
    """How many of so many inverted lists are searched."""
    return min(MOST_SEARCHED, max(1, int(lists * SHARE_OF_LISTS)))


def nearest_approximately(
    index: FaissIndex, info: AnnInfo, query: Matrix, count: int, alive: Selector | None = None
) -> list[int]:
    """Rows among which the `count` nearest to a unit vector, float32 [dimension], are; of those that are `alive`."""
    return [row for row, _ in search(index, query, max(CANDIDATES, 2 * count), alive, nprobe=info.nprobe)]


def _trained(parts: Sequence[tuple[int, Matrix]], count: int) -> FaissIndex:
    """An empty index whose lists are made for `count` vectors as those of `parts`."""
    lists = lists_of(count)
    index: FaissIndex = faiss.index_factory(parts[0][1].shape[1], f"IVF{lists},SQ8", faiss.METRIC_INNER_PRODUCT)
    index.cp.niter = _ROUNDS
    sample = _spread(parts, count, min(count, _TRAINED_PER_LIST * lists))
    if lists > _MOST_COMPARED:
        # FAISS takes the centres that are there, and trains the codes alone.
        index.quantizer.add(centres(sample, lists))
    index.train(sample)
    return index


def centres(sample: Matrix, count: int) -> Matrix:
    """Centres of `count` clusters of unit vectors, float32 [count, dimension], by k-means on two levels.

    Its cost goes with the root of `count`: with 12,650 clusters a tenth of that of one level.
    """
    coarse = faiss.Kmeans(sample.shape[1], int(count**0.5), niter=_ROUNDS, spherical=True)
    coarse.train(sample)
    _, nearest = coarse.assign(sample)
    ends = np.cumsum(np.bincount(nearest, minlength=coarse.k))
    shares = np.diff(ends * count // len(sample), prepend=0)
    found = []
    for members, share in zip(np.split(np.argsort(nearest, kind="stable"), ends[:-1]), shares.tolist(), strict=True):
        if share:
            fine = faiss.Kmeans(sample.shape[1], share, niter=_ROUNDS, spherical=True, min_points_per_centroid=1)
            fine.train(sample[members])
            found.append(cast(Matrix, fine.centroids))
    return np.concatenate(found)


def _add(index: FaissIndex, parts: Sequence[tuple[int, Matrix]]) -> None:
    """Put those vectors of `parts` that come after what is in `index` into it."""
    near = None
    if index.nlist > _MOST_COMPARED:
        near = faiss.IndexHNSWFlat(index.d, _NEIGHBOURS, faiss.METRIC_INNER_PRODUCT)
        near.add(vectors_of(faiss.downcast_index(index.quantizer)))
        near.hnsw.efSearch = _EXPLORED
    known = parts[0][0] + index.ntotal
    for first, block in _blocks(parts):
        rows = np.arange(max(first, known), first + len(block), dtype=np.int64)
        if not len(rows):
            continue
        vectors = np.ascontiguousarray(block[-len(rows) :])
        if near is None:
            index.add_with_ids(vectors, rows)
        else:
            lists = np.ascontiguousarray(near.search(vectors, 1)[1].ravel())
            index.add_core(len(rows), *(faiss.swig_ptr(values) for values in (vectors, rows, lists)))


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
