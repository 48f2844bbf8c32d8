"""What 10^6 to 10^10 passages need: machines, memory, hours of ingestion, seconds of a question, by engine.

`python -m benchmarks.simulate_scale` reads what was measured (scale_measured.json), fits a curve to each quantity of
each engine on all points but the largest, prints what it predicts for that one beside what was measured, and then the
plan, from curves through all points. No figure of the plan beyond the largest point is measured: docs/scale.md.
"""

import argparse
import json
from collections.abc import Callable, Mapping, Sequence
from math import ceil, log
from pathlib import Path
from statistics import NormalDist
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import nnls

from rag.store.faiss_ivf import FLAT_LIMIT, lists_of, lists_searched

MEASURED = Path(__file__).with_name("scale_measured.json")
SIZES = tuple(10**power for power in range(6, 11))

CORES, MEMORY_GB, DISK_GB = 16, 64.0, 4_000.0
"""Of a machine of the plan."""

MEASURED_CORES = 2

LONGEST_MS = 500.0
"""95th percentile of finding passages beyond which a machine holds too many."""

NETWORK_MS = 2.0
"""Of asking other machines and waiting for them: assumed."""

HOURS_OF_MONTH = 730

Point = Mapping[str, float]
"""What was measured at a size, or a size alone: `passages`, and `lists` where it has others than a new index has."""

Basis = Sequence[Callable[[Point], float]]


def _one(point: Point) -> float:
    return 1.0


def _each(point: Point) -> float:
    return point["passages"]


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


def _listed(point: Point) -> float:
    """What finding the lists of all vectors grows with: there are more with the root of the vectors."""
    return point["passages"] ** 1.5 if point["passages"] > FLAT_LIMIT else 0.0


BASES: dict[str, dict[str, Basis]] = {
    "folder": {
        "folder_mb": (_one, _each),
        "words_and_ann_mb": (_each, _coded),
        "build_core_s": (_one, _each, _listed),
        "build_memory_mb": (_one, _coded),
        "dense_p95_ms": (_one, _compared, scanned),
        "words_p95_ms": (_one, _each),
        "p95_ms": (_one, _compared, scanned, _each),
    },
    "pgvector": {
        "folder_mb": (_one, _each),
        "words_and_ann_mb": (_one, _each),
        "build_core_s": (_one, lambda point: point["passages"] * log(point["passages"])),
        "p95_ms": (_one, lambda point: log(point["passages"]), _each),
    },
}
"""What each quantity of an engine is taken to be a sum of, each part with a weight that is not negative.

`folder_mb` is all that lies on the disk, `words_and_ann_mb` what a question reads of everywhere and so has to be in
memory, `build_core_s` the seconds of all cores that making the index takes, embedding aside, `build_memory_mb` the
memory for it that is not of mapped files, and `p95_ms` the 95th percentile of finding passages by both rankings, the
embedding of the question included.
"""


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


class Row(NamedTuple):
    """What so many passages need of an engine. GB of memory are those of one machine, GB of disk of all."""

    passages: int
    engine: str
    machines: int
    memory_gb: float
    disk_gb: float
    ingest_core_hours: float
    ingest_hours: float
    p95_ms: float
    core_hours_a_month: float
    is_measured: bool


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
            *smaller, largest = sorted((p for p in points if quantity in p), key=_each) or [{}]
            if len(smaller) >= 2:
                curve = fit(smaller, quantity, basis)
                found.append(Check(engine, quantity, largest["passages"], curve.at_point(largest), largest[quantity]))
    return found


def plan(measured: Mapping[str, Any], engine: str, passages: int) -> Row | None:
    """What `passages` need of `engine`, on the fewest machines that hold them; None where nothing is measured of it."""
    points = measured["engines"].get(engine, [])
    curves = fits(engine, points)
    if not {"folder_mb", "words_and_ann_mb", "build_core_s", "p95_ms"} <= curves.keys():
        return None
    machines = _machines(curves, passages)
    each = passages / machines
    tokens = measured["embedding"]
    embedding_core_s = passages * tokens["tokens_a_passage"] / tokens["tokens_a_second_of_a_core"]
    build_core_s = machines * curves["build_core_s"].at(each)
    core_hours = (embedding_core_s + build_core_s) / 3600
    return Row(
        passages,
        engine,
        machines,
        _memory_gb(curves, each),
        machines * curves["folder_mb"].at(each) / 1000,
        core_hours,
        # Embedding goes over all cores; what the index is made with goes over two of each machine, as it was measured.
        (embedding_core_s / CORES + build_core_s / MEASURED_CORES) / machines / 3600,
        _slowest_of(machines, curves["p95_ms"].at(each)),
        machines * CORES * HOURS_OF_MONTH,
        passages <= max(point["passages"] for point in points if "folder_mb" in point),
    )


def _machines(curves: Mapping[str, Fit], passages: int) -> int:
    """The fewest machines whose memory, disk and times suffice for their part of `passages`."""

    def suffices(machines: int) -> bool:
        each = passages / machines
        return (
            _memory_gb(curves, each) <= MEMORY_GB
            and curves["folder_mb"].at(each) / 1000 <= DISK_GB
            and _slowest_of(machines, curves["p95_ms"].at(each)) <= LONGEST_MS
        )

    most = 1
    while not suffices(most):
        most *= 2
    least = most // 2
    while most - least > 1:
        middle = (least + most) // 2
        least, most = (least, middle) if suffices(middle) else (middle, most)
    return most


def _memory_gb(curves: Mapping[str, Fit], passages: float) -> float:
    needed = [curves[name].at(passages) for name in ("words_and_ann_mb", "build_memory_mb") if name in curves]
    return max(needed) / 1000


def _slowest_of(machines: int, p95_ms: float) -> float:
    """95th percentile of the slowest of so many machines that are asked together.

    Times are taken to be lognormal, with a 95th percentile 1.3 times the median, as measured.
    """
    if machines == 1:
        return p95_ms
    spread = log(1.3) / NormalDist().inv_cdf(0.95)
    further = NormalDist().inv_cdf(0.95 ** (1 / machines)) - NormalDist().inv_cdf(0.95)
    return float(p95_ms * np.exp(spread * further)) + NETWORK_MS


def table_of_checks(found: Sequence[Check]) -> str:
    """A Markdown table of predictions beside what was measured."""
    lines = ["| engine | quantity | passages | predicted | measured | error |", "|---" * 6 + "|"]
    for check in found:
        lines.append(
            f"| {check.engine} | `{check.quantity}` | {check.passages:,} | {check.predicted:,.0f} |"
            f" {check.measured:,.0f} | {check.error:+.0%} |"
        )
    return "\n".join(lines)


def table_of_plan(rows: Sequence[Row]) -> str:
    """A Markdown table of what sizes need."""
    heads = (
        "passages | engine | machines | memory each, GB | disk in all, GB | ingestion, core-hours | ingestion, hours"
    )
    lines = [f"| {heads} | p95, ms | core-hours a month | |", "|---" * 10 + "|"]
    for row in rows:
        lines.append(
            f"| {row.passages:,} | {row.engine} | {ceil(row.machines):,} | {row.memory_gb:,.1f} | {row.disk_gb:,.0f} |"
            f" {row.ingest_core_hours:,.0f} | {row.ingest_hours:,.1f} | {row.p95_ms:,.0f} |"
            f" {row.core_hours_a_month:,.0f} | {'within what was measured' if row.is_measured else 'computed'} |"
        )
    return "\n".join(lines)


def main() -> None:
    """Print how well the curves foretell, and the plan."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--measured", type=Path, default=MEASURED)
    measured = json.loads(parser.parse_args().measured.read_text(encoding="utf-8"))
    print(table_of_checks(checks(measured)), end="\n\n")
    rows = [plan(measured, engine, size) for size in SIZES for engine in BASES]
    print(table_of_plan([row for row in rows if row]))


if __name__ == "__main__":
    main()
