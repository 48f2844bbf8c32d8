"""`python -m training.verifier.fit PREPARED WEIGHTS`: what the features of support weigh, and from which on to believe.

Fitted on the development pairs, each kind of text counting as much as another, and written to WEIGHTS/verifier.json.
Printed is how well each kind is told by what is fitted on the others.
"""

import argparse
import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from rag.llm.support import SupportFeatures, features_of
from rag.models.calibrated import FittedVerifier, logit, probability
from rag.models.cross_encoder import PairModel
from rag.models.verifier import FITTED_FILE, ONNX_FILE, SupportScores
from training.verifier.pairs import Pair, load
from training.verifier.prepare import DEV_FILE, kind_of

Floats = npt.NDArray[np.float64]


def features(file: Path, pairs: Sequence[Pair]) -> Floats:
    """The SupportFeatures of pairs, float [n, 3], and behind them the logit that some of the statement is supported."""
    model = PairModel(file, hashlib.sha256(file.read_bytes()).hexdigest())
    read = model.read_pairs([(model.cut(pair.statement), pair.passage) for pair in pairs])
    scores = [SupportScores(*(max(float(w.outputs[i]) for w in windows) for i in range(2))) for windows in read]
    rows = [(*features_of(p.statement, p.passage, "", s), s.partly) for p, s in zip(pairs, scores, strict=True)]
    return np.array(rows, dtype=np.float64).reshape(-1, len(SupportFeatures._fields) + 1)


def balanced_cut(values: Floats, true: npt.NDArray[np.bool_], of: npt.NDArray[np.str_], cuts: Floats) -> float:
    """The cut, of `cuts`, with the best balanced accuracy, the mean over the kinds that the values are `of`."""

    def mean_over_kinds(cut: float) -> float:
        return float(np.mean([balanced(values[of == kind] >= cut, true[of == kind]) for kind in np.unique(of)]))

    return float(max(cuts, key=mean_over_kinds))


def balanced(given: npt.NDArray[np.bool_], true: npt.NDArray[np.bool_]) -> float:
    """The mean of the shares of what is true and of what is not that are told rightly."""
    return float((given[true].mean() + (~given[~true]).mean()) / 2)


def weights_of(rows: Floats, supported: npt.NDArray[np.bool_], of: npt.NDArray[np.str_]) -> tuple[list[float], float]:
    """What the SupportFeatures weigh, the constant last, and the probability from which on to believe."""
    counts = Counter(zip(of, supported, strict=True))
    weights = np.array([1 / counts[pair] for pair in zip(of, supported, strict=True)])
    weights *= len(weights) / weights.sum()
    own = rows[:, : len(SupportFeatures._fields)]
    deviations = own.std(axis=0)
    model = LogisticRegression(C=10, max_iter=1000).fit(own / deviations, supported, sample_weight=weights)
    found = [float(value) for value in (*(model.coef_[0] / deviations), model.intercept_[0])]
    return found, balanced_cut(likelihoods(found, rows), supported, of, np.arange(5, 96) / 100)


def likelihoods(weights: Sequence[float], rows: Floats) -> Floats:
    """The probability that each statement is supported."""
    return np.array([probability(logit(weights, row[: len(SupportFeatures._fields)])) for row in rows])


def left_out(rows: Floats, supported: npt.NDArray[np.bool_], of: npt.NDArray[np.str_]) -> dict[str, dict[str, float]]:
    """ROC area and balanced accuracy of each kind, weights and threshold fitted on the others; their means last."""
    found: dict[str, dict[str, float]] = {}
    for kind in np.unique(of):
        own = of == kind
        weights, threshold = weights_of(rows[~own], supported[~own], of[~own])
        likely = likelihoods(weights, rows[own])
        found[str(kind)] = {
            "statements": float(own.sum()),
            "auc": float(roc_auc_score(supported[own], likely)),
            "balanced": balanced(likely >= threshold, supported[own]),
        }
    means = {name: float(np.mean([scores[name] for scores in found.values()])) for name in ("auc", "balanced")}
    return found | {"mean": means}


def fit(prepared: Path, folder: Path) -> FittedVerifier:
    """What is written to verifier.json."""
    pairs = load(prepared / DEV_FILE)
    rows = features(folder / ONNX_FILE, pairs)
    supported = np.array([pair.supported for pair in pairs])
    of = np.array([kind_of(pair) for pair in pairs])
    for kind, scores in left_out(rows, supported, of).items():
        print(kind, {name: round(value, 3) for name, value in scores.items()}, flush=True)
    weights, threshold = weights_of(rows, supported, of)
    known = np.array([pair.partly is not None for pair in pairs])
    partly = np.array([bool(pair.partly) for pair in pairs])[known]
    return FittedVerifier(
        sha256=hashlib.sha256((folder / ONNX_FILE).read_bytes()).hexdigest(),
        support=[round(value, 5) for value in weights],
        supported=threshold,
        partly=balanced_cut(rows[known, -1], partly, np.full(len(partly), ""), np.arange(-60, 61) / 10),
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("prepared", type=Path)
    parser.add_argument("weights", type=Path)
    arguments = parser.parse_args()
    fitted = fit(arguments.prepared, arguments.weights)
    (arguments.weights / FITTED_FILE).write_text(json.dumps(asdict(fitted), indent=1) + "\n", encoding="utf-8")
    print(fitted)
