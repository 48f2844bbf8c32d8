"""Metrics of one question and of a run: pure functions of numbers and strings."""

import math
import re
import string
from collections import Counter
from collections.abc import Sequence

from rag.answer import Passage

Range = tuple[str, int, int]
"""Document, start and end in characters."""


def first_hit_rank(passages: Sequence[Passage], evidence: Sequence[Range]) -> int | None:
    """Rank (from 1) of the first passage that overlaps any evidence, or None."""
    return next((rank for rank, passage in enumerate(passages, start=1) if _hits(passage, evidence)), None)


def recall_at(k: int, passages: Sequence[Passage], evidence: Sequence[Range]) -> float:
    """Share of the evidence ranges that any of the first `k` passages overlaps; nan without evidence."""
    found = [any(_hits(passage, [item]) for passage in passages[:k]) for item in evidence]
    return mean([float(hit) for hit in found])


def overlaps(place: Range, other: Range) -> bool:
    """Whether two ranges of one document share a character."""
    return place[0] == other[0] and place[1] < other[2] and other[1] < place[2]


def normalize(text: str) -> str:
    """Lower case, no ASCII punctuation, no articles, single spaces: SQuAD's official evaluation (Rajpurkar 2016)."""
    text = "".join(character for character in text.lower() if character not in string.punctuation)
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", text).split())


def exact_match(prediction: str, answers: Sequence[str]) -> float:
    """1 if the prediction equals any answer after `normalize`, else 0."""
    return float(any(normalize(prediction) == normalize(answer) for answer in answers))


def token_f1(prediction: str, answers: Sequence[str]) -> float:
    """Best F1 of the bag of words against any answer, after `normalize`; SQuAD's official evaluation."""
    return max((_f1(normalize(prediction).split(), normalize(answer).split()) for answer in answers), default=0.0)


def mean(values: Sequence[float]) -> float:
    """Arithmetic mean; nan of nothing."""
    return sum(values) / len(values) if values else math.nan


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that at least `percent` of the values do not exceed (nearest rank); nan of nothing."""
    return sorted(values)[max(0, math.ceil(percent / 100 * len(values)) - 1)] if values else math.nan


def refusal_scores(refused: Sequence[bool], answerable: Sequence[bool]) -> dict[str, float]:
    """Precision and recall of refusing, unanswerable questions being the positive class, and balanced accuracy.

    A part without cases is nan. Always refusing scores a balanced accuracy of .5.
    """
    right = [r and not a for r, a in zip(refused, answerable, strict=True)]
    answered = [float(not r) for r, a in zip(refused, answerable, strict=True) if a]
    recall = mean([float(r) for r, a in zip(refused, answerable, strict=True) if not a])
    return {
        "refusal_precision": mean([float(hit) for hit, r in zip(right, refused, strict=True) if r]),
        "refusal_recall": recall,
        "refusal_balanced_accuracy": (recall + mean(answered)) / 2,
    }


def _hits(passage: Passage, evidence: Sequence[Range]) -> bool:
    return any(overlaps((passage.document, passage.start, passage.end), item) for item in evidence)


def _f1(predicted: list[str], expected: list[str]) -> float:
    if not predicted or not expected:
        return float(predicted == expected)
    shared = sum((Counter(predicted) & Counter(expected)).values())
    return 2 * shared / (len(predicted) + len(expected))
