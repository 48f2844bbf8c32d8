"""How well confidence that was fitted on some kinds of text holds on a kind that is kept out."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from rag.answering.confidence import ConfidenceFeatures

BINS = 10
THRESHOLDS = np.arange(5, 96) / 100

UNASKABLE = ("rules",)
"""Kinds that the threshold is not chosen by: PolicyQA's questions do not say whose rules they ask about."""

Values = npt.NDArray[np.float64]


class Best(NamedTuple):
    """The best span of a question's passages: the features of confidence in it, and how right it is.

    `right` tells whether its sentence is, as `rag eval` has it; `retrieved` and `ranked` whether the first passage
    holds evidence before and after reading.
    """

    features: ConfidenceFeatures
    answerable: bool
    right: bool = False
    f1: float = 0.0
    em: float = 0.0
    retrieved: bool = False
    ranked: bool = False


class KeptOut(NamedTuple):
    """A kind of text: the best spans of its own questions and of the others', by regressions fitted on the others'."""

    kind: str
    own: list[Best]
    others: list[Best]


class Told(NamedTuple):
    """Of each question, float64 [questions], the confidence in its best span, and 1 where that is right, else 0.

    `kind` is that of the text.
    """

    confidence: Values
    right: Values
    kind: str = ""


def told(kept_out: KeptOut, without: str = "") -> Told:
    """The confidence, fitted on the others, in a kind's own best spans; `without` names a feature that is left out."""
    *weights, constant = confidence_weights(kept_out.others, without)
    values = np.array([best.features for best in kept_out.own], dtype=float) @ np.array(weights) + constant
    return Told(1 / (1 + np.exp(-values)), np.array([best.right for best in kept_out.own], dtype=float), kept_out.kind)


def confidence_weights(bests: Sequence[Best], without: str = "") -> list[float]:
    """What the features of confidence weigh, 0 for what is left out, and a constant."""
    names = ConfidenceFeatures._fields
    fitted = [at for at, name in enumerate(names) if name != without]
    rows = np.array([best.features for best in bests], dtype=float)[:, fitted]
    *weights, constant = logistic(rows, [best.right for best in bests])
    found = dict(zip(fitted, weights, strict=True))
    return [*(found.get(at, 0.0) for at in range(len(names))), constant]


def right_minus_wrong(of_kind: Told, threshold: float) -> float:
    """Right answers less wrong ones, as a share of all questions, where those from `threshold` on are given."""
    return float(_gains(of_kind, threshold).mean())


def _gains(of_kind: Told, threshold: float) -> Values:
    return np.where(of_kind.confidence >= threshold, 2 * of_kind.right - 1, 0)


def threshold_for(of_kinds: Sequence[Told]) -> float:
    """The least threshold, of two digits, with about the most right answers less wrong ones, kinds counting the same.

    UNASKABLE kinds do not count.

    About is within one standard error of the most (Breiman et al. 1984, the 1 SE rule): of thresholds that serve as
    well, as far as can be told, the one that answers most.
    """
    asked = [one for one in of_kinds if one.kind not in UNASKABLE]
    gains = np.array([np.mean([right_minus_wrong(one, threshold) for one in asked]) for threshold in THRESHOLDS])
    at_best = [_gains(one, THRESHOLDS[int(np.argmax(gains))]) for one in asked]
    error = np.sqrt(sum(values.var() / len(values) for values in at_best)) / len(asked)
    return float(THRESHOLDS[int(np.argmax(gains >= gains.max() - error))])


def thresholds(of_kinds: Sequence[Told]) -> list[float]:
    """For each kind the threshold that serves the others best."""
    return [threshold_for([*of_kinds[:at], *of_kinds[at + 1 :]]) for at in range(len(of_kinds))]


def calibration_error(of_kind: Told) -> float:
    """Expected calibration error over BINS bins of equal width (Guo et al. 2017, eq. 3)."""
    confidence, right, _ = of_kind
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    gaps = [abs(right[bins == b].mean() - confidence[bins == b].mean()) * (bins == b).mean() for b in set(bins)]
    return float(sum(gaps))


def roc_area(of_kind: Told) -> float:
    """Area under ROC, right or not by confidence; not a number where all are either."""
    return float(roc_auc_score(of_kind.right, of_kind.confidence)) if len(set(of_kind.right)) > 1 else float("nan")


def logistic(rows: npt.ArrayLike, labels: Sequence[bool]) -> list[float]:
    """Weights and constant of a logistic regression on standardised features."""
    features = np.array(rows, dtype=np.float64)
    mean, spread = features.mean(axis=0), features.std(axis=0)
    spread[spread == 0] = 1.0
    model = LogisticRegression().fit((features - mean) / spread, np.array(labels))
    weights = model.coef_[0] / spread
    return [*weights.tolist(), float(model.intercept_[0] - weights @ mean)]
