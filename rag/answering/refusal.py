"""Whether an answer is given or refused, by its confidence; and confidence made a probability where that was fitted."""

import hashlib
import math
import re
from dataclasses import replace

from pydantic import ConfigDict
from pydantic.dataclasses import dataclass

from rag.answer import NOT_IN_DOCUMENTS, Answer
from rag.text.words import content_words

LOOKED_FOR_WORDS = 8
"""Of a question, that a refusal names."""


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
        # Bounded, so that exp cannot overflow.
        return 1 / (1 + math.exp(-max(-500.0, min(500.0, self.slope * confidence + self.intercept))))


def digest(question: str) -> str:
    """What a question is recognised by, case and white space aside."""
    return hashlib.sha256(" ".join(question.casefold().split()).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class RefusalPolicy:
    """Refuses answers whose confidence, calibrated where a calibration is given, is under `threshold`."""

    threshold: float
    calibration: Calibration | None = None

    def decide(self, answer: Answer) -> Answer:
        """The answer with its calibrated confidence; a refusal, with the same passages, where that is too low."""
        confidence = answer.confidence
        if self.calibration and answer.sentences:
            confidence = round(self.calibration.probability(confidence), 4)
        # A language model is asked only where this has been decided before.
        if answer.refused or answer.model or (answer.sentences and confidence >= self.threshold):
            return replace(answer, confidence=confidence)
        return replace(
            answer,
            answer=NOT_IN_DOCUMENTS,
            short_answer=None,
            confidence=confidence,
            refused=True,
            reason=(
                f"Looked for {looked_for(answer.searched or answer.question)}: no passage answers it clearly enough"
                f" (confidence {confidence:.2f}, at least {self.threshold:.2f} is needed)."
            ),
            sentences=[],
            citations=[],
            agreement="single",
        )


def looked_for(question: str) -> str:
    """The words of a question that were looked for, in its own spelling, at most LOOKED_FOR_WORDS: “Rhine”, “rise”."""
    wanted = set(content_words(question))
    words = [word for word in dict.fromkeys(re.findall(r"\w+", question)) if word.lower() in wanted]
    shown = ", ".join(f"“{word}”" for word in words[:LOOKED_FOR_WORDS])
    return shown + (", …" if len(words) > LOOKED_FOR_WORDS else "")


def policy_for(threshold: float | None, calibration: Calibration | None, default: float) -> RefusalPolicy:
    """The policy of an index: `threshold` where one is set, else the calibrated one, else `default`."""
    if threshold is None:
        threshold = calibration.threshold if calibration else default
    return RefusalPolicy(threshold, calibration)
