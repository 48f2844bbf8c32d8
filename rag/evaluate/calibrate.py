"""Fit when to refuse: confidence to the probability of being right, and the least at which to answer."""

import contextlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from rag.errors import QuestionError
from rag.evaluate.dataset import Question
from rag.evaluate.record import Record
from rag.models.calibrated import probability
from rag.store.calibration import Calibration, digest

LEAST_QUESTIONS = 20
FOLDS = 5
MORE_LIKELY_RIGHT = 0.5
LOOK_FIRST = "Look at where questions are lost first: rag eval QUESTIONS --out FOLDER."

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


def fit_calibration(questions: Sequence[Question], records: Sequence[Record], precision: float | None) -> Calibration:
    """The Calibration that proposed answers to `questions` give: `records`, none of them refused for low confidence.

    Probability by Platt's logistic fit (1999) on standardised confidence. An answer is given where it is more likely
    right than wrong, or, with `precision`, from the lowest threshold on at which that share of the answers is right.
    Expected precision and coverage: 5 folds, each decided by what the other four gave. Raises QuestionError where the
    questions cannot tell, or tell that no more answers would be right than without a threshold.
    """
    confidence = np.array([record.answer.confidence for record in records])
    right = np.array([bool(record.right_if_answered) for record in records])
    if len(records) < LEAST_QUESTIONS or min(right.sum(), (~right).sum()) < FOLDS:
        raise QuestionError(
            f"{len(records)} questions, {right.sum()} of them answered rightly, are too few to calibrate on."
            f" Give at least {LEAST_QUESTIONS}, of which {FOLDS} are answered rightly and {FOLDS} are not."
        )
    slope, intercept, threshold = _fit(confidence, right, precision)
    answered = np.zeros(len(right), dtype=bool)
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
    for others, fold in folds.split(confidence, right):
        with contextlib.suppress(QuestionError):  # where four folds give no threshold, nothing would be answered
            a, b, least = _fit(confidence[others], right[others], precision)
            answered[fold] = _probabilities(a, b, confidence[fold]) >= least
    expected = float(right[answered].mean()) if answered.any() else 0.0
    if expected <= right.mean():
        found = f"{expected:.2f} of the answers" if answered.any() else "no answer"
        raise QuestionError(
            f"a threshold would not help: from {threshold:.2f} on {found} would be right, without one"
            f" {right.mean():.2f} (cross-validated). Nothing was changed. {LOOK_FIRST}"
        )
    return Calibration(
        slope=slope,
        intercept=intercept,
        threshold=threshold,
        expected_precision=round(expected, 4),
        expected_coverage=round(float(answered.mean()), 4),
        asked=sorted(digest(question.question) for question in questions),
    )


def _fit(confidence: Floats, right: Bools, precision: float | None) -> tuple[float, float, float]:
    """Slope, intercept and threshold."""
    mean, spread = confidence.mean(), confidence.std() or 1.0
    model = LogisticRegression().fit(((confidence - mean) / spread)[:, None], right)
    slope = float(model.coef_[0, 0] / spread)
    intercept = float(model.intercept_[0] - slope * mean)
    if slope <= 0:
        raise QuestionError(
            "confidence does not rise with being right on these questions, so no threshold would help."
            f" Nothing was changed. {LOOK_FIRST}"
        )
    if precision is None:
        return slope, intercept, MORE_LIKELY_RIGHT
    return slope, intercept, _least_threshold(_probabilities(slope, intercept, confidence), right, precision)


def _least_threshold(likely: Floats, right: Bools, precision: float) -> float:
    """The lowest threshold from which on the share of right answers is at least `precision`."""
    order = np.argsort(-likely, kind="stable")
    share = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    # Only where the next probability is lower can a threshold stand.
    stands = np.r_[np.diff(likely[order]) < 0, True]
    enough = np.flatnonzero((share >= precision) & stands)
    if not len(enough):
        raise QuestionError(
            f"no threshold makes {precision:.2f} of the answers right; the best is {share[stands].max():.2f}."
            " Ask for less with --precision."
        )
    # Down to 4 digits, in which confidence is given.
    return float(np.floor(likely[order][enough[-1]] * 10_000) / 10_000)


def _probabilities(slope: float, intercept: float, confidence: Floats) -> Floats:
    return np.array([probability(slope * one + intercept) for one in confidence.tolist()])
