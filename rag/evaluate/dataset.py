"""Question sets: JSON lines of questions with their answers and the evidence for them."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.errors import DocumentError


@dataclass(frozen=True, slots=True)
class Evidence:
    """A quote that answers a question, and the document that holds it word for word."""

    document: str
    quote: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question, the short answers that count as right, its evidence, and the split (dev or test) it belongs to."""

    id: str
    question: str
    answerable: bool
    answers: list[str]
    evidence: list[Evidence]
    split: str
    tags: list[str]


def load_questions(file: Path, split: str | None = None) -> list[Question]:
    """The questions of a JSON-lines file, all or those of one split. Raises DocumentError with the line at fault."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        raise DocumentError(f"{file}: no such file. Give a question set in JSON lines.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise DocumentError(f"{file}: cannot be read ({error}). Save it as UTF-8 JSON lines.") from None
    questions: list[Question] = []
    seen: set[str] = set()
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            question = _question(json.loads(line))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise DocumentError(f"{file}, line {number}: {_explain(error)}.") from None
        if question.id in seen:
            raise DocumentError(f"{file}, line {number}: the id {question.id!r} is taken already. Give it another.")
        seen.add(question.id)
        if split is None or question.split == split:
            questions.append(question)
    if not questions:
        raise DocumentError(f"{file}: no question in it" + (f" of the split {split!r}." if split else "."))
    return questions


def _question(data: dict[str, Any]) -> Question:
    evidence = [Evidence(document=item["document"], quote=item["quote"]) for item in data.get("evidence", [])]
    answers = [str(answer) for answer in data.get("answers", [])]
    return Question(
        id=str(data["id"]),
        question=str(data["question"]),
        answerable=bool(data.get("answerable", bool(answers or evidence))),
        answers=answers,
        evidence=evidence,
        split=str(data.get("split", "")),
        tags=[str(tag) for tag in data.get("tags", [])],
    )


def _explain(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"not JSON ({error.msg} at column {error.colno}). Write one object a line"
    if isinstance(error, KeyError):
        return f"the key {error} is missing. Add it"
    return 'not a question. Write {"id": …, "question": …, "answers": […], "evidence": [{"document": …, "quote": …}]}'
