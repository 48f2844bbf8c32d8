"""The value that everything after `cite` shares: an Answer with its citations and passages."""

from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

Support = Literal["quoted"]
Agreement = Literal["single", "agree", "differ"]

NOT_IN_DOCUMENTS = "The documents do not answer this question."
"""The whole answer where the question is refused."""


SOURCES_DIFFER = "The sources differ: compare the sentences quoted."


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on a page, numbered from 1, in points (1/72 inch) from its top left corner as it is displayed."""

    page: int
    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Citation:
    """An exact place in a document: `text[start:end] == quote`, in Unicode characters of the document's text.

    `page` is the page or slide, `section` the sheet, chapter or heading that it begins under; None where the format has
    none. `also` are further documents with the same text. `boxes` say where it stands on the pages of a PDF, a line
    each.
    """

    number: int
    document: str
    title: str
    page: int | None
    start: int
    end: int
    quote: str
    section: str | None = None
    also: list[str] = field(default_factory=list)
    boxes: list[Box] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Source:
    """A document's text, in which citations count, with the ranges of its pages or slides, none where it has none.

    `id` is the one that citations of the text name, which is another's where several documents have the same text.
    """

    id: str
    text: str
    pages: list[tuple[int, int]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of an answer, the numbers of its citations, and how they support it.

    `short` is the range of `text` that is the short answer, in the sentence that holds it.
    """

    text: str
    citations: list[int]
    support: Support
    short: tuple[int, int] | None = None

    def marked(self, start: int, end: int) -> "Sentence":
        """The sentence with its characters from `start` to `end` as the short answer."""
        return replace(self, short=(start, end))


@dataclass(frozen=True, slots=True)
class Passage:
    """A retrieved range of a document, with its fused score and its rank (from 1) in each ranking that found it.

    `reader_score` is the probability, 0 to 1, that it answers the question, None where it was not read.
    """

    id: str
    document: str
    page: int | None
    start: int
    end: int
    text: str
    score: float
    dense_rank: int | None
    lexical_rank: int | None
    section: str | None = None
    also: list[str] = field(default_factory=list)
    reader_score: float | None = None


@dataclass(frozen=True, slots=True)
class Seconds:
    """Wall-clock seconds of each stage of one question; `load` is 0 where everything was open already."""

    load: float = 0.0
    retrieve: float = 0.0
    read: float = 0.0
    answer: float = 0.0
    total: float = 0.0


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer, or a refusal with the nearest passages. `as_json` is a contract: see docs/answer-json.md.

    `agreement` says whether further passages say the same as the short answer, or state something else in its place.
    `notes` are sentences for the person who asked.
    """

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
    agreement: Agreement = "single"
    notes: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """The answer as plain lists, dicts, strings and numbers."""
        return asdict(self)


def notes_of(answer: Answer) -> list[str]:
    """What a person should know beside the answer, in sentences."""
    return [*([SOURCES_DIFFER] if answer.agreement == "differ" else []), *answer.notes]
