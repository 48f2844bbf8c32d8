"""A question set while it is put together: documents, questions, and notes on what was changed."""

from collections import Counter
from collections.abc import Iterable, Sequence

from rag.evaluate.dataset import Evidence, Question
from rag.evaluate.importers.text import UnusedNames, distinct, file_stem, line_ends

NAMES_SHOWN = 5


class Notes:
    """What was left out, merged or changed: a count for each reason, and the first names that it befell."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._names: dict[str, list[str]] = {}

    def add(self, reason: str, name: str = "", count: int = 1) -> None:
        """Count a reason; `name` says what it befell."""
        self._counts[reason] += count
        if name and len(names := self._names.setdefault(reason, [])) <= NAMES_SHOWN:
            names.append(name)

    def lines(self) -> list[str]:
        """One line a reason, in order of first appearance."""
        return [f"{reason}: {count:,}{self._examples(reason)}" for reason, count in self._counts.items() if count]

    def _examples(self, reason: str) -> str:
        names = self._names.get(reason, [])
        more = ", …" if len(names) > NAMES_SHOWN else ""
        return f" ({', '.join(names[:NAMES_SHOWN])}{more})" if names else ""


class Collection:
    """Documents by file name and questions, in the order of the set."""

    def __init__(self) -> None:
        self.documents: dict[str, str] = {}
        self.questions: list[Question] = []
        self.notes = Notes()
        self._file_of_text: dict[str, str] = {}
        self._stems = UnusedNames(str.lower)
        self._ids = UnusedNames()

    def add_document(self, name: str, text: str) -> str | None:
        """The file of a document: its own, that of an earlier one with the same text, or None where there is no text.

        The loader skips empty files and copies, so evidence in them would not be found.
        """
        if not text.strip():
            self.notes.add("documents without text, left out", name)
            return None
        if text in self._file_of_text:
            self.notes.add("documents with the same text as an earlier one, merged into it", name)
        else:
            file = self._stems.take(file_stem(name)) + ".md"
            self.documents[file] = text
            self._file_of_text[text] = file
        return self._file_of_text[text]

    def add_question(
        self,
        name: str,
        question: str,
        answerable: bool,
        answers: Iterable[str] = (),
        evidence: Iterable[Evidence] = (),
        history: Sequence[str] = (),
        split: str = "",
        tags: Iterable[str] = (),
    ) -> None:
        """Add a question with its distinct answers, evidence and tags; an id that is taken gets a number behind it."""
        if not question.strip():
            self.notes.add("questions without text, left out", name)
            return
        identifier = self._ids.take(name)
        if identifier != name:
            self.notes.add("questions with the id of an earlier one, given a number behind it", name)
        self.questions.append(
            Question(
                id=identifier,
                question=line_ends(question).strip(),
                answers=distinct(line_ends(answer) for answer in answers if answer.strip()),
                evidence=distinct(evidence),
                answerable=answerable,
                history=[line_ends(turn) for turn in history],
                split=split,
                tags=distinct(tags),
            )
        )
