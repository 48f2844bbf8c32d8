import json
from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import bootstrap, permutation_test

from rag.errors import RunError
from rag.evaluate.compare import Comparison, compare_runs
from rag.evaluate.comparison_text import comparison_text
from rag.evaluate.gate import failures_of_drop, failures_under, parse_limits
from rag.evaluate.record import Record
from rag.evaluate.run import Run, load_run
from rag.evaluate.significance import Difference
from tests.conftest import SeedsRun
from tests.evaluate.runs import BERN, PORT, RHINE, all_kinds, answer, many, question, record, search_record, write_run

ASKED = question("Where does the Rhine rise?", ["the Alps"], RHINE)


def kept(name: str, right: bool, seconds: float = 0.1, refused: bool = False) -> Record:
    """An answer that cites the evidence, or something else."""
    given = answer(ASKED.question, [RHINE if right else PORT], [RHINE], seconds=seconds)
    return record(ASKED.model_copy(update={"id": name}), given, refused)


def run(folder: Path, records: Sequence[Record], search: int | None = None) -> Run:
    return write_run(folder, records, search)


def compared(tmp_path: Path, a: Sequence[Record], b: Sequence[Record], resamples: int = 2000) -> Comparison:
    return compare_runs(run(tmp_path / "a", a), run(tmp_path / "b", b), resamples)


def of(comparison: Comparison, metric: str) -> Difference:
    return next(difference for difference in comparison.differences if difference.metric == metric)


def rights(count: int, share: float, seed: int) -> list[bool]:
    return (np.random.default_rng(seed).random(count) < share).tolist()


def test_intervals_and_p_values_are_those_of_scipy(tmp_path: Path) -> None:
    a, b = rights(60, 0.5, 1), rights(60, 0.75, 2)
    found = of(
        compared(
            tmp_path,
            [kept(f"q{n}", right) for n, right in enumerate(a)],
            [kept(f"q{n}", right) for n, right in enumerate(b)],
            10_000,
        ),
        "accuracy",
    )
    pair = np.array(a, float), np.array(b, float)

    def difference(x: np.ndarray, y: np.ndarray, axis: int = -1) -> np.ndarray:
        return y.mean(axis=axis) - x.mean(axis=axis)

    interval = bootstrap(
        pair, difference, paired=True, vectorized=True, method="percentile", n_resamples=10_000, rng=0
    ).confidence_interval
    test = permutation_test(pair, difference, permutation_type="samples", vectorized=True, n_resamples=10_000, rng=0)
    assert found.difference == pytest.approx(difference(*pair), abs=1e-6)
    # Resampled twice: a step of the mean of 60 questions, and three standard errors of a p-value of 10,000 coins.
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high), abs=1 / 60 + 1e-6)
    assert found.p_value == pytest.approx(test.pvalue, abs=3 * (test.pvalue * (1 - test.pvalue) / 5_000) ** 0.5)
    assert found.better is True


def test_a_run_compared_with_itself_differs_in_nothing(tmp_path: Path) -> None:
    comparison = compared(tmp_path, many(40), many(40))
    assert comparison.turned == comparison.changes == []
    for difference in comparison.differences:
        if difference.difference is not None:
            assert (difference.difference, difference.low, difference.high) == (0, 0, 0)
            assert (difference.p_value, difference.better) == (1, None)
        else:
            assert difference.p_value is difference.low is None


def test_the_same_runs_give_the_same_comparison(tmp_path: Path) -> None:
    a, b = all_kinds(), [*all_kinds()[:5], *all_kinds(shake=0.3)[5:]]
    assert compared(tmp_path, a, b) == compared(tmp_path, a, b)


def test_every_metric_has_an_interval_around_its_difference(tmp_path: Path) -> None:
    b = many(80)
    # The same questions with each other's results.
    a = [
        replace(theirs, id=mine.id, answer=replace(theirs.answer, question=mine.answer.question))
        for mine, theirs in zip(b, b[7:] + b[:7], strict=True)
    ]
    comparison = compared(tmp_path, a, b)
    assert len(comparison.differences) > 25
    for difference in comparison.differences:
        if difference.difference is None:
            continue
        assert difference.low is not None
        assert difference.low <= difference.high
        assert 0 < difference.p_value <= 1
        # Each number is rounded to six digits.
        assert difference.difference == pytest.approx(difference.b - difference.a, abs=2e-6)


def test_less_is_better_where_it_is(tmp_path: Path) -> None:
    slow, fast = ([kept(f"q{n}", True, seconds) for n in range(20)] for seconds in (0.2, 0.1))
    found = of(compared(tmp_path, slow, fast), "seconds_total_p50")
    assert (found.difference, found.better) == (pytest.approx(-0.1), True)


def timed(seconds: Sequence[float], pace: float | None = None) -> list[Record]:
    """Answers that took these times, on a machine whose yardstick takes `pace` milliseconds."""
    yardstick = None if pace is None else pace / 1000
    return [replace(kept(f"q{n}", True, taken), yardstick=yardstick) for n, taken in enumerate(seconds)]


def verdicts_of_times(comparison: Comparison) -> set[str]:
    return {of(comparison, f"seconds_total_p{percent}").verdict for percent in (50, 95)}


TIMES = (0.1 + np.random.default_rng(1).random(48) / 10).tolist()
NONE = "unclear"


def test_a_time_is_better_or_worse_where_it_is_so_for_sure_and_by_more_than_nobody_feels(tmp_path: Path) -> None:
    for factor, verdict in ((2.0, "worse"), (1.15, "worse"), (1.02, NONE), (0.98, NONE), (0.8, "better")):
        comparison = compared(tmp_path, timed(TIMES), timed([factor * taken for taken in TIMES]))
        assert verdicts_of_times(comparison) == {verdict}
        # Also where it is far from 0 by its p-value.
        assert of(comparison, "seconds_total_p50").p_value < 0.01


def test_times_that_differ_from_question_to_question_alone_are_noise(tmp_path: Path) -> None:
    shaken = np.random.default_rng(2).permutation(TIMES).tolist()
    assert verdicts_of_times(compared(tmp_path, timed(TIMES), timed(shaken))) == {NONE}


def test_one_question_that_took_long_makes_no_difference(tmp_path: Path) -> None:
    assert verdicts_of_times(compared(tmp_path, timed(TIMES), timed([*TIMES[:-1], 60.0]))) == {NONE}


def test_what_slowed_the_machine_for_a_while_makes_no_difference(tmp_path: Path) -> None:
    slowed = [3 * taken if 10 <= n < 22 else taken for n, taken in enumerate(TIMES)]
    assert verdicts_of_times(compared(tmp_path, timed(TIMES), timed(slowed))) == {NONE}


def test_a_machine_that_was_slower_all_along_makes_no_difference_and_a_program_that_is_does(tmp_path: Path) -> None:
    a, slow = timed(TIMES, 2.0), [2 * taken for taken in TIMES]
    comparison = compared(tmp_path, a, timed(slow, 4.0))
    assert (comparison.pace, verdicts_of_times(comparison)) == (2.0, {NONE})
    total = of(comparison, "seconds_total_p50")
    assert total.b == pytest.approx(total.a)
    assert verdicts_of_times(compared(tmp_path, a, timed(slow, 2.0))) == {"worse"}
    assert compared(tmp_path, a, timed(slow)).pace is None


def test_a_metric_is_better_where_interval_and_p_value_agree(tmp_path: Path) -> None:
    base = [kept(f"q{n}", right=n >= 20) for n in range(40)]
    for mended, verdict in ((3, NONE), (10, "better")):
        b = [kept(f"q{n}", right=n >= 20 - mended) for n in range(40)]
        found = of(compared(tmp_path, base, b), "accuracy")
        assert (found.verdict, found.better, found.confidence) == (verdict, True, 0.95)
    assert of(compared(tmp_path, base, base), "accuracy").verdict == NONE


@pytest.mark.nightly
def test_two_runs_of_the_same_thing_differ_clearly_in_nothing(seeds_run: SeedsRun) -> None:
    # A setting that has nothing to do with answers, so that a second run is made.
    runs = [load_run(seeds_run("dev", **settings)) for settings in ({}, {"RAG_PORT": "7001"}, {"RAG_PORT": "7002"})]
    for a, b in permutations(runs, 2):
        differences = compare_runs(a, b).differences
        assert {difference.verdict for difference in differences} == {NONE}
        assert {d.difference for d in differences if not d.metric.startswith("seconds_")} <= {0.0, None}


@pytest.mark.nightly
def test_a_run_that_reads_less_is_faster_for_sure(seeds_run: SeedsRun) -> None:
    whole, short = (load_run(seeds_run("dev", RAG_READ_COUNT=count)) for count in ("10", "1"))
    comparison = compare_runs(whole, short)
    assert of(comparison, "seconds_read_p50").verdict == "better"
    assert of(comparison, "seconds_total_p50").verdict == "better"


def test_questions_that_turned_are_listed_with_both_outcomes(tmp_path: Path) -> None:
    a = [kept("same", True), kept("worse", True), kept("better", False), kept("only a", True)]
    b = [kept("same", True), kept("worse", True, refused=True), kept("better", True), kept("only b", True)]
    comparison = compared(tmp_path, a, b, 100)
    assert [(t.id, t.a, t.b) for t in comparison.turned] == [
        ("worse", "correct", "refused"),
        ("better", "wrong", "correct"),
    ]
    assert (comparison.questions, comparison.only_in_a, comparison.only_in_b) == (3, 1, 1)


def test_searches_turn_by_the_rank_of_the_evidence(tmp_path: Path) -> None:
    asked = question("Where?", quote=RHINE)
    a, b = ([search_record(asked, found)] for found in ([PORT, RHINE], [PORT, BERN]))
    comparison = compare_runs(run(tmp_path / "a", a, 2), run(tmp_path / "b", b, 2), 100)
    assert [(t.a, t.b) for t in comparison.turned] == [("rank 2", "not found")]
    assert of(comparison, "accuracy").difference is None


def test_what_differs_in_how_the_runs_were_made_is_said(tmp_path: Path) -> None:
    a = run(tmp_path / "a", [kept("q", True)])
    info = replace(
        a.info,
        questions={**a.info.questions, "sha256": "1" * 64, "file": "lakes.jsonl"},
        index={**a.info.index, "manifest_sha256": "f" * 64},
        config={**a.info.config, "passage_count": 7, "rankings": "dense"},
        code={"version": "9", "sha256": "e" * 64},
    )
    assert compare_runs(a, replace(a, info=info), 10).changes == [
        "questions: rivers.jsonl -> lakes.jsonl, not the same set",
        "index: rivers 0123456789ab -> rivers ffffffffffff",
        "passage_count: 10 -> 7",
        "rankings: both -> dense",
        f"footnote-rag: {a.info.code['version']} {a.info.code['sha256'][:12]} -> 9 eeeeeeeeeeee",
    ]


def test_runs_that_cannot_be_compared_are_named(tmp_path: Path) -> None:
    a = run(tmp_path / "a", [kept("q", True)])
    other = run(tmp_path / "b", [kept("other", True)])
    with pytest.raises(RunError, match="no question in common"):
        compare_runs(a, other)
    changed = replace(a.records[0], answer=replace(a.records[0].answer, question="Why?"))
    with pytest.raises(RunError, match="question 'q' is 'Where does the Rhine rise"):
        compare_runs(a, replace(a, records=[changed]))
    search = run(tmp_path / "c", [search_record(ASKED, [RHINE])], search=5)
    with pytest.raises(RunError, match="one scored the search alone"):
        compare_runs(a, search)


def test_a_comparison_reads_as_a_table_without_control_characters(tmp_path: Path) -> None:
    a = [kept(f"q{n}\x1b[31m", right) for n, right in enumerate([True] * 30)]
    b = [kept(record.id, False) for record in a]
    comparison = compared(tmp_path, a, b, 200)
    text = comparison_text(comparison)
    assert "30 questions in both" in text
    assert "\x1b" not in text
    (row,) = [line for line in text.splitlines() if line.startswith("accuracy ")]
    assert row.split() == ["accuracy", "1.000", "0.000", "-1.000", "95%:", "-1.000", "to", "-1.000", "0.005", "worse"]
    assert "30 questions turned" in text
    assert "and 10 more: --json lists all" in text
    assert json.dumps(comparison.differences[0].metric)


def test_limits_are_read_and_bad_ones_named() -> None:
    assert parse_limits(["f1=0.6", "recall@5=1"], "--fail-under") == {"f1": 0.6, "recall@5": 1.0}
    for text, message in (
        ("recal@5=0.6", "no metric 'recal@5'. Did you mean 'recall@5'?"),
        ("zzz=1", "no metric 'zzz'. Known: hit@1"),
        ("f1=high", "'high' is no number. Write, say, --fail-under f1=0.6"),
        ("f1=nan", "'nan' is no number"),
        ("f1", "'' is no number"),
    ):
        with pytest.raises(RunError) as error:
            parse_limits([text], "--fail-under")
        assert message in str(error.value)


def test_a_metric_has_one_limit() -> None:
    with pytest.raises(RunError, match=r"--fail-under f1=0\.1: f1 has a limit already"):
        parse_limits(["f1=0.6", "f1=0.1"], "--fail-under")


def test_a_least_makes_no_sense_where_less_is_better() -> None:
    with pytest.raises(RunError, match="less is better for aurc. Limit its rise with rag compare --fail-drop"):
        parse_limits(["aurc=0.1"], "--fail-under", is_least=True)
    assert parse_limits(["aurc=0.1"], "--fail-drop") == {"aurc": 0.1}


def test_a_metric_under_its_limit_fails_and_one_that_does_not_apply_does_too() -> None:
    summary = {"f1": 0.6, "map": None}
    assert failures_under(summary, {"f1": 0.6}) == []
    assert failures_under(summary, {"f1": 0.7, "map": 0.1}) == [
        "f1 is 0.6000, under 0.7",
        "map applies to no question, so it is not at least 0.1",
    ]


def test_a_drop_beyond_its_limit_fails_and_a_gain_does_not(tmp_path: Path) -> None:
    whole, less = ([kept(f"q{n}", right=n >= wrong) for n in range(10)] for wrong in (0, 1))
    worse = compared(tmp_path, whole, less, 100)
    assert failures_of_drop(worse, {"accuracy": 0.1}) == []
    assert failures_of_drop(worse, {"accuracy": 0.05, "llm_relevancy": 0.0}) == [
        "llm_relevancy does not apply in both runs, so a drop cannot be ruled out",
        "accuracy went from 1.0000 to 0.9000, worse by 0.1000, more than 0.05",
    ]
    assert failures_of_drop(compared(tmp_path, less, whole, 100), {"accuracy": 0.0}) == []


def test_a_rise_fails_where_less_is_better(tmp_path: Path) -> None:
    fast, slow = ([kept(f"q{n}", True, seconds) for n in range(5)] for seconds in (0.1, 0.3))
    (failure,) = failures_of_drop(compared(tmp_path, fast, slow, 100), {"seconds_total_p95": 0.1})
    assert failure == "seconds_total_p95 went from 0.1000 to 0.3000, worse by 0.2000, more than 0.1"
