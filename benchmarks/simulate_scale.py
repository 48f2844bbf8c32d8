"""What 10^6 to 10^10 passages need: machines, memory, hours of ingestion, seconds of a question, by engine.

`python -m benchmarks.simulate_scale` reads what was measured (scale_measured.json), fits a curve to each quantity of
each engine on all points but the largest, prints what it predicts for that one beside what was measured, and then the
plan, from curves through all points. No figure of the plan beyond the largest point is measured: docs/scale.md.
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from math import ceil, log
from pathlib import Path
from statistics import NormalDist
from typing import Any, NamedTuple

import numpy as np

from benchmarks.scale_model import BASES, PARTS_OF_A_QUESTION, Check, Fit, checks, fits, p95_ms, with_rest

MEASURED = Path(__file__).with_name("scale_measured.json")
SIZES = tuple(10**power for power in range(6, 11))

CORES, MEMORY_GB, DISK_GB = 16, 64.0, 4_000.0
"""Of a machine of the plan."""

MOST_OF_AN_INDEX = {"folder": 10_000_000}
"""Passages whose recall was measured: how much is found of more is not known."""

LONGEST_MS = 500.0
"""95th percentile of finding passages beyond which an index holds too many."""

NETWORK_MS = 2.0
"""Of asking other machines and waiting for them: assumed."""

HOURS_OF_MONTH = 730


class Row(NamedTuple):
    """What so many passages need of an engine. GB of memory are those of one machine, GB of disk of all."""

    passages: int
    engine: str
    indexes: int
    machines: int
    memory_gb: float
    disk_gb: float
    ingest_core_hours: float
    ingest_hours: float
    p95_ms: float
    core_hours_a_month: float
    is_measured: bool


def plan(measured: Mapping[str, Any], engine: str, passages: int) -> Row | None:
    """What `passages` need of `engine`, in the fewest indexes, on the fewest machines; None where it was not measured.

    Each index of a machine has a core of it for a question, and all are asked together.
    """
    points = with_rest(measured["engines"].get(engine, []))
    curves = fits(engine, points)
    if not {"folder_mb", "words_and_ann_mb", "build_core_s", *PARTS_OF_A_QUESTION} <= curves.keys():
        return None
    indexes = _indexes(curves, passages, MOST_OF_AN_INDEX.get(engine, passages))
    each = passages / indexes
    memory_gb, disk_gb = _memory_gb(curves, each), curves["folder_mb"].at(each) / 1000
    together = min(indexes, CORES, int(MEMORY_GB // memory_gb), int(DISK_GB // disk_gb))
    machines = ceil(indexes / together)
    tokens = measured["embedding"]
    embedding_core_s = passages * tokens["tokens_a_passage"] / tokens["tokens_a_second_of_a_core"]
    core_hours = (embedding_core_s + indexes * curves["build_core_s"].at(each)) / 3600
    return Row(
        passages,
        engine,
        indexes,
        machines,
        together * memory_gb,
        indexes * disk_gb,
        core_hours,
        core_hours / (machines * CORES),
        _slowest_of(indexes, p95_ms(curves, each)),
        machines * CORES * HOURS_OF_MONTH,
        passages <= max(point["passages"] for point in points if "folder_mb" in point),
    )


def _indexes(curves: Mapping[str, Fit], passages: int, most_of_each: int) -> int:
    """The fewest indexes of which each fits on a machine, is fast enough, and holds `most_of_each` at most.

    Raises ValueError where an index of a single passage is too slow.
    """

    def suffices(indexes: int) -> bool:
        each = passages / indexes
        return (
            each <= most_of_each
            and _memory_gb(curves, each) <= MEMORY_GB
            and curves["folder_mb"].at(each) / 1000 <= DISK_GB
            and _slowest_of(indexes, p95_ms(curves, each)) <= LONGEST_MS
        )

    most = 1
    while not suffices(most):
        most *= 2
        if most > passages:
            raise ValueError(f"no number of indexes holds {passages:,} passages")
    least = most // 2
    while most - least > 1:
        middle = (least + most) // 2
        least, most = (least, middle) if suffices(middle) else (middle, most)
    return most


def _memory_gb(curves: Mapping[str, Fit], passages: float) -> float:
    needed = [curves[name].at(passages) for name in ("words_and_ann_mb", "build_memory_mb") if name in curves]
    return max(needed) / 1000


def _slowest_of(indexes: int, p95_ms: float) -> float:
    """95th percentile of the slowest of so many indexes that are asked together.

    Times are taken to be lognormal, with a 95th percentile 1.3 times the median, as measured.
    """
    if indexes == 1:
        return p95_ms
    spread = log(1.3) / NormalDist().inv_cdf(0.95)
    further = NormalDist().inv_cdf(0.95 ** (1 / indexes)) - NormalDist().inv_cdf(0.95)
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
    heads = ("passages", "engine", "indexes", "machines", "memory of each, GB", "disk of all, GB")
    heads += ("core-hours to ingest", "hours to ingest", "p95, ms", "core-hours a month", "")
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for row in rows:
        counts = f"{row.passages:,} | {row.engine} | {row.indexes:,} | {row.machines:,}"
        sizes = f"{row.memory_gb:,.1f} | {row.disk_gb:,.0f}"
        times = f"{row.ingest_core_hours:,.0f} | {row.ingest_hours:,.1f} | {row.p95_ms:,.0f}"
        known = "within what was measured" if row.is_measured else "computed"
        lines.append(f"| {counts} | {sizes} | {times} | {row.core_hours_a_month:,.0f} | {known} |")
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
