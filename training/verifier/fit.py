"""`python -m training.verifier.fit PREPARED WEIGHTS`: what the features of support weigh, and from which on to believe.

Fitted on the development pairs, BEGIN, SciFact and the made ones counting as much as each other, and written to
WEIGHTS/verifier.json.
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

from rag.llm.support import SupportFeatures, features_of
from rag.models.calibrated import FittedVerifier
from rag.models.cross_encoder import PairModel
from rag.models.verifier import FITTED_FILE, ONNX_FILE, SupportScores
from training.verifier.pairs import Pair, load
from training.verifier.prepare import DEV_FILE

MADE = "made"
"""The name of all sets together that are made of the reader's examples."""


def features(file: Path, pairs: Sequence[Pair]) -> npt.NDArray[np.float64]:
    """The SupportFeatures of pairs, float [n, 3], and behind them the logit that some of the statement is supported."""
    model = PairModel(file, hashlib.sha256(file.read_bytes()).hexdigest())
    read = model.read_pairs([(model.cut(pair.statement), pair.passage) for pair in pairs])
    scores = [SupportScores(*(max(float(w.outputs[i]) for w in windows) for i in range(2))) for windows in read]
    rows = [(*features_of(p.statement, p.passage, "", s), s.partly) for p, s in zip(pairs, scores, strict=True)]
    return np.array(rows, dtype=np.float64).reshape(-1, len(SupportFeatures._fields) + 1)


def balanced_cut(
    values: npt.NDArray[np.float64], true: npt.NDArray[np.bool_], of: Sequence[str], cuts: npt.NDArray[np.float64]
) -> float:
    """The cut, of `cuts`, with the best balanced accuracy, the mean over the sets that the values are `of`."""
    names, sets = sorted(set(of)), np.array(of)

    def balanced(cut: float) -> float:
        given = values >= cut
        shares = [(given[(sets == n) & true].mean() + (~given[(sets == n) & ~true]).mean()) / 2 for n in names]
        return float(np.mean(shares))

    return float(max(cuts, key=balanced))


def fit(prepared: Path, folder: Path) -> FittedVerifier:
    """What is written to verifier.json.

    Logit and words have an equal say: each is divided by its standard deviation. On the development pairs that ranks
    statements that people judged better than weights fitted for all at once, which the made pairs turn against words.
    """
    pairs = load(prepared / DEV_FILE)
    rows = features(folder / ONNX_FILE, pairs)
    supported = np.array([pair.supported for pair in pairs])
    of = [pair.set if pair.set in ("begin", "scifact") else MADE for pair in pairs]
    counts = Counter(zip(of, supported, strict=True))
    weights = np.array([1 / counts[pair] for pair in zip(of, supported, strict=True)])
    weights *= len(weights) / weights.sum()
    deviations = rows[:, :2].std(axis=0)
    together = np.column_stack([(rows[:, :2] / deviations).sum(axis=1), rows[:, 2]])
    model = LogisticRegression(C=10, max_iter=1000).fit(together, supported, sample_weight=weights)
    likely = model.predict_proba(together)[:, 1]
    known = np.array([pair.partly is not None for pair in pairs])
    partly = np.array([bool(pair.partly) for pair in pairs])[known]
    (both, numbers), constant = model.coef_[0], model.intercept_[0]
    return FittedVerifier(
        sha256=hashlib.sha256((folder / ONNX_FILE).read_bytes()).hexdigest(),
        support=[round(float(value), 5) for value in (*(both / deviations), numbers, constant)],
        supported=balanced_cut(likely, supported, of, np.arange(5, 96) / 100),
        partly=balanced_cut(rows[known, 3], partly, [MADE] * len(partly), np.arange(-60, 61) / 10),
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("prepared", type=Path)
    parser.add_argument("weights", type=Path)
    arguments = parser.parse_args()
    fitted = fit(arguments.prepared, arguments.weights)
    (arguments.weights / FITTED_FILE).write_text(json.dumps(asdict(fitted), indent=1) + "\n", encoding="utf-8")
    print(fitted)
