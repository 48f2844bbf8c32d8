"""Two runs over the same questions: the difference of each metric, how sure it is, and the questions that turned."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from rag.errors import RunError
from rag.evaluate.info import CodeInfo, IndexInfo
from rag.evaluate.measures import MEASURES, Columns, Floats, Measure, as_number, columns_of
from rag.evaluate.record import Record
from rag.evaluate.run import Run

RESAMPLES = 10_000
CONFIDENCE = 0.95
SEED = 0
_AT_ONCE_BYTES = 64_000_000


@dataclass(frozen=True, slots=True)
class Difference:
    """A metric in both runs, b - a, its 95 % interval and its p-value; None where it does not apply.

    `better` says whether b is better, None where they are the same.
    """

    metric: str
    label: str
    a: float | None
    b: float | None
    difference: float | None
    low: float | None
    high: float | None
    p_value: float | None
    better: bool | None


@dataclass(frozen=True, slots=True)
class Turned:
    """A question whose outcome differs, or, in runs of the search alone, the rank of its evidence."""

    id: str
    question: str
    a: str
    b: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Run `b` beside run `a`: what differs in how they were made, in their metrics, and in single questions."""

    a: str
    b: str
    questions: int
    only_in_a: int
    only_in_b: int
    changes: list[str]
    differences: list[Difference]
    turned: list[Turned]


def compare_runs(
    a: Run,
    b: Run,
    resamples: int = RESAMPLES,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> Comparison:
    """The Comparison over the questions that both runs hold.

    Intervals are percentiles of a paired bootstrap (Efron & Tibshirani 1993): questions drawn with replacement, the
    same for both runs. p-values are two-sided, of a paired randomisation test (Smucker, Allan & Carterette 2007): the
    runs' results of each question exchanged by a coin. Both start from a fixed seed, and leave out the resamples to
    which a metric does not apply. Raises RunError where no question is in both, where one id stands for two questions,
    and where one run scored the search alone.
    """
    if (a.info.search is None) != (b.info.search is None):
        raise RunError(f"{a.folder} and {b.folder}: one scored the search alone. Compare runs of the same kind.")
    of_b = {record.id: record for record in b.records}
    pairs = [(record, of_b[record.id]) for record in a.records if record.id in of_b]
    if not pairs:
        raise RunError(f"{a.folder} and {b.folder} have no question in common. Compare runs of the same question set.")
    for first, second in pairs:
        if first.answer.question != second.answer.question:
            raise RunError(
                f"question {first.id!r} is {first.answer.question!r} in {a.folder} and {second.answer.question!r} in"
                f" {b.folder}. Compare runs of the same question set."
            )
    return Comparison(
        a=str(a.folder),
        b=str(b.folder),
        questions=len(pairs),
        only_in_a=len(a.records) - len(pairs),
        only_in_b=len(b.records) - len(pairs),
        changes=_changes(a, b),
        differences=_differences(
            [first for first, _ in pairs], [second for _, second in pairs], resamples, on_progress
        ),
        turned=[turned for first, second in pairs if (turned := _turned(first, second))],
    )


def _differences(
    a: Sequence[Record], b: Sequence[Record], resamples: int, on_progress: Callable[[int, int], None]
) -> list[Difference]:
    # Both runs' questions stand in one table; a resample is a weight for each of them.
    columns = columns_of([*a, *b])
    count = len(a)
    ones, zeros = np.ones((1, count)), np.zeros((1, count))
    values_a, values_b = _measure(columns, np.hstack([ones, zeros])), _measure(columns, np.hstack([zeros, ones]))
    observed = values_b - values_a
    random = np.random.default_rng(SEED)
    drawn, exchanged = [], []
    for rows in _chunks(resamples, count):
        counts = random.multinomial(count, np.full(count, 1 / count), size=rows).astype(np.float64)
        none = np.zeros_like(counts)
        drawn.append(_measure(columns, np.hstack([none, counts])) - _measure(columns, np.hstack([counts, none])))
        coin = random.integers(0, 2, size=(rows, count)).astype(np.float64)
        exchanged.append(
            _measure(columns, np.hstack([coin, 1 - coin])) - _measure(columns, np.hstack([1 - coin, coin]))
        )
        on_progress(sum(map(len, drawn)), resamples)
    tail = (1 - CONFIDENCE) / 2
    results = []
    for number, measure in enumerate(MEASURES):
        known = np.concatenate(drawn)[:, number]
        known = known[~np.isnan(known)]
        low, high = np.quantile(known, [tail, 1 - tail]) if len(known) else (np.nan, np.nan)
        coins = np.abs(np.concatenate(exchanged)[:, number])
        coins = coins[~np.isnan(coins)]
        at_least = np.count_nonzero(coins >= abs(observed[0, number]) - 1e-12)
        p_value = (1 + at_least) / (1 + len(coins)) if not np.isnan(observed[0, number]) else np.nan
        results.append(
            Difference(
                metric=measure.name,
                label=measure.label,
                a=as_number(values_a[0, number]),
                b=as_number(values_b[0, number]),
                difference=as_number(observed[0, number]),
                low=as_number(low) if not np.isnan(observed[0, number]) else None,
                high=as_number(high) if not np.isnan(observed[0, number]) else None,
                p_value=as_number(p_value),
                better=_better(measure, observed[0, number]),
            )
        )
    return results


def _measure(columns: Columns, weights: Floats) -> Floats:
    """All MEASURES of each resample, float64 [resamples, measures]."""
    return np.stack([measure.of(columns, weights) for measure in MEASURES], axis=1)


def _chunks(resamples: int, count: int) -> Iterator[int]:
    at_once = max(1, _AT_ONCE_BYTES // (16 * count))
    for first in range(0, resamples, at_once):
        yield min(at_once, resamples - first)


def _better(measure: Measure, difference: float) -> bool | None:
    return None if np.isnan(difference) or difference == 0 else bool((difference > 0) == measure.more_is_better)


def _turned(a: Record, b: Record) -> Turned | None:
    first, second = _state(a), _state(b)
    return Turned(a.id, a.answer.question, first, second) if first != second else None


def _state(record: Record) -> str:
    if record.outcome:
        return record.outcome
    return f"rank {record.gold_rank}" if record.gold_rank else "not found"


def _changes(a: Run, b: Run) -> list[str]:
    """What differs in how the runs were made, in words."""
    changes = []
    if a.info.questions["sha256"] != b.info.questions["sha256"]:
        changes.append(f"questions: {a.info.questions['file']} -> {b.info.questions['file']}, not the same set")
    if a.info.index["manifest_sha256"] != b.info.index["manifest_sha256"]:
        changes.append(f"index: {_index(a.info.index)} -> {_index(b.info.index)}")
    for key in sorted({*a.info.config, *b.info.config}):
        if (before := a.info.config.get(key)) != (after := b.info.config.get(key)):
            changes.append(f"{key}: {before} -> {after}")
    if a.info.code != b.info.code:
        changes.append(f"footnote-rag: {_code(a.info.code)} -> {_code(b.info.code)}")
    return changes


def _index(index: IndexInfo) -> str:
    return f"{index['name']} {index['manifest_sha256'][:12]}"


def _code(code: CodeInfo) -> str:
    return f"{code['version']} {code['sha256'][:12]}"
