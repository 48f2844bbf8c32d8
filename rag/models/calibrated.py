"""What was fitted beside trained weights: how scores become probabilities, and from which on to answer or believe."""

import math
from collections.abc import Sequence

from pydantic import ConfigDict, Field, TypeAdapter
from pydantic.dataclasses import dataclass

_Weights = list[float]


@dataclass(frozen=True, slots=True, config=ConfigDict(strict=True, extra="forbid"))
class Fitted:
    """The contents of reader.json, written by training.reader.fit.

    `sha256` is that of reader.onnx. `span` and `passage` hold what the features of a span and of a passage weigh
    (rag.retrieval.reranker.PassageFeatures), `confidence` what those of an answer do
    (rag.answering.confidence.ConfidenceFeatures), each and a constant. `threshold` is the least
    confidence at which to answer.
    """

    sha256: str
    span: _Weights = Field(min_length=6, max_length=6)
    passage: _Weights = Field(min_length=5, max_length=5)
    confidence: _Weights = Field(min_length=9, max_length=9)
    threshold: float = Field(ge=0, le=1)


@dataclass(frozen=True, slots=True, config=ConfigDict(strict=True, extra="forbid"))
class FittedVerifier:
    """The contents of verifier.json, written by training.verifier.fit.

    `sha256` is that of verifier.onnx. `support` holds what the features of a statement and a passage weigh
    (rag.llm.support.SupportFeatures), and a constant. A statement is supported from the probability `supported` on, and
    partly supported where the logit that some of it is reaches `partly`.
    """

    sha256: str
    support: _Weights = Field(min_length=4, max_length=4)
    supported: float = Field(ge=0, le=1)
    partly: float = Field(allow_inf_nan=False)


def read_fitted(content: bytes) -> Fitted:
    """The Fitted that a reader.json holds. Raises pydantic's ValidationError."""
    return TypeAdapter(Fitted).validate_json(content)


def read_fitted_verifier(content: bytes) -> FittedVerifier:
    """The FittedVerifier that a verifier.json holds. Raises pydantic's ValidationError."""
    return TypeAdapter(FittedVerifier).validate_json(content)


def logit(weights: Sequence[float], features: Sequence[float]) -> float:
    """The weighted sum of `features` and the constant that `weights` end with."""
    return math.fsum([*(w * f for w, f in zip(weights[:-1], features, strict=True)), weights[-1]])


def probability(value: float) -> float:
    """The probability, 0 to 1, of a logit."""
    # Bounded, so that exp cannot overflow.
    return 1 / (1 + math.exp(-max(-500.0, min(500.0, value))))
