"""Curves through what was measured of each engine, and how well the smaller points foretell the largest."""

from collections.abc import Callable, Mapping, Sequence
from math import log
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import nnls

from rag.store.faiss_ivf import FLAT_LIMIT, lists_of, lists_searched

Point = Mapping[str, float]
"""What was measured at a size, or a size alone: `passages`, and `lists` where it has others than a new index has."""

Basis = Sequence[Callable[[Point], float]]


def _one(point: Point) -> float:
    return 1.0


def _each(point: Point) -> float:
    return point["passages"]


def _log(point: Point) -> float:
    return log(point["passages"])


def _compared(point: Point) -> float:
    """Vectors that a question is compared with in full precision."""
    return point["passages"] if point["passages"] <= FLAT_LIMIT else 0.0


def scanned(point: Point) -> float:
    """Codes in inverted lists that a question is compared with, by the product's own rules."""
    passages = point["passages"]
    if passages <= FLAT_LIMIT:
        return 0.0
    lists = point.get("lists", lists_of(int(passages)))
    return passages * lists_searched(int(lists)) / lists


def _coded(point: Point) -> float:
    """Vectors in inverted lists."""
    return point["passages"] if point["passages"] > FLAT_LIMIT else 0.0


BASES: dict[str, dict[str, Basis]] = {
    "folder": {
        "folder_mb": (_one, _each),
        "words_and_ann_mb": (_each, _coded),
        "build_core_s": (_one, _each, _coded),
        "build_memory_mb": (_one, _coded),
        "dense_p95_ms": (_one, _compared, scanned),
        "words_p95_ms": (_one, _each),
        "rest_p95_ms": (_one, _log),
    },
    "pgvector": {
        "folder_mb": (_one, _each),
        "words_and_ann_mb": (_one, _each),
        "build_core_s": (_one, lambda point: point["passages"] * log(point["passages"])),
        "dense_p95_ms": (_one, _log),
        "words_p95_ms": (_one, _each),
        "rest_p95_ms": (_one, _log),
    },
}
"""What each quantity of an engine is taken to be a sum of, each part with a weight that is not negative.

`folder_mb` is all that lies on the disk, `words_and_ann_mb` what a question reads of everywhere and so has to be in
memory, `build_core_s` the seconds of all cores that making the index takes, embedding aside, `build_memory_mb` the
memory for it that is not of mapped files. The 95th percentile of finding passages, `p95_ms`, is taken for the sum of
those of both rankings and of the rest: embedding the question and fetching passages.
"""

PARTS_OF_A_QUESTION = ("dense_p95_ms", "words_p95_ms", "rest_p95_ms")


class Fit(NamedTuple):
    """A curve through measured points."""

    basis: Basis
    weights: Sequence[float]

    def at(self, passages: float) -> float:
        """The quantity at a size."""
        return self.at_point({"passages": passages})

    def at_point(self, point: Point) -> float:
        """The quantity of an index like that of a measured point."""
        return float(sum(weight * part(point) for weight, part in zip(self.weights, self.basis, strict=True)))


class Check(NamedTuple):
    """The largest measured point of a quantity, and what the others foretell of it."""

    engine: str
    quantity: str
    passages: int
    predicted: float
    measured: float

    @property
    def error(self) -> float:
        """As a share of what was measured."""
        return self.predicted / self.measured - 1


def fit(points: Sequence[Point], quantity: str, basis: Basis) -> Fit:
    """The curve with the least squares of relative errors through the points that have `quantity`."""
    known = [point for point in points if quantity in point]
    measured = np.array([point[quantity] for point in known])
    parts = np.array([[part(point) for part in basis] for point in known])
    # Divided by their size, so that none is lost in rounding; what no point has gets no weight.
    sizes = np.abs(parts).max(axis=0)
    sizes[sizes == 0] = 1
    weights, _ = nnls(parts / sizes / measured[:, None], np.ones(len(known)))
    return Fit(basis, (weights / sizes).tolist())


def with_rest(points: Sequence[Point]) -> list[Point]:
    """The points, with what a question takes beside the two rankings where all of it was measured."""
    return [
        {**point, "rest_p95_ms": max(0.1, point["p95_ms"] - point["dense_p95_ms"] - point["words_p95_ms"])}
        if {"p95_ms", *PARTS_OF_A_QUESTION[:2]} <= point.keys()
        else point
        for point in points
    ]


def fits(engine: str, points: Sequence[Point]) -> dict[str, Fit]:
    """A curve for each quantity of `engine` that two points at least have."""
    return {
        quantity: fit(points, quantity, basis)
        for quantity, basis in BASES[engine].items()
        if sum(quantity in point for point in points) >= 2
    }


def checks(measured: Mapping[str, Any]) -> list[Check]:
    """What the smaller points of each engine foretell of the largest."""
    found = []
    for engine, points in measured["engines"].items():
        for quantity, basis in BASES[engine].items():
            *smaller, largest = sorted((p for p in with_rest(points) if quantity in p), key=_each) or [{}]
            if len(smaller) >= 2:
                curve = fit(smaller, quantity, basis)
                found.append(Check(engine, quantity, largest["passages"], curve.at_point(largest), largest[quantity]))
        whole = [point for point in points if "p95_ms" in point]
        if len(whole) > 2:
            *smaller, largest = sorted(whole, key=_each)
            predicted = sum(curve.at_point(largest) for curve in _parts(fits(engine, with_rest(smaller))))
            found.append(Check(engine, "p95_ms", largest["passages"], predicted, largest["p95_ms"]))
    return found


def _parts(curves: Mapping[str, Fit]) -> list[Fit]:
    return [curves[name] for name in PARTS_OF_A_QUESTION]


def p95_ms(curves: Mapping[str, Fit], passages: float) -> float:
    """Of finding passages among so many."""
    return sum(curve.at(passages) for curve in _parts(curves))
