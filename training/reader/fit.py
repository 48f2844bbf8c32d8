"""`python -m training.reader.fit PREPARED FOLDER`: how the scores of FOLDER/reader.onnx become probabilities.

Writes FOLDER/reader.json from the questions kept for development, of all kinds of text; PREPARED is what
training.reader.prepare wrote. Prints how well it does: each kind of text is judged by what was fitted on the others.
"""

import argparse
import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
from llama_index.core.schema import NodeRelationship, NodeWithScore, RelatedNodeInfo, TextNode

from rag.answering.candidates import candidates
from rag.answering.confidence import NO_CANDIDATE, ConfidenceFeatures, confidence_features
from rag.answering.heading_names import under_others
from rag.evaluate.wording import exact_match, is_right, token_f1
from rag.metadata import HEADED, HEADINGS, LANGUAGE
from rag.models.calibrated import Fitted, logit
from rag.models.reader import FITTED_FILE, ONNX_FILE, ReaderModel
from rag.retrieval.reranker import attach, weigh
from training.reader.collect import Case, Found, collect
from training.reader.held_out import (
    UNASKABLE,
    Best,
    KeptOut,
    Told,
    calibration_error,
    confidence_weights,
    logistic,
    right_minus_wrong,
    roc_area,
    threshold_for,
    thresholds,
    told,
)

RIGHT_F1 = 0.6
"""Token F1 with an accepted answer from which on a span counts as right; what `rag eval` calls right is a sentence."""

READ = 8
"""Passages that are read, as many as when a question is asked."""

SHOWN = (0.3, 0.4, 0.5)
"""Thresholds of which it is told what they do."""

QUESTIONS = 250
"""Asked of a kind of text at most."""


def fit(cases: Sequence[Case], sha256: str, threshold: float) -> Fitted:
    """Weights for spans, passages and confidence, each by logistic regression, beside a threshold."""
    fitted = _ranking(cases, sha256, threshold)
    return replace(fitted, confidence=confidence_weights([best_of(case, fitted) for case in cases]))


def kept_out(cases: Sequence[Case]) -> list[KeptOut]:
    """Each kind of text, judged by regressions for spans and passages that were fitted on the others."""
    found = []
    for kind in dict.fromkeys(case.kind for case in cases):
        fitted = _ranking([case for case in cases if case.kind != kind])
        own, others = [], []
        for case in cases:
            (own if case.kind == kind else others).append(best_of(case, fitted))
        found.append(KeptOut(kind, own, others))
    return found


def _ranking(cases: Sequence[Case], sha256: str = "", threshold: float = 0.5) -> Fitted:
    """Weights for spans and passages, those of confidence all 0."""
    rows, right, passages, gold = [], [], [], []
    for case in cases:
        for found in case.found:
            passages.append(found.features.passage)
            gold.append(found.gold)
            for _, span, features in found.features.spans:
                rows.append(features)
                right.append(bool(case.answers) and token_f1(found.text[slice(*span)], case.answers) >= RIGHT_F1)
    return replace(unfitted(sha256), span=logistic(rows, right), passage=logistic(passages, gold), threshold=threshold)


def unfitted(sha256: str) -> Fitted:
    """What stands beside weights before anything is fitted."""
    return Fitted(sha256, [0.0] * 6, [0.0] * 5, [0.0] * (len(ConfidenceFeatures._fields) + 1), 0.5)


def best_of(case: Case, fitted: Fitted) -> Best:
    """The best span of a question's passages, as an answer would have it."""
    nodes = sorted((_node(case.question, found, fitted) for found in case.found), key=lambda node: -(node.score or 0.0))
    found = candidates(case.question, nodes, set_aside=under_others(case.question, nodes))
    if not found:
        return Best(NO_CANDIDATE, bool(case.answers))
    features = confidence_features(case.question, nodes, found)
    if not case.answers:
        return Best(features, False)
    best = found[0]
    return Best(
        features,
        True,
        is_right(nodes[best.passage].text[slice(*best.sentence)], case.answers),
        token_f1(best.said, case.answers),
        exact_match(best.said, case.answers),
        case.found[0].gold,
        max(case.found, key=lambda one: logit(fitted.passage, one.features.passage)).gold,
    )


def _node(question: str, found: Found, fitted: Fitted) -> NodeWithScore:
    """A passage as a PassageReader would leave it."""
    source = {NodeRelationship.SOURCE: RelatedNodeInfo(node_id=found.document)}
    known = {HEADINGS: found.headings, HEADED: found.headed, LANGUAGE: found.language}
    node = TextNode(text=found.text, start_char_idx=found.start, relationships=source, metadata=known)
    reading = weigh(found.features, fitted)
    result = NodeWithScore(node=node, score=reading.score)
    attach(result, question, reading, found.score)
    return result


def report(kinds: Sequence[KeptOut]) -> float:
    """Print figures of each kind, at the threshold that serves the others best; the one that serves all."""
    of_kinds = [told(kind) for kind in kinds]
    for kind, of_kind, threshold in zip(kinds, of_kinds, thresholds(of_kinds), strict=True):
        print(line(kind, of_kind, threshold))
    print(f"\nmean of the kinds: {means(of_kinds)}")
    for feature in ConfidenceFeatures._fields:
        print(f"without {feature}: {means([told(kind, feature) for kind in kinds])}", flush=True)
    for threshold in SHOWN:
        print(at_one(kinds, of_kinds, threshold))
    return threshold_for(of_kinds)


def at_one(kinds: Sequence[KeptOut], of_kinds: Sequence[Told], threshold: float) -> str:
    """What one threshold does, means of the kinds that can be asked, in words."""
    pairs = [(kept.own, one) for kept, one in zip(kinds, of_kinds, strict=True) if one.kind not in UNASKABLE]
    gain = np.mean([right_minus_wrong(one, threshold) for _, one in pairs])
    shares = [
        np.mean([
            np.mean((one.confidence >= threshold)[[best.answerable == answerable for best in own]])
            for own, one in pairs
        ])
        for answerable in (True, False)
    ]  # fmt: skip
    return (
        f"from {threshold:.2f} on: right less wrong {gain:.3f}, answers {shares[0]:.3f} of the answerable questions,"
        f" {shares[1]:.3f} of the others"
    )


def line(kept: KeptOut, of_kind: Told, threshold: float) -> str:
    """The figures of a kind in words."""
    asked = [best for best in kept.own if best.answerable]
    mean = {name: np.mean([getattr(best, name) for best in asked]) for name in ("retrieved", "ranked", "em", "f1")}
    given, answerable = of_kind.confidence >= threshold, np.array([best.answerable for best in kept.own])
    text = (
        f"{kept.kind} ({len(kept.own)}): hit@1 {mean['retrieved']:.3f}, read {mean['ranked']:.3f},"
        f" EM {mean['em']:.3f}, F1 {mean['f1']:.3f}; {figures([of_kind], [threshold])};"
        f" from {threshold:.2f} on answers {given[answerable].mean():.3f}"
    )
    if answerable.all():
        return text
    return f"{text}, refuses {1 - given[~answerable].mean():.3f} of the {(~answerable).sum()} unanswerable"


def means(of_kinds: Sequence[Told]) -> str:
    """The figures of kinds that were kept out, each kind counting the same."""
    return figures(of_kinds, thresholds(of_kinds))


def figures(of_kinds: Sequence[Told], from_on: Sequence[float]) -> str:
    """What tells of confidence, in words."""
    gains = [right_minus_wrong(one, threshold) for one, threshold in zip(of_kinds, from_on, strict=True)]
    error, area = (np.mean([of(one) for one in of_kinds]) for of in (calibration_error, roc_area))
    return f"calibration error {error:.3f}, area under ROC {area:.3f}, right less wrong {np.mean(gains):.3f}"


def main(prepared: Path, folder: Path, work: Path, questions: int) -> None:
    """Collect what was not collected for these weights, report, and write reader.json."""
    digest = hashlib.sha256((folder / ONNX_FILE).read_bytes()).hexdigest()
    kept = work / f"cases-{digest[:12]}-{questions}"
    file = folder / FITTED_FILE
    file.write_text(json.dumps(asdict(unfitted(digest))))
    cases = collect(prepared, work, kept, ReaderModel(folder), READ, questions)
    fitted = fit(cases, digest, report(kept_out(cases)))
    rounded = {k: [round(x, 5) for x in v] if isinstance(v, list) else v for k, v in asdict(fitted).items()}
    file.write_text(json.dumps(rounded, indent=1) + "\n")
    print(f"\n{file}: {rounded}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("prepared", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--work", type=Path, required=True, help="folder for indexes and what was read")
    parser.add_argument("--questions", type=int, default=QUESTIONS, help="of a kind of text at most")
    arguments = parser.parse_args()
    main(arguments.prepared, arguments.folder, arguments.work, arguments.questions)
