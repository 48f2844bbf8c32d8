"""Question sets: JSON lines of questions with their answers and the evidence for them."""

import json
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from rag.errors import DocumentError

_SCHEMA = 'Write {"id": …, "question": …, "answers": […], "evidence": [{"document": …, "quote": …}]}.'


class Evidence(BaseModel):
    """A quote that answers a question, and the document that holds it word for word."""

    model_config = ConfigDict(frozen=True, strict=True)

    document: str
    quote: str = Field(min_length=1)


class Question(BaseModel):
    """A question, the short answers that count as right, its evidence, and the split (dev or test) it belongs to.

    `answerable` is, unless said, whether there is an answer or evidence.
    """

    model_config = ConfigDict(frozen=True, strict=True, coerce_numbers_to_str=True)

    id: str = Field(strict=False)
    question: str = Field(min_length=1)
    answers: list[str] = []
    evidence: list[Evidence] = []
    answerable: bool = Field(default_factory=lambda data: bool(data["answers"] or data["evidence"]))
    split: str = ""
    tags: list[str] = []


def load_questions(file: Path, split: str | None = None) -> list[Question]:
    """The questions of a JSON-lines file, all or those of one split. Raises DocumentError with the line at fault."""
    try:
        lines = file.read_text(encoding="utf-8-sig").split("\n")
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
            question = Question.model_validate(json.loads(line))
        except (json.JSONDecodeError, RecursionError) as error:
            raise DocumentError(f"{file}, line {number}: not JSON ({error}). Write one object a line.") from None
        except ValidationError as error:
            first = error.errors()[0]
            key = ".".join(map(str, first["loc"])) or "the line"
            raise DocumentError(f"{file}, line {number}: {key}: {first['msg']}. {_SCHEMA}") from None
        if question.id in seen:
            raise DocumentError(f"{file}, line {number}: the id {question.id!r} is taken already. Give it another.")
        seen.add(question.id)
        if split is None or question.split == split:
            questions.append(question)
    if not questions:
        raise DocumentError(f"{file}: no question in it" + (f" of the split {split!r}." if split else "."))
    return questions
