"""`python -m training.reader.fit DATA FOLDER`: how the scores of FOLDER/reader.onnx become probabilities.

Writes FOLDER/reader.json from the questions kept for development, and prints how well it does on them: everything in
5 folds by document-blind question order, so that no question is judged by weights that have seen it.
"""

import argparse
import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple

import numpy as np
from llama_index.core.schema import NodeRelationship, NodeWithScore, RelatedNodeInfo, TextNode
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold

from rag.answering.selection import NO_OTHER, ConfidenceFeatures, candidates, confidence_features
from rag.evaluate.wording import exact_match, is_right, token_f1
from rag.models.calibrated import Fitted, logit, probability
from rag.models.reader import FITTED_FILE, ONNX_FILE, ReaderModel
from rag.retrieval.reranker import attach, weigh
from training.reader.collect import Case, collect, load_cases, save_cases

RIGHT_F1 = 0.6
"""Token F1 with an accepted answer from which on a span counts as right; what `rag eval` calls right is a sentence."""

READ = 10
"""Passages that are read where weights are fitted; fewer are when questions are asked, for the time it takes."""

COLLECTED = 16
SHOWN = 10
LEAST_ANSWERED = 0.85
"""Share of the answerable development questions that are not refused."""

FOLDS = 5

NOTHING_FOUND = ConfidenceFeatures(NO_OTHER, NO_OTHER, 0.0, 0.0, 0.0, 1.0)
"""Of a question without any span."""

BINS = 10


def fit(cases: Sequence[Case], sha256: str, read: int = READ) -> Fitted:
    """Weights for spans and passages by logistic regression, then for confidence, then the threshold."""
    rows, right, passages, gold = [], [], [], []
    for case in cases:
        for found in case.found[:read]:
            passages.append(found.features.passage)
            gold.append(found.gold)
            for _, span, features in found.features.spans:
                rows.append(features)
                right.append(bool(case.answers) and token_f1(found.text[slice(*span)], case.answers) >= RIGHT_F1)
    fitted = Fitted(sha256, _logistic(rows, right), _logistic(passages, gold), [0.0] * 7, 0.0)
    asked = [best_of(case, fitted, read) for case in cases]
    weights = _logistic([best.features for best in asked], [best.right for best in asked])
    confidence = np.array([probability(logit(weights, best.features)) for best in asked])
    answerable = np.array([bool(case.answers) for case in cases])
    threshold = threshold_for(confidence[answerable])
    return Fitted(sha256, fitted.span, fitted.passage, weights, threshold)


class Best(NamedTuple):
    """The best span of a question's passages: features of its confidence, whether its sentence is right, F1 and EM."""

    features: ConfidenceFeatures
    right: bool
    f1: float
    em: float


def best_of(case: Case, fitted: Fitted, read: int) -> Best:
    """The best span of the passages that an answer would show; right as `rag eval` has it."""
    nodes = nodes_of(case, fitted, read)[:SHOWN]
    found = candidates(case.question, nodes)
    if not found:
        return Best(NOTHING_FOUND, False, 0.0, 0.0)
    features = confidence_features(case.question, nodes, found)
    if not case.answers:
        return Best(features, False, 0.0, 0.0)
    best = found[0]
    sentence = nodes[best.passage].text[slice(*best.sentence)]
    return Best(
        features,
        is_right(sentence, case.answers),
        token_f1(best.said, case.answers),
        exact_match(best.said, case.answers),
    )


def nodes_of(case: Case, fitted: Fitted, read: int) -> list[NodeWithScore]:
    """A case's passages as a PassageReader would leave them."""
    nodes = []
    for found in case.found[:read]:
        source = {NodeRelationship.SOURCE: RelatedNodeInfo(node_id=found.document)}
        node = TextNode(text=found.text, start_char_idx=found.start, relationships=source)
        reading = weigh(found.features, fitted)
        result = NodeWithScore(node=node, score=reading.score)
        attach(result, case.question, reading, found.score)
        nodes.append(result)
    return sorted(nodes, key=lambda node: -(node.score or 0.0))


def threshold_for(confidence: np.ndarray) -> float:
    """The greatest threshold, of two digits, at which LEAST_ANSWERED of answerable questions are answered.

    The threshold of the best balanced accuracy is far higher and refuses much that could be answered, which a person
    minds more than a near miss: docs/reader.md has the figures.
    """
    return float(np.floor(np.quantile(confidence, 1 - LEAST_ANSWERED) * 100) / 100)


def calibration_error(confidence: np.ndarray, right: np.ndarray) -> float:
    """Expected calibration error over BINS bins of equal width (Guo et al. 2017, eq. 3)."""
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    gaps = [abs(right[bins == b].mean() - confidence[bins == b].mean()) * (bins == b).mean() for b in set(bins)]
    return float(sum(gaps))


class Judged(NamedTuple):
    """A development question, judged by weights that were fitted on others."""

    answerable: bool
    retrieved: bool
    ranked: bool
    em: float
    f1: float
    right: bool
    confidence: float
    given: bool


def judge(case: Case, fitted: Fitted, read: int) -> Judged:
    """How a question is answered, and whether the first passage holds evidence before and after reading."""
    best = best_of(case, fitted, read)
    confidence = probability(logit(fitted.confidence, best.features))
    first = max(case.found[:read], key=lambda found: logit(fitted.passage, found.features.passage))
    return Judged(
        answerable=bool(case.answers),
        retrieved=case.found[0].gold,
        ranked=first.gold,
        em=best.em,
        f1=best.f1,
        right=best.right,
        confidence=confidence,
        given=confidence >= fitted.threshold,
    )


def report(cases: Sequence[Case], read: int) -> None:
    """Print figures of the development questions, each fold's by weights from the others."""
    judged: list[tuple[str, Judged]] = []
    for others, fold in KFold(FOLDS, shuffle=True, random_state=0).split(np.arange(len(cases))):
        fitted = fit([cases[i] for i in others], "", read)
        judged += [(cases[i].set, judge(cases[i], fitted, read)) for i in fold]
    for name in sorted({name for name, _ in judged}):
        print(line(name, [row for of, row in judged if of == name]))
    print(line("all", [row for _, row in judged]), flush=True)


def line(name: str, judged: Sequence[Judged]) -> str:
    """The figures of some questions in words."""
    columns = {field: np.array([getattr(row, field) for row in judged], dtype=float) for field in Judged._fields}
    answerable = columns["answerable"] == 1
    mean = {field: values[answerable].mean() for field, values in columns.items()}
    error = calibration_error(columns["confidence"], columns["right"])
    text = f"{name} ({len(judged):,}): hit@1 {mean['retrieved']:.3f}, read {mean['ranked']:.3f}, EM {mean['em']:.3f},"
    text += f" F1 {mean['f1']:.3f}, calibration error {error:.3f}"
    if answerable.all():
        return text
    refused = 1 - columns["given"][~answerable].mean()
    return (
        f"{text}; refuses {refused:.3f} of the unanswerable, answers {mean['given']:.3f} of the answerable,"
        f" balanced accuracy {(refused + mean['given']) / 2:.3f}"
    )


def _logistic(rows: Sequence[Sequence[float]], labels: Sequence[bool]) -> list[float]:
    """Weights and constant of a logistic regression on standardised features."""
    features = np.array(rows, dtype=np.float64)
    mean, spread = features.mean(axis=0), features.std(axis=0)
    spread[spread == 0] = 1.0
    model = LogisticRegression().fit((features - mean) / spread, np.array(labels))
    weights = model.coef_[0] / spread
    return [*weights.tolist(), float(model.intercept_[0] - weights @ mean)]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--work", type=Path, required=True, help="folder for indexes and what was read")
    parser.add_argument("--every", type=int, default=1)
    arguments = parser.parse_args()
    digest = hashlib.sha256((arguments.folder / ONNX_FILE).read_bytes()).hexdigest()
    kept = arguments.work / f"cases-{digest[:12]}-{arguments.every}.jsonl.gz"
    file = arguments.folder / FITTED_FILE
    if not kept.exists():
        unfitted = Fitted(digest, [0.0] * 6, [0.0] * 5, [0.0] * 7, 0.5)
        file.write_text(json.dumps(asdict(unfitted)))
        arguments.work.mkdir(parents=True, exist_ok=True)
        save_cases(
            collect(arguments.data, arguments.work, ReaderModel(arguments.folder), COLLECTED, arguments.every), kept
        )
    all_cases = load_cases(kept)
    for count in (5, READ, COLLECTED):
        print(f"\n{count} passages read")
        report(all_cases, count)
    fitted = fit(all_cases, digest)
    rounded = {k: [round(x, 5) for x in v] if isinstance(v, list) else v for k, v in asdict(fitted).items()}
    file.write_text(json.dumps(rounded, indent=1) + "\n")
    print(f"\n{file}: {rounded}")
