"""What was fitted for an index of when its answers are to be believed; its manifest keeps it."""

import hashlib

from pydantic import ConfigDict
from pydantic.dataclasses import dataclass

from rag.models.calibrated import probability


@dataclass(frozen=True, slots=True, config=ConfigDict(strict=True, extra="forbid"))
class Calibration:
    """What `rag calibrate` fitted for an index.

    `slope` and `intercept` turn a raw confidence into the probability that the answer is right (Platt 1999):
    1 / (1 + exp(-(slope · confidence + intercept))). `threshold` is in that unit. `expected_precision` and
    `expected_coverage`, the share of answers given that are right and the share of questions answered, are
    cross-validated. `asked` holds a digest of each question that it was fitted on.
    """

    slope: float
    intercept: float
    threshold: float
    expected_precision: float
    expected_coverage: float
    asked: list[str]

    def was_asked(self, question: str) -> bool:
        """Whether this was fitted on `question`, in which case the question can no longer measure anything."""
        return digest(question) in self.asked

    def probability(self, confidence: float) -> float:
        """The probability, 0 to 1, that an answer of this raw confidence is right."""
        return probability(self.slope * confidence + self.intercept)


def digest(question: str) -> str:
    """What a question is recognised by, case and white space aside."""
    return hashlib.sha256(" ".join(question.casefold().split()).encode()).hexdigest()[:16]
