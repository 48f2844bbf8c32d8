"""Metrics of a run: functions of weighted questions, so that one definition serves the summary and the resampling."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rag.evaluate.record import Record

Floats = npt.NDArray[np.float64]
Columns = Mapping[str, Floats]
"""By name, one value a question, float64 [questions]; nan where it does not apply."""

Measured = Callable[[Columns, Floats], Floats]
"""Columns and whole weights of questions, float64 [resamples, questions], to values, float64 [resamples]."""

STAGES = ("retrieve", "read", "answer", "total")

CALIBRATION_BINS = 10


@dataclass(frozen=True, slots=True)
class Measure:
    """A metric of a run: its name, what it is, where from, how it is computed, and whether more is better.

    `seconds` is the column that a time is of.
    """

    name: str
    label: str
    definition: str
    of: Measured
    more_is_better: bool = True
    seconds: str = ""

    @property
    def is_time(self) -> bool:
        """Whether it is a time."""
        return bool(self.seconds)


def columns_of(records: Sequence[Record]) -> dict[str, Floats]:
    """The Columns that MEASURES are computed from."""
    rows = [_row(record) for record in records]
    return {name: np.array([row[name] for row in rows], dtype=np.float64) for name in (rows[0] if rows else [])}


def measure(records: Sequence[Record]) -> dict[str, float | None]:
    """Value of each of MEASURES, None where it applies to no question, in six digits."""
    columns = columns_of(records)
    ones = np.ones((1, len(records)))
    return {m.name: as_number(m.of(columns, ones)[0]) for m in MEASURES} if records else {}


def as_number(value: float) -> float | None:
    """`value` in six digits; None for nan, which JSON does not have."""
    return None if np.isnan(value) else round(float(value), 6)


def coverage_and_risk(columns: Columns, weights: Floats) -> tuple[Floats, Floats]:
    """Questions in order of confidence, as the threshold falls: the share answered, and the share of wrong ones in it.

    Both float64 [resamples, questions]. Questions of the same confidence are answered together, so that among them
    errors are spread evenly.
    """
    order = np.argsort(-columns["confidence"], kind="stable")
    confidence, weights = columns["confidence"][order], weights[:, order]
    wrong = weights * (1 - columns["right_if_answered"][order])
    answered, errors = np.cumsum(weights, axis=1), np.cumsum(wrong, axis=1)
    group = np.cumsum(np.r_[0, np.diff(confidence) != 0]).astype(int)
    last = np.searchsorted(group, group, side="right") - 1
    before = np.searchsorted(group, group, side="left") - 1
    answered_0 = np.where(before >= 0, answered[:, before], 0)
    errors_0 = np.where(before >= 0, errors[:, before], 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        rate = (errors[:, last] - errors_0) / (answered[:, last] - answered_0)
        errors = errors_0 + np.nan_to_num(rate) * (answered - answered_0)
        return answered / answered[:, -1:], errors / answered


def _row(record: Record) -> dict[str, float]:
    answer, answerable = record.answer, record.gold.answerable
    answered = record.outcome is not None
    row = {name: _number(value) for name, value in (dict.fromkeys(SCORES) | record.scores).items()}
    seconds = {f"seconds_{stage}": getattr(answer.seconds, stage) for stage in STAGES}
    row |= {
        "yardstick": _number(record.yardstick),
        "confidence": answer.confidence if answered else np.nan,
        "right_if_answered": _number(record.right_if_answered),
        "refused": float(answer.refused) if answered else np.nan,
        "unanswerable": float(not answerable) if answered else np.nan,
        "correct": float(record.outcome == "correct") if answered else np.nan,
        "accurate": float(record.outcome == "correct" or (answer.refused and not answerable)) if answered else np.nan,
    }
    return row | seconds


def _number(value: float | None) -> float:
    return np.nan if value is None else float(value)


def _mean(values: Floats, weights: Floats) -> Floats:
    """Weighted mean of the values that are not nan, float64 [resamples]."""
    applies = ~np.isnan(values)
    return _ratio(weights @ np.where(applies, values, 0.0), weights @ applies.astype(np.float64))


def _ratio(total: Floats, count: Floats) -> Floats:
    """total / count, nan where count is 0."""
    ratio: Floats = np.divide(total, count, out=np.full(len(count), np.nan), where=count > 0)
    return ratio


def _mean_of(name: str) -> Measured:
    return lambda columns, weights: _mean(columns[name], weights)


def _mean_where(name: str, where: str, is_one: bool) -> Measured:
    """The mean of a column over the questions where another is 1, or is 0."""
    return lambda columns, weights: _mean(np.where(columns[where] == is_one, columns[name], np.nan), weights)


def _refusal_f1(columns: Columns, weights: Floats) -> Floats:
    # nan, not 0, where no question is unanswerable: recall is not defined there.
    unanswerable = _mean(columns["unanswerable"], weights)
    both = np.nansum(weights * (columns["refused"] * columns["unanswerable"]), axis=1)
    all_of_both = np.nansum(weights * (columns["refused"] + columns["unanswerable"]), axis=1)
    return np.where(unanswerable > 0, _ratio(2 * both, all_of_both), np.nan)


def _balanced_accuracy(columns: Columns, weights: Floats) -> Floats:
    recall = _mean_where("refused", "unanswerable", True)(columns, weights)
    return (recall + 1 - _mean_where("refused", "unanswerable", False)(columns, weights)) / 2


def _risk_area(columns: Columns, weights: Floats) -> Floats:
    """The mean of what `coverage_and_risk` gives for each question, one of weight n being n questions."""
    if np.isnan(columns["confidence"]).any():
        return np.full(len(weights), np.nan)
    order = np.argsort(-columns["confidence"], kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(columns["confidence"][order]) != 0])
    wrong = weights * (1 - columns["right_if_answered"])
    counts, errors = (np.add.reduceat(values[:, order], starts, axis=1) for values in (weights, wrong))
    before, errors_before = np.cumsum(counts, axis=1) - counts, np.cumsum(errors, axis=1) - errors
    rate = np.divide(errors, counts, out=np.zeros_like(errors), where=counts > 0)
    # Within a group of one confidence the n-th question sees a risk of (errors_before + n · rate) / (before + n).
    harmonic = np.r_[0.0, np.cumsum(1 / np.arange(1, weights.sum(axis=1).max() + 1))]
    steps = harmonic[(before + counts).astype(int)] - harmonic[before.astype(int)]
    area = (rate * counts + (errors_before - rate * before) * steps).sum(axis=1)
    return _ratio(area, weights.sum(axis=1))


def _calibration_error(columns: Columns, weights: Floats) -> Floats:
    """The gap of mean confidence and share of right answers in each bin, weighted by its questions (eq. 3 there)."""
    confidence = columns["confidence"]
    if np.isnan(confidence).any():
        return np.full(len(weights), np.nan)
    bins = np.minimum((confidence * CALIBRATION_BINS).astype(int), CALIBRATION_BINS - 1)
    gaps = weights * (confidence - columns["right_if_answered"])
    error = sum(np.abs(gaps[:, bins == number].sum(axis=1)) for number in set(bins.tolist()))
    return _ratio(np.asarray(error), weights.sum(axis=1))


def _percentile(name: str, percent: float) -> Measured:
    """The smallest value that at least `percent` of the questions do not exceed (nearest rank)."""

    def of(columns: Columns, weights: Floats) -> Floats:
        order = np.argsort(columns[name], kind="stable")
        reached = np.cumsum(weights[:, order], axis=1)
        enough = reached >= percent / 100 * reached[:, -1:] - 1e-9
        found: Floats = columns[name][order][np.argmax(enough, axis=1)]
        return found

    return of


_SQUAD = "SQuAD's official evaluation, Rajpurkar et al. 2016; over questions with answers, 0 where refused"
_ALCE = "ALCE, Gao et al. 2023, support check: verbatim, of a language model's answers the verifier; over answers given"
_JUDGE = "judged by a language model with LlamaIndex's evaluator, see `rag judge`; over answers given"
_RANKING = "over questions with evidence"

SCORES = {
    "hit@1": ("hit@1", f"share whose first passage overlaps the evidence; {_RANKING}"),
    "hit@5": ("hit@5", f"share with evidence among the first 5 passages; {_RANKING}"),
    "recall@5": ("recall@5", f"share of the pieces of evidence that the first 5 passages hold; {_RANKING}"),
    "recall@10": ("recall@10", f"share of the pieces of evidence that the first 10 passages hold; {_RANKING}"),
    "mrr@10": ("MRR@10", f"1 / rank of the first evidence, 0 beyond rank 10; Voorhees 1999; {_RANKING}"),
    "map": ("MAP", f"mean of the precision at each piece of evidence, over all passages retrieved; {_RANKING}"),
    "ndcg@10": (
        "nDCG@10",
        f"DCG with gain / log2(rank + 1) over that of the ideal; Järvelin & Kekäläinen 2002; {_RANKING}",
    ),
    "exact_match": ("exact match", f"the answer equals an accepted one; {_SQUAD}"),
    "f1": ("token F1", f"bag of words shared with an accepted answer; {_SQUAD}"),
    "f1_if_answered": (
        "token F1 if answered",
        "the same of the answer that was given or, under a refusal, would have been; over questions with answers",
    ),
    "rouge_l": ("ROUGE-L", "F1 of the longest common subsequence of words; Lin 2004; over questions with answers"),
    "evidence_cited": ("evidence cited", "share of answers given, to questions with evidence, that cite some of it"),
    "citation_recall": ("citation recall", f"share of an answer's sentences that their citations support; {_ALCE}"),
    "citation_precision": ("citation precision", f"share of an answer's citations that are of use; {_ALCE}"),
    "citation_exactness": (
        "citation exactness",
        "share of an answer's citations whose range holds exactly their quote",
    ),
    "llm_faithfulness": ("faithfulness", f"share of the answers that the passages found support; {_JUDGE}"),
    "llm_relevancy": ("relevancy", f"share of the answers that fit the question and the passages found; {_JUDGE}"),
}
"""Per question scores whose mean is a metric of the run: label and definition."""

MEASURES: tuple[Measure, ...] = (
    *(Measure(name, label, definition, _mean_of(name)) for name, (label, definition) in SCORES.items()),
    Measure(
        "accuracy", "accuracy", "share answered correctly or rightly refused; over all questions", _mean_of("accurate")
    ),
    Measure(
        "answered_accuracy",
        "accuracy when answered",
        "share of the answers given that are correct: supported and right",
        _mean_where("correct", "refused", False),
    ),
    Measure(
        "refusal_precision",
        "refusal precision",
        "share of the refused questions that are unanswerable",
        _mean_where("unanswerable", "refused", True),
    ),
    Measure(
        "refusal_recall",
        "refusal recall",
        "share of the unanswerable questions that are refused",
        _mean_where("refused", "unanswerable", True),
    ),
    Measure(
        "refusal_f1",
        "refusal F1",
        "harmonic mean of refusal precision and recall; always refusing half unanswerable questions scores .67",
        _refusal_f1,
    ),
    Measure(
        "refusal_balanced_accuracy",
        "refusal balanced accuracy",
        "mean of refusal recall and the share of answerable questions answered; always refusing scores .5",
        _balanced_accuracy,
    ),
    Measure(
        "aurc",
        "area under risk",
        "mean share of wrong answers as the threshold falls from 1 to 0; Geifman & El-Yaniv 2017; less is better",
        _risk_area,
        more_is_better=False,
    ),
    Measure(
        "calibration_error",
        "calibration error",
        f"expected calibration error of confidence, {CALIBRATION_BINS} bins of equal width; Guo et al. 2017; less is"
        " better",
        _calibration_error,
        more_is_better=False,
    ),
    *(
        Measure(
            f"seconds_{stage}_p{percent}",
            f"seconds to {stage}, p{percent}" if stage != "total" else f"seconds in all, p{percent}",
            f"the least seconds that {percent} % of the questions do not exceed (nearest rank)",
            _percentile(f"seconds_{stage}", percent),
            more_is_better=False,
            seconds=f"seconds_{stage}",
        )
        for stage in STAGES
        for percent in (50, 95)
    ),
)
