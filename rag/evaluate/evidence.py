"""Evidence as places: what a question set says of a document, found as a range of its characters."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from rag.answer import Source
from rag.errors import DocumentError
from rag.evaluate.dataset import Evidence, Problem, Question, QuestionSet

DocumentText = Callable[[str], str | None]
"""The text of a document by its id, or None."""

DocumentSource = Callable[[str], Source | None]
"""A document by its id, or None."""

DOCUMENTS_KEPT = 256
"""Texts held at once while evidence is looked up."""


@dataclass(frozen=True, slots=True)
class Place:
    """The range of a document that holds evidence, with its text; `whole`, without text, where all of it is meant."""

    document: str
    start: int
    end: int
    relevance: int = 1
    whole: bool = False
    text: str = ""

    def overlaps(self, document: str, start: int, end: int) -> bool:
        """Whether a range of a document shares a character with this place."""
        return document == self.document and start < self.end and self.start < end


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What `check` found: problems to be put right, notes that may be ignored, and counts."""

    questions: int
    answerable: int
    evidence: int
    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)


def with_places(found: QuestionSet, source: DocumentSource) -> list[tuple[Question, list[Place]]]:
    """Each question with the places of its evidence, each once.

    Raises DocumentError, with file and line, for what is not in its document.
    """
    source = lru_cache(DOCUMENTS_KEPT)(source)
    located = []
    for line, question in found.questions:
        try:
            places = [find_place(item, source(item.document)) for item in question.evidence]
        except DocumentError as error:
            raise DocumentError(
                f"{found.file}, line {line}: {error}. Correct the question, or name the index that holds its documents"
                f" with --index; rag check {found.file} lists all such lines."
            ) from None
        located.append((question, list(dict.fromkeys(places))))
    return located


def find_place(evidence: Evidence, document: Source | None) -> Place:
    """Where `evidence` lies in its document. Raises DocumentError for what is not there."""
    if document is None:
        raise DocumentError(f"there is no document {evidence.document!r} in this index")
    text = document.text
    if evidence.quote is None and evidence.start is None and evidence.page is None:
        return Place(document.id, 0, len(text), evidence.relevance, whole=True)
    first, last = _page(evidence, document)
    if evidence.quote is not None:
        start, end = _quote(evidence, evidence.quote, text, first, last)
    elif evidence.start is not None and evidence.end is not None:
        start, end = evidence.start, evidence.end
        if end > len(text):
            raise DocumentError(
                f"{evidence.document} has the characters 0 to {len(text)}; {start} to {end} is no range"
            )
    else:
        start, end = first, last
    return Place(document.id, start, end, evidence.relevance, text=text[start:end])


def check(found: QuestionSet, source: DocumentSource) -> CheckReport:
    """Whether every question can be scored against these documents; problems and notes in order of line."""
    source = lru_cache(DOCUMENTS_KEPT)(source)
    problems, notes = list(found.problems), []
    line_of: dict[str, int] = {}
    for line, question in found.questions:
        for item in question.evidence:
            try:
                find_place(item, source(item.document))
            except DocumentError as error:
                problems.append(Problem(line, f"{error}."))
                continue
            document = source(item.document)
            count = document.text.count(item.quote or "\0") if document else 0
            if count > 1 and item.start is None:
                notes.append(
                    Problem(line, f"{item.quote!r} stands {count} times in {item.document}; the first is meant.")
                )
        first = line_of.setdefault(" ".join([*question.history, question.question]), line)
        if first != line:
            notes.append(Problem(line, f"asks the same as line {first}."))
    questions = [question for _, question in found.questions]
    return CheckReport(
        questions=len(questions),
        answerable=sum(question.answerable for question in questions),
        evidence=sum(len(question.evidence) for question in questions),
        problems=sorted(problems, key=lambda problem: problem.line),
        notes=sorted(notes, key=lambda note: note.line),
    )


def _page(evidence: Evidence, document: Source) -> tuple[int, int]:
    """The range of the page that is asked for; all of the text without one."""
    if evidence.page is None:
        return 0, len(document.text)
    if evidence.page > len(document.pages):
        raise DocumentError(f"{evidence.document} has {len(document.pages)} pages, so no page {evidence.page}")
    return document.pages[evidence.page - 1]


def _quote(evidence: Evidence, quote: str, text: str, first: int, last: int) -> tuple[int, int]:
    """The range of a quote between two characters of a text."""
    shown = repr(quote if len(quote) <= 60 else quote[:60] + "…")
    start = text.find(quote, first, last) if evidence.start is None else evidence.start
    if start >= 0 and text[start : start + len(quote)] == quote:
        if evidence.end not in (None, start + len(quote)):
            raise DocumentError(f"{shown} ends at {start + len(quote)} of {evidence.document}, not at {evidence.end}")
        return start, start + len(quote)
    elsewhere = text.find(quote)
    if elsewhere >= 0:
        where = f"at {evidence.start}" if evidence.start is not None else f"on page {evidence.page}"
        raise DocumentError(f"{shown} stands at character {elsewhere} of {evidence.document}, not {where}")
    if " ".join(quote.split()) in " ".join(text.split()):
        raise DocumentError(f"{shown} stands in {evidence.document} with other white space; copy it as it stands there")
    raise DocumentError(f"{shown} is not in {evidence.document}")


def hits(places: Sequence[Place], document: str, start: int, end: int) -> list[int]:
    """Numbers (from 0) of the places that a range of a document overlaps."""
    return [number for number, place in enumerate(places) if place.overlaps(document, start, end)]
