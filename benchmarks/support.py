"""How well support is told from its absence: `python -m benchmarks.support ../shared/data`, docs/verifier.md's table.

WiCE's development claims with their oracle chunks (Kamoi et al. 2023) and BEGIN's wow test answers (Dziri et al. 2022),
which nothing was fitted on. Beside the share of a statement's words that its passage has, cut where that does best on
BEGIN's development answers, and where it does best on the reported set itself, which flatters it. About 6 minutes.
`--prepared FOLDER`, of training.verifier.prepare, adds what is made of the development examples: supported, and with
one detail altered, 400 each; the weights of the features, and not the verifier, were fitted on those.
"""

import argparse
import hashlib
import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sklearn.metrics import roc_auc_score

from rag.llm.support import SupportChecker
from rag.models.calibrated import logit as weighed
from rag.models.calibrated import probability
from rag.models.cross_encoder import WEIGHTS
from rag.models.verifier import VerifierModel
from rag.text.words import share_of_words, stems
from training.verifier.fit import balanced, features
from training.verifier.pairs import Pair, load
from training.verifier.prepare import DEV_FILE
from training.verifier.reported import reported
from training.verifier.sets.table import read_pairs

Floats = npt.NDArray[np.float64]

ALTERED = 400
"""Statements with one detail altered, and as many that are supported."""


def best_cut(scores: Floats, supported: npt.NDArray[np.bool_]) -> float:
    """The score from which on to believe for the best balanced accuracy."""
    return max(np.unique(scores), key=lambda cut: balanced(scores >= cut, supported))


def overlap(statements: Sequence[Sequence[Pair]]) -> Floats:
    """The share of each statement's words that one of its passages has, the greatest."""
    return np.array([max(share_of_words(stems(p.statement), p.passage) for p in pairs) for pairs in statements])


def verdicts(statements: Sequence[Sequence[Pair]], checker: SupportChecker) -> npt.NDArray[np.bool_]:
    """Whether the verdict on each statement, rules and all, is that one of its passages supports it."""
    found = (checker.check(pairs[0].statement, [pair.passage for pair in pairs]) for pairs in statements)
    return np.array([any(s.verdict in ("quoted", "supported") for s in supports) for supports in found])


def likelihoods(statements: Sequence[Sequence[Pair]], folder: Path) -> tuple[Floats, Floats]:
    """The probability that one of its passages supports each statement, and the verifier's logit alone."""
    model = VerifierModel(folder)
    flat = [pair for pairs in statements for pair in pairs]
    rows = features(folder / "verifier.onnx", flat)
    likely = [probability(weighed(model.fitted.support, row[:-1])) for row in rows]
    of = np.repeat(np.arange(len(statements)), [len(pairs) for pairs in statements])
    return (
        np.array([max(np.array(likely)[of == i]) for i in range(len(statements))]),
        np.array([max(rows[of == i, 0]) for i in range(len(statements))]),
    )


def altered(prepared: Path) -> dict[str, list[list[Pair]]]:
    """Made sentences and questions of documents held back: supported as they stand, and with one detail altered."""
    pairs = load(prepared / DEV_FILE)
    random.Random(0).shuffle(pairs)
    found = {}
    for name, of_sentences in (("sentences, a detail altered", True), ("questions, a detail altered", False)):
        own = [pair for pair in pairs if pair.set.endswith("-sentence") == of_sentences]
        wrong = [pair for pair in own if pair.id.endswith("-altered") and not pair.supported]
        sets = {pair.set for pair in wrong}
        right = [pair for pair in own if pair.supported and pair.set in sets]
        found[name] = [[pair] for pair in (*right[:ALTERED], *wrong[:ALTERED])]
    return found


def main(data: Path, folder: Path, prepared: Path | None) -> None:
    """Print the table."""
    checker = SupportChecker(VerifierModel(folder))
    threshold = VerifierModel(folder).fitted.supported
    development = [
        [pair] for pairs in read_pairs(data, "begin").values() for pair in pairs if pair.id.startswith("wow")
    ]
    of_dev = np.array([pairs[0].supported for pairs in development])
    cut = best_cut(overlap(development), of_dev)
    print(
        f"verifier {hashlib.sha256((folder / 'verifier.onnx').read_bytes()).hexdigest()[:12]}, words cut at {cut:.2f}"
    )
    head = ("set", "statements", "supported", "words", "words, cut on the set itself", "probability", "verdict")
    print(f"| {' | '.join((*head, 'ROC area: words, probability, verifier alone'))} |")
    print(f"|{'---|' * (len(head) + 1)}")
    for name, statements in (reported(data) | (altered(prepared) if prepared else {})).items():
        supported = np.array([pairs[0].supported for pairs in statements])
        words = overlap(statements)
        likely, alone = likelihoods(statements, folder)
        row = [
            balanced(words >= cut, supported),
            balanced(words >= best_cut(words, supported), supported),
            balanced(likely >= threshold, supported),
            balanced(verdicts(statements, checker), supported),
        ]
        areas = [roc_auc_score(supported, scores) for scores in (words, likely, alone)]
        cells = " | ".join(f"{value:.3f}" for value in row)
        of = ", ".join(f"{area:.3f}" for area in areas)
        print(f"| {name} | {len(statements):,} | {supported.mean():.2f} | {cells} | {of} |", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--weights", type=Path, default=WEIGHTS)
    parser.add_argument("--prepared", type=Path)
    arguments = parser.parse_args()
    main(arguments.data, arguments.weights, arguments.prepared)
