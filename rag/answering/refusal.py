"""Whether an answer is given or refused, by its confidence; and confidence made a probability where that was fitted."""

from dataclasses import dataclass, replace

from rag.answer import NOT_IN_DOCUMENTS, Answer
from rag.store.calibration import Calibration
from rag.text.words import content_words, words_of

UNCLEAR = (
    "Looked for {words}: no passage answers it clearly enough (confidence {confidence}, at least {needed} is needed)."
)

LOOKED_FOR_WORDS = 8
"""Of a question, that a refusal names."""


@dataclass(frozen=True, slots=True)
class RefusalPolicy:
    """Refuses answers whose confidence, calibrated where a calibration is given, is under `threshold`."""

    threshold: float
    calibration: Calibration | None = None

    def decide(self, answer: Answer) -> Answer:
        """The answer with its calibrated confidence; a refusal, with the same passages, where that is too low."""
        if answer.is_of_whole or answer.kind == "parts":
            return answer
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
            reason=UNCLEAR.format(
                words=looked_for(answer.searched or answer.question),
                confidence=f"{confidence:.2f}",
                needed=f"{self.threshold:.2f}",
            ),
            sentences=[],
            citations=[],
            agreement="single",
        )


def looked_for(question: str) -> str:
    """The words of a question that were looked for, in its own spelling, at most LOOKED_FOR_WORDS: “Rhine”, “rise”."""
    wanted = set(content_words(question))
    words = [word for word in dict.fromkeys(words_of(question)) if word.lower() in wanted]
    shown = ", ".join(f"“{word}”" for word in words[:LOOKED_FOR_WORDS])
    return shown + (", …" if len(words) > LOOKED_FOR_WORDS else "")


def policy_for(threshold: float | None, calibration: Calibration | None, default: float) -> RefusalPolicy:
    """The policy of an index: `threshold` where one is set, else the calibrated one, else `default`."""
    if threshold is None:
        threshold = calibration.threshold if calibration else default
    return RefusalPolicy(threshold, calibration)
