"""How sure a difference of two runs over the same questions is: its interval, its p-value, and what they come to."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Literal

import numpy as np
import numpy.typing as npt

from rag.evaluate.measures import MEASURES, Floats, Measure, as_number, columns_of
from rag.evaluate.record import Record

RESAMPLES = 10_000
SEED = 0

CONFIDENCE = 0.95
CONFIDENCE_OF_TIMES = 0.99
"""More, because the same run made twice, on a machine with other work, differs in its times and in nothing else."""

LEAST_CHANGE_OF_TIME = 0.05
"""What a time must differ by for sure, as a share of run a's; less makes no difference to anybody."""

BLOCKS = 8
"""Parts of a run that are drawn for times, each of questions in a row: what slows a machine lasts for some of them.
Times of so many are as sure as CONFIDENCE_OF_TIMES asks where all agree."""

_TICK = 1e-4
"""Seconds that are added to times whose ratio is taken, so that those which are next to nothing do not matter."""

Units = npt.NDArray[np.int64]
"""By question, the number of what it is drawn with, from 0."""

Verdict = Literal["better", "worse", "unclear"]
_AT_ONCE_BYTES = 64_000_000


@dataclass(frozen=True, slots=True)
class Difference:
    """A metric in both runs, b - a, its interval of `confidence`, and its p-value; None where it does not apply.

    `better` says whether b is better, None where they are the same, `verdict` whether that is sure.
    """

    metric: str
    label: str
    a: float | None
    b: float | None
    difference: float | None
    low: float | None
    high: float | None
    confidence: float
    p_value: float | None
    better: bool | None
    verdict: Verdict


class PairedRuns:
    """The questions of both runs, pair by pair; what is drawn of them is a weight for each.

    `pace` is how many times as long the yardstick took in run b, None where a run was made without one.
    """

    def __init__(self, a: Sequence[Record], b: Sequence[Record]) -> None:
        self._columns = columns_of([*a, *b])
        self._of_a, self._of_b = slice(len(a)), slice(len(a), None)
        self.count = len(a)
        self.blocks = np.arange(self.count) * min(BLOCKS, self.count) // self.count
        yardsticks = self._columns["yardstick"]
        self._is_paced = not np.isnan(yardsticks).any()
        pace = yardsticks[self._of_b].mean() / yardsticks[self._of_a].mean()
        self.pace = as_number(pace) if self._is_paced else None

    def both(self, measures: Sequence[Measure], of_a: Floats, of_b: Floats) -> tuple[Floats, Floats]:
        """Each of `measures` on two sides, float64 [resamples, measures] each, from [resamples, 2 * count] weights."""
        first, second = (np.stack([m.of(self._columns, side) for m in measures], axis=1) for side in (of_a, of_b))
        if self._is_paced:
            pace = self._mean_yardstick(of_b) / self._mean_yardstick(of_a)
            second = np.where([m.is_time for m in measures], second / pace[:, None], second)
        return first, second

    def observed(self, measures: Sequence[Measure]) -> Floats:
        """Each of `measures` in a and in b, float64 [2, measures]."""
        ones, zeros = np.ones((1, self.count)), np.zeros((1, self.count))
        return np.vstack(self.both(measures, np.hstack([ones, zeros]), np.hstack([zeros, ones])))

    def p_value_of_times(self, measure: Measure) -> float:
        """Of a two-sided exact test that exchanges the runs' blocks (see `differences_of`)."""
        a, b = (self._columns[measure.seconds][side] + _TICK for side in (self._of_a, self._of_b))
        ratios = np.log(b / a)
        of_blocks = [
            np.median(ratios[self.blocks == block]) - self._log_pace(block) for block in range(self.blocks[-1] + 1)
        ]
        signs = np.array([*product([-1, 1], repeat=len(of_blocks))])
        return float(np.mean(np.abs(signs @ of_blocks) >= abs(np.sum(of_blocks)) - 1e-12))

    def _log_pace(self, block: int) -> float:
        if not self._is_paced:
            return 0.0
        a, b = (self._columns["yardstick"][side][self.blocks == block] for side in (self._of_a, self._of_b))
        return float(np.log(b.mean() / a.mean()))

    def _mean_yardstick(self, weights: Floats) -> Floats:
        mean: Floats = weights @ self._columns["yardstick"] / weights.sum(axis=1)
        return mean


def differences_of(
    pairs: PairedRuns, resamples: int = RESAMPLES, on_progress: Callable[[int, int], None] = lambda done, total: None
) -> list[Difference]:
    """The Difference of each of MEASURES.

    Intervals are percentiles of a paired bootstrap (Efron & Tibshirani 1993): questions drawn with replacement, the
    same for both runs. p-values are two-sided, of a paired randomisation test (Smucker, Allan & Carterette 2007): the
    runs' results of each question exchanged by a coin. Both start from a fixed seed, and leave out the resamples to
    which a metric does not apply.

    For times, blocks of questions in a row take the place of questions (Künsch 1989), and b's are divided by the pace
    of its machine. What is exchanged are the medians, a block each, of how many times as long b took: those of the
    times themselves jump when blocks of a fast run are mixed with those of a slow one.
    """
    singly = np.arange(pairs.count)
    of_quality = [measure for measure in MEASURES if not measure.is_time]
    of_time = [measure for measure in MEASURES if measure.is_time]
    done = 0

    def step(rows: int) -> None:
        nonlocal done
        done += rows
        on_progress(done, 3 * resamples)

    drawn = _drawn(pairs, of_quality, singly, resamples, step), _drawn(pairs, of_time, pairs.blocks, resamples, step)
    observed = pairs.observed(of_quality)
    exchanged = _exchanged(pairs, of_quality, resamples, step)
    p_values = [*map(_p_value, observed[1] - observed[0], exchanged.T), *map(pairs.p_value_of_times, of_time)]
    a, b = np.hstack([observed, pairs.observed(of_time)])
    return [
        _difference(*of_measure)
        for of_measure in zip([*of_quality, *of_time], a, b, np.hstack(drawn).T, p_values, strict=True)
    ]


def confidence_of(measure: Measure) -> float:
    """Of the interval of a metric's difference, and of what is said to be sure."""
    return CONFIDENCE_OF_TIMES if measure.is_time else CONFIDENCE


def verdict_of(measure: Measure, a: float, low: float, high: float, p_value: float) -> Verdict:
    """Whether b is better or worse for sure.

    It is where the interval of b - a leaves out all that makes no difference (0, and for a time LEAST_CHANGE_OF_TIME of
    it to either side) and the p-value is as small as the interval is sure.
    """
    least = LEAST_CHANGE_OF_TIME * a if measure.is_time else 0.0
    if not (low > least or high < -least) or not p_value <= 1 - confidence_of(measure):
        return "unclear"
    return "better" if (low > 0) == measure.more_is_better else "worse"


def _drawn(
    pairs: PairedRuns, measures: Sequence[Measure], units: Units, resamples: int, step: Callable[[int], None]
) -> Floats:
    """b - a of each of `measures` in questions drawn with replacement, float64 [resamples, measures].

    `units` says which questions are drawn together.
    """
    random = np.random.default_rng(SEED)
    count = int(units[-1]) + 1
    found = []
    for rows in _chunks(resamples, pairs.count):
        counts = random.multinomial(count, np.full(count, 1 / count), size=rows)[:, units].astype(np.float64)
        none = np.zeros_like(counts)
        a, b = pairs.both(measures, np.hstack([counts, none]), np.hstack([none, counts]))
        found.append(b - a)
        step(rows)
    return np.vstack(found)


def _exchanged(pairs: PairedRuns, measures: Sequence[Measure], resamples: int, step: Callable[[int], None]) -> Floats:
    """The same of questions whose results in the two runs are exchanged by a coin."""
    random = np.random.default_rng(SEED)
    found = []
    for rows in _chunks(resamples, pairs.count):
        coin = random.integers(0, 2, size=(rows, pairs.count)).astype(np.float64)
        a, b = pairs.both(measures, np.hstack([1 - coin, coin]), np.hstack([coin, 1 - coin]))
        found.append(b - a)
        step(rows)
    return np.vstack(found)


def _p_value(observed: float, exchanged: Floats) -> float:
    """The share of what came of exchanging that is as far from 0 as what was observed, which counts as one of it."""
    coins = np.abs(exchanged[~np.isnan(exchanged)])
    return float((1 + np.count_nonzero(coins >= abs(observed) - 1e-12)) / (1 + len(coins)))


def _difference(measure: Measure, a: float, b: float, drawn: Floats, p_value: float) -> Difference:
    """A Difference, from those that came of drawing."""
    observed = b - a
    low = high = np.nan
    if np.isnan(observed):
        p_value = np.nan
    elif len(known := drawn[~np.isnan(drawn)]):
        tail = (1 - confidence_of(measure)) / 2
        low, high = np.quantile(known, [tail, 1 - tail])
    return Difference(
        metric=measure.name,
        label=measure.label,
        a=as_number(a),
        b=as_number(b),
        difference=as_number(observed),
        low=as_number(low),
        high=as_number(high),
        confidence=confidence_of(measure),
        p_value=as_number(p_value),
        better=_better(measure, observed),
        verdict=verdict_of(measure, a, low, high, p_value),
    )


def _chunks(resamples: int, count: int) -> Iterator[int]:
    at_once = max(1, _AT_ONCE_BYTES // (16 * count))
    for first in range(0, resamples, at_once):
        yield min(at_once, resamples - first)


def _better(measure: Measure, difference: float) -> bool | None:
    return None if np.isnan(difference) or difference == 0 else bool((difference > 0) == measure.more_is_better)
