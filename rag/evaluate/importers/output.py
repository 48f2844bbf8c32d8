"""An imported set on disk."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rag.errors import DocumentError
from rag.evaluate.dataset import Question
from rag.evaluate.importers.collection import Collection

DOCUMENTS_FOLDER = "documents"
QUESTIONS_FILE = "questions.jsonl"

_ALWAYS_WRITTEN = frozenset({"id", "question", "answers", "evidence", "answerable"})


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import wrote: files, questions, those with an answer, and what was left out or merged, with counts."""

    kind: str
    documents: int
    questions: int
    answerable: int
    notes: list[str]


def check_out(out: Path) -> None:
    """Raises DocumentError unless `out` is missing or an empty folder: nobody's files are overwritten."""
    try:
        if out.is_symlink() and not out.exists():
            raise DocumentError(f"{out}: a broken link. Give another folder with --out.")
        if out.exists() and not out.is_dir():
            raise DocumentError(f"{out}: a file, not a folder. Give another folder with --out.")
        if out.is_dir() and any(out.iterdir()):
            raise DocumentError(f"{out}: not empty. Give another folder with --out, or empty this one first.")
    except OSError as error:
        raise DocumentError(f"{out}: cannot be read ({error.strerror}). Give another folder with --out.") from None


def write_set(kind: str, found: Collection, out: Path, on_progress: Callable[[int, int], None]) -> ImportReport:
    """Write documents, then questions in one step, so that what was broken off has no questions."""
    documents, total = out / DOCUMENTS_FOLDER, len(found.documents)
    try:
        documents.mkdir(parents=True)
        for done, (name, text) in enumerate(found.documents.items(), start=1):
            # "x": whoever writes there at the same time is not overwritten.
            with (documents / name).open("x", encoding="utf-8", newline="\n") as file:
                file.write(text)
            on_progress(done, total)
        scratch = out / f".{QUESTIONS_FILE}.part"
        with scratch.open("x", encoding="utf-8", newline="\n") as file:
            file.writelines(_line(question) for question in found.questions)
        os.replace(scratch, out / QUESTIONS_FILE)
    except OSError as error:
        raise DocumentError(f"{out}: cannot be written ({error.strerror}). Give another folder with --out.") from None
    return ImportReport(
        kind=kind,
        documents=total,
        questions=len(found.questions),
        answerable=sum(question.answerable for question in found.questions),
        notes=found.notes.lines(),
    )


def _line(question: Question) -> str:
    """A question as a line: what is as it would be unless said is left unsaid."""
    row = {key: value for key, value in question.model_dump().items() if value or key in _ALWAYS_WRITTEN}
    row["evidence"] = [evidence.model_dump(exclude_defaults=True) for evidence in question.evidence]
    return json.dumps(row, ensure_ascii=False) + "\n"
