"""Sets that judge whole documents: the files of their documents, and queries with the documents judged relevant."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from rag.errors import DocumentError
from rag.evaluate.dataset import Evidence
from rag.evaluate.importers.collection import Collection
from rag.evaluate.importers.text import compose, heading, line_ends


class JudgedDocuments:
    """A collection's documents by the set's own ids."""

    def __init__(self, found: Collection) -> None:
        self._found = found
        self._file: dict[str, str | None] = {}

    def add(self, identifier: str, title: str, body: str, source: Path, line: int) -> None:
        """Add a document in a file that is named after its id. Raises DocumentError for an id that is taken."""
        if identifier in self._file:
            raise DocumentError(f"{source}, line {line}: the id {identifier!r} is taken. Give each document its own.")
        text = compose(title, [line_ends(body)]).text if body.strip() else heading(title) + "\n"
        self._file[identifier] = self._found.add_document(identifier, text)

    def ask(
        self,
        name: str,
        question: str,
        judgements: Iterable[tuple[str, int]],
        split: str = "",
        tags: Sequence[str] = (),
    ) -> None:
        """Add a query with the documents of these ids and grades; one of which none is left is noted instead."""
        grade_of: dict[str, int] = {}
        for identifier, grade in judgements:
            file = self._file.get(identifier)
            if file:
                grade_of[file] = max(grade, grade_of.get(file, grade))
            else:
                reason = "has no text" if identifier in self._file else "is not in the set"
                self._found.notes.add(f"judgements left out, as their document {reason}", identifier)
        if not grade_of:
            self._found.notes.add("queries without a relevant document, left out", name)
            return
        evidence = [Evidence(document=file, relevance=grade) for file, grade in grade_of.items()]
        self._found.add_question(name, question, True, evidence=evidence, split=split, tags=tags)
