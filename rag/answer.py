"""The value that everything after `cite` shares: an Answer with its citations and passages."""

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Support = Literal["quoted"]

NOT_IN_DOCUMENTS = "The documents do not answer this question."
"""The whole answer where the question is refused."""


@dataclass(frozen=True, slots=True)
class Citation:
    """An exact place in a document: `text[start:end] == quote`, in Unicode characters of the document's text."""

    number: int
    document: str
    title: str
    page: int | None
    start: int
    end: int
    quote: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of an answer, the numbers of its citations, and how they support it."""

    text: str
    citations: list[int]
    support: Support


@dataclass(frozen=True, slots=True)
class Passage:
    """A retrieved range of a document, with its fused score and its rank (from 1) in each ranking that found it."""

    id: str
    document: str
    page: int | None
    start: int
    end: int
    text: str
    score: float
    dense_rank: int | None
    lexical_rank: int | None


@dataclass(frozen=True, slots=True)
class Seconds:
    """Wall-clock seconds of each stage of one question; `load` is 0 where everything was open already."""

    load: float = 0.0
    retrieve: float = 0.0
    answer: float = 0.0
    total: float = 0.0


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer, or a refusal with the nearest passages. `as_json` is a contract: see docs/answer-json.md."""

    question: str
    answer: str
    short_answer: str | None
    confidence: float
    refused: bool
    reason: str | None
    sentences: list[Sentence]
    citations: list[Citation]
    passages: list[Passage]
    seconds: Seconds = field(default_factory=Seconds)

    def as_json(self) -> dict[str, Any]:
        """The answer as plain lists, dicts, strings and numbers."""
        return asdict(self)
