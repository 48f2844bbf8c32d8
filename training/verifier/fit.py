"""`python -m training.verifier.fit PREPARED WEIGHTS`: what the features of support weigh, and from which on to believe.

Fitted on the development pairs, each set counting as much as another, and written to WEIGHTS/verifier.json.
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

from rag.fitted import FittedVerifier
from rag.pair_model import PairModel
from rag.support import SupportFeatures, features_of
from rag.verifier_model import FITTED_FILE, ONNX_FILE, SupportScores
from training.verifier.pairs import Pair, load
from training.verifier.prepare import DEV_FILE

PARTLY_PRECISION = 0.8
"""Share of the development pairs over the limit for `partly` that are supported in part at least."""

SET_WEIGHTS = {"begin": 4.0, "scifact": 2.0}
"""What a set counts beside one of the made ones (1): people wrote and judged its statements."""


def features(file: Path, pairs: Sequence[Pair]) -> npt.NDArray[np.float64]:
    """The SupportFeatures of pairs, float [n, 6]."""
    model = PairModel(file, hashlib.sha256(file.read_bytes()).hexdigest())
    read = model.read_pairs([(model.cut(pair.statement), pair.passage) for pair in pairs])
    scores = [SupportScores(*(max(float(w.outputs[i]) for w in windows) for i in range(2))) for windows in read]
    rows = [features_of(p.statement, p.passage, "", s) for p, s in zip(pairs, scores, strict=True)]
    return np.array(rows, dtype=np.float64).reshape(-1, len(SupportFeatures._fields))


def balanced_threshold(
    likely: npt.NDArray[np.float64], supported: npt.NDArray[np.bool_], weights: npt.NDArray[np.float64]
) -> float:
    """The probability, of .05, .06, … .95, from which on to believe for the best weighted balanced accuracy."""

    def balanced(threshold: float) -> float:
        given = likely >= threshold
        rate = [
            np.average(given[mask] == expected, weights=weights[mask])
            for mask, expected in ((supported, True), (~supported, False))
        ]
        return float(np.mean(rate))

    return max(np.arange(5, 96) / 100, key=balanced)


def fit(prepared: Path, folder: Path) -> FittedVerifier:
    """What is written to verifier.json."""
    pairs = load(prepared / DEV_FILE)
    rows = features(folder / ONNX_FILE, pairs)
    supported = np.array([pair.supported for pair in pairs])
    counts = Counter(pair.set for pair in pairs)
    weights = np.array([SET_WEIGHTS.get(pair.set, 1.0) / counts[pair.set] for pair in pairs])
    weights *= len(weights) / weights.sum()
    model = LogisticRegression(C=1.0, max_iter=1000).fit(rows, supported, sample_weight=weights)
    likely = model.predict_proba(rows)[:, 1]
    known = np.array([pair.partly is not None for pair in pairs])
    partly = np.array([bool(pair.partly) for pair in pairs])[known]
    limits = np.quantile(rows[known, 1], np.arange(100) / 100)
    limit = next((x for x in limits if partly[rows[known, 1] >= x].mean() >= PARTLY_PRECISION), limits[-1])
    onnx = hashlib.sha256((folder / ONNX_FILE).read_bytes()).hexdigest()
    return FittedVerifier(
        sha256=onnx,
        support=[round(float(value), 5) for value in (*model.coef_[0], model.intercept_[0])],
        supported=float(balanced_threshold(likely, supported, weights)),
        partly=round(float(limit), 3),
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("prepared", type=Path)
    parser.add_argument("weights", type=Path)
    arguments = parser.parse_args()
    fitted = fit(arguments.prepared, arguments.weights)
    (arguments.weights / FITTED_FILE).write_text(json.dumps(asdict(fitted), indent=1) + "\n", encoding="utf-8")
    print(fitted)
