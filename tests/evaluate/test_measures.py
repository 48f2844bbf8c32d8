import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import balanced_accuracy_score, f1_score, precision_score, recall_score

from rag.evaluate.measures import MEASURES, coverage_and_risk, measure
from tests.evaluate.runs import PORT, RHINE, all_kinds, question, search_record

BY_NAME = {known.name: known for known in MEASURES}
FLAGS = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=20)
CASES = st.lists(st.tuples(st.sampled_from([0.1, 0.2, 0.3, 0.5, 0.9]), st.booleans()), min_size=1, max_size=12)


def value(name: str, columns: dict[str, list[float]], weights: list[float] | None = None) -> float:
    given = {key: np.array(column, dtype=np.float64) for key, column in columns.items()}
    count = len(next(iter(given.values())))
    return float(BY_NAME[name].of(given, np.array([weights or [1.0] * count]))[0])


@given(FLAGS)
def test_refusal_scores_are_those_of_an_independent_implementation(flags: list[tuple[bool, bool]]) -> None:
    refused, unanswerable = zip(*flags, strict=True)
    columns = {"refused": list(map(float, refused)), "unanswerable": list(map(float, unanswerable))}
    for name, expected, applies in (
        ("refusal_precision", precision_score, any(refused)),
        ("refusal_recall", recall_score, any(unanswerable)),
        ("refusal_f1", f1_score, any(unanswerable)),
        ("refusal_balanced_accuracy", balanced_accuracy_score, len(set(unanswerable)) == 2),
    ):
        found = value(name, columns)
        if applies:
            assert found == pytest.approx(expected(unanswerable, refused)), name
        else:
            assert math.isnan(found), name


def test_always_refusing_half_unanswerable_questions_scores_as_the_definitions_say() -> None:
    columns = {"refused": [1.0] * 4, "unanswerable": [1.0, 1.0, 0.0, 0.0]}
    assert value("refusal_f1", columns) == pytest.approx(2 / 3)
    assert value("refusal_balanced_accuracy", columns) == 0.5


def risk_by_hand(cases: list[tuple[float, bool]]) -> list[float]:
    """Share of wrong answers among the first n, errors of one confidence spread evenly."""
    groups: dict[float, list[bool]] = {}
    for confidence, right in sorted(cases, key=lambda case: -case[0]):
        groups.setdefault(confidence, []).append(right)
    errors, risks = 0.0, []
    for rights in groups.values():
        for _ in rights:
            errors += rights.count(False) / len(rights)
            risks.append(errors / (len(risks) + 1))
    return risks


@given(CASES)
def test_risk_and_its_area_are_those_counted_by_hand(cases: list[tuple[float, bool]]) -> None:
    columns = {
        "confidence": np.array([confidence for confidence, _ in cases]),
        "right_if_answered": np.array([float(right) for _, right in cases]),
    }
    coverage, risk = coverage_and_risk(columns, np.ones((1, len(cases))))
    expected = risk_by_hand(cases)
    assert coverage[0] == pytest.approx(np.arange(1, len(cases) + 1) / len(cases))
    assert risk[0] == pytest.approx(expected)
    area = value("aurc", {name: column.tolist() for name, column in columns.items()})
    assert area == pytest.approx(sum(expected) / len(expected))


@given(CASES, st.randoms())
def test_the_order_of_the_questions_changes_no_area(cases: list[tuple[float, bool]], chance: object) -> None:
    def area(of: list[tuple[float, bool]]) -> float:
        return value("aurc", {"confidence": [c for c, _ in of], "right_if_answered": [float(r) for _, r in of]})

    assert area(cases) == pytest.approx(area(sorted(cases)))


@given(CASES, st.lists(st.integers(0, 3), min_size=12, max_size=12))
def test_a_question_of_weight_n_counts_as_n_questions(cases: list[tuple[float, bool]], counts: list[int]) -> None:
    def values(of: list[tuple[float, bool]], weights: list[float]) -> list[float]:
        columns = {
            "confidence": [confidence for confidence, _ in of],
            "right_if_answered": [float(right) for _, right in of],
            "hit@1": [float(right) for _, right in of],
            "seconds_total": [confidence for confidence, _ in of],
        }
        names = ("hit@1", "aurc", "seconds_total_p50", "seconds_total_p95")
        return [value(name, columns, weights) for name in names]

    weights = [*counts[: len(cases) - 1], 1]
    repeated = [case for case, weight in zip(cases, weights, strict=True) for _ in range(weight)]
    assert values(cases, list(map(float, weights))) == pytest.approx(values(repeated, [1.0] * len(repeated)))


@pytest.mark.parametrize(("seconds", "p50", "p95"), [([3, 1, 2], 2, 3), ([5], 5, 5), (list(range(1, 101)), 50, 95)])
def test_percentiles_are_values_that_occurred(seconds: list[float], p50: float, p95: float) -> None:
    columns = {"seconds_total": seconds}
    assert (value("seconds_total_p50", columns), value("seconds_total_p95", columns)) == (p50, p95)


def test_the_metrics_of_a_run_are_means_over_the_questions_that_they_apply_to() -> None:
    found = measure(all_kinds())
    assert found["accuracy"] == 0.4  # 3 correct and 1 rightly refused of 10
    assert found["answered_accuracy"] == round(3 / 8, 6)
    assert found["refusal_precision"] == found["refusal_recall"] == 0.5
    assert found["hit@1"] == 0.625  # of 8 with evidence
    assert found["citation_exactness"] == 0.875
    assert found["evidence_cited"] == round(5 / 7, 6)


def test_a_metric_that_applies_to_no_question_is_none_and_never_nan() -> None:
    found = measure([search_record(question("a?", quote=RHINE), [PORT, RHINE])])
    assert (found["mrr@10"], found["accuracy"], found["aurc"], found["f1"]) == (0.5, None, None, None)
    assert all(value is None or math.isfinite(value) for value in found.values())
    assert measure([]) == {}


def test_every_metric_is_defined_in_words_and_names_are_unique() -> None:
    assert len(BY_NAME) == len(MEASURES)
    assert all(len(known.definition) > 20 and known.label for known in MEASURES)
