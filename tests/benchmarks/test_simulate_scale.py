import json
from itertools import pairwise

import numpy as np
import pytest

from benchmarks.scale_model import BASES, Check, checks, fit, fits, scanned, with_rest
from benchmarks.simulate_scale import MEASURED, SIZES, plan
from rag.store.faiss_ivf import FLAT_LIMIT

KEPT = json.loads(MEASURED.read_text(encoding="utf-8"))
ENGINES = [engine for engine in BASES if KEPT["engines"].get(engine)]


def test_a_curve_is_found_again_in_its_points():
    def seconds(passages: int) -> float:
        return 2 + 3e-4 * passages + (2e-4 * passages if passages > FLAT_LIMIT else 0)

    points = [{"passages": n, "build_core_s": seconds(n)} for n in (10_000, 100_000, 10**6, 3 * 10**6)]
    assert fit(points, "build_core_s", BASES["folder"]["build_core_s"]).at(10**7) == pytest.approx(seconds(10**7))


def test_what_shrinks_where_it_should_grow_has_no_weight():
    curve = fit(
        [{"passages": 2, "dense_p95_ms": 9.0}, {"passages": 9, "dense_p95_ms": 8.0}],
        "dense_p95_ms",
        BASES["pgvector"]["dense_p95_ms"],
    )
    assert curve.weights[1] == 0


def test_a_question_is_compared_with_the_codes_of_the_lists_that_are_searched():
    assert scanned({"passages": FLAT_LIMIT}) == 0
    assert scanned({"passages": 10**6}) == 10**6 / 8
    assert scanned({"passages": 10**7}) == pytest.approx(10**6.5 / 8, rel=0.001)
    assert scanned({"passages": 2 * 10**6, "lists": 4000}) == 2 * 10**6 / 8


@pytest.mark.parametrize("check", checks(KEPT), ids=lambda check: f"{check.engine}-{check.quantity}")
def test_the_smaller_points_foretell_the_largest(check: Check):
    assert abs(check.error) <= 0.5, check


@pytest.mark.parametrize("engine", ENGINES)
def test_curves_pass_near_every_measured_point(engine: str):
    points = with_rest(KEPT["engines"][engine])
    for quantity, curve in fits(engine, points).items():
        errors = [curve.at(point["passages"]) / point[quantity] - 1 for point in points if quantity in point]
        assert np.sqrt(np.mean(np.square(errors))) <= 0.5, quantity


@pytest.mark.parametrize("engine", ENGINES)
def test_curves_never_fall(engine: str):
    sizes = np.geomspace(FLAT_LIMIT + 1, SIZES[-1], 60)
    for curve in fits(engine, with_rest(KEPT["engines"][engine])).values():
        values = [curve.at(size) for size in sizes]
        assert all(later >= 0.999 * earlier for earlier, later in pairwise(values))


def test_more_passages_never_need_less():
    rows = [plan(KEPT, "folder", size) for size in SIZES]
    for name in ("machines", "disk_gb", "ingest_core_hours", "core_hours_a_month"):
        values = [getattr(row, name) for row in rows]
        assert values == sorted(values)
        assert values[-1] > values[0]
    assert rows[0].is_measured
    assert not rows[-1].is_measured


def test_of_an_engine_that_was_not_measured_nothing_is_foretold():
    empty = KEPT | {"engines": {"pgvector": []}}
    assert plan(empty, "pgvector", 10**6) is None
    assert checks(empty) == []
