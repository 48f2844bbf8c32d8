"""The value that everything after `cite` shares: an Answer with its citations and passages."""

from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal, NamedTuple

Verdict = Literal["quoted", "calculated", "indexed", "supported", "partial", "unsupported"]
"""Word for word from its citation, of a table's row the cells asked for with their labels; a figure that is counted or
calculated from the rows that it cites; known of the document that it cites, such as its pages; said by it in other
words; said by it in part; or not said by it."""

AnswerKind = Literal["answer", "parts", "summary", "comparison", "list", "documents", "courtesy"]
"""What was asked for: one thing; several, each answered by itself; whole documents, where no confidence decides; or
nothing ("thanks")."""

Agreement = Literal["single", "agree", "differ"]

NOT_IN_DOCUMENTS = "The documents do not answer this question."
"""The whole answer where the question is refused."""


SUPPORT_MARKS: dict[Verdict, str] = {
    "calculated": "(calculated from what it cites)",
    "indexed": "(known from the index)",
    "partial": "(partly supported)",
    "unsupported": "(not supported by the documents)",
}
"""What stands behind a sentence wherever an answer is shown as text, so that none passes for more than it is."""

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
    support: Verdict
    short: tuple[int, int] | None = None

    @property
    def markers(self) -> str:
        """What follows it wherever it is shown as text: its citations, and how they support it unless plainly."""
        parts = [f"[{number}]" for number in self.citations]
        parts += [SUPPORT_MARKS[self.support]] if self.support in SUPPORT_MARKS else []
        return "".join(f" {part}" for part in parts)

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
class Usage:
    """What a language model was asked for one answer: calls, tokens in and out, and wall-clock seconds.

    `estimated` tells that the provider did not count, and tokens are those of this project's own tokenizer. `prompts`
    is the version of what the model was told.
    """

    model: str
    calls: int
    input_tokens: int
    output_tokens: int
    seconds: float
    estimated: bool = False
    prompts: str = ""


class Turn(NamedTuple):
    """An earlier question of a conversation, the answer to it, the text that this cited, and of which documents."""

    question: str
    answer: str
    cited: str = ""
    documents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer, or a refusal with the nearest passages. `as_json` is a contract: see docs/answer-json.md.

    `searched` is the question as it was searched, which a follow-up question differs from. `agreement` says whether
    further passages say the same as the short answer, or state something else in its place. `notes` are sentences for
    the person who asked. `model` is the language model that wrote the answer, None where it is made of quotes; `usage`
    also tells of a model that was asked in vain. `kind` says what was asked for.
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
    searched: str = ""
    model: str | None = None
    usage: Usage | None = None
    kind: AnswerKind = "answer"

    @property
    def is_of_whole(self) -> bool:
        """Whether it is about whole documents, so that no confidence decided whether to give it."""
        return self.kind in ("summary", "comparison", "list", "documents")

    @property
    def between(self) -> str:
        """What stands between its sentences where it is shown as text: a line end where they are items."""
        return "\n" if self.kind in ("comparison", "list", "documents") else " "

    @property
    def is_courtesy(self) -> bool:
        """Whether nothing was asked ("thanks"): a plain reply, for which nothing was searched."""
        return self.kind == "courtesy"

    @property
    def is_draft(self) -> bool:
        """Whether a language model is still writing it, so that nothing of it is checked."""
        return not (self.sentences or self.refused or self.is_courtesy)

    def after(self, load_seconds: float) -> "Answer":
        """The answer with the seconds that were spent before it was asked for."""
        seconds = replace(self.seconds, load=load_seconds, total=load_seconds + self.seconds.total)
        return replace(self, seconds=seconds)

    def as_json(self) -> dict[str, Any]:
        """The answer as plain lists, dicts, strings and numbers."""
        return asdict(self)


def notes_of(answer: Answer) -> list[str]:
    """What a person should know beside the answer, in sentences."""
    return [*([SOURCES_DIFFER] if answer.agreement == "differ" else []), *answer.notes]


def turn_of(answer: Answer) -> Turn:
    """An answer as an earlier turn of the conversation that goes on."""
    said = "" if answer.refused else answer.answer
    documents = tuple(dict.fromkeys(citation.document for citation in answer.citations))
    return Turn(answer.searched or answer.question, said, " ".join(c.quote for c in answer.citations), documents)


def added(*used: Usage | None) -> Usage | None:
    """What several askings of a language model took together, None where there were none."""
    spent = [usage for usage in used if usage]
    if not spent:
        return None
    return Usage(
        spent[0].model,
        sum(usage.calls for usage in spent),
        sum(usage.input_tokens for usage in spent),
        sum(usage.output_tokens for usage in spent),
        round(sum(usage.seconds for usage in spent), 3),
        any(usage.estimated for usage in spent),
        spent[-1].prompts,
    )
