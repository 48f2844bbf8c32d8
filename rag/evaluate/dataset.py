"""Question sets: questions with their answers and the evidence for them, in JSON lines or CSV."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from rag.errors import DocumentError
from rag.store.calibration import Calibration

JSON_SCHEMA = 'Write {"id": …, "question": …, "answers": […], "evidence": [{"document": …, "quote": …}]}.'
CSV_COLUMNS = (
    *("id", "question", "answers", "answerable", "document", "quote", "start", "end", "page"),
    *("relevance", "history", "split", "tags"),
)
CSV_OF_QUESTION = ("answerable", "history", "split", "tags")
"""Columns that further rows of a question repeat or leave empty."""

CSV_SEPARATOR = "|"
"""Between the items of a cell: answers, history, tags."""

MOST_RELEVANT = 1000
"""The highest grade: nDCG's implementation takes memory for each grade up to the highest."""

_LONGEST_NUMBER = 12
_IN_WORDS = {
    "missing": "is missing",
    "model_type": "write one object",
    "dict_type": "write one object",
    "string_unicode": "holds half a character (a lone surrogate)",
}


class Evidence(BaseModel):
    """Where a document answers a question: a quote, a range of characters, a page, or the whole document.

    `quote` holds the words as they stand in the document; where they stand there more than once, `start` or `page` says
    which. `page` counts from 1. `relevance` is the grade that nDCG weighs, 1 unless said.
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    document: str = Field(min_length=1)
    quote: str | None = Field(None, min_length=1)
    start: int | None = Field(None, ge=0)
    end: int | None = Field(None, ge=1)
    page: int | None = Field(None, ge=1)
    relevance: int = Field(1, ge=1, le=MOST_RELEVANT)

    @model_validator(mode="after")
    def _is_one_place(self) -> "Evidence":
        if self.end is not None and self.start is None:
            raise ValueError("an end needs a start")
        if self.start is not None and self.quote is None and self.end is None:
            raise ValueError("a start needs an end or a quote")
        if self.start is not None and self.end is not None and self.end <= self.start:
            raise ValueError("the end must come after the start")
        return self


class Question(BaseModel):
    """A question, the answers that count as right, its evidence, and what the set says of it.

    `answerable` is, unless said, whether there is an answer or evidence. `history` holds earlier turns, oldest first,
    alternately the person's and the assistant's. `split` is the part of the set it belongs to, such as dev or test.
    """

    model_config = ConfigDict(frozen=True, strict=True, coerce_numbers_to_str=True)

    id: str = Field(strict=False, min_length=1)
    question: str = Field(min_length=1)
    answers: list[str] = []
    evidence: list[Evidence] = []
    answerable: bool = Field(default_factory=lambda data: bool(data.get("answers") or data.get("evidence")))
    history: list[str] = []
    split: str = ""
    tags: list[str] = []

    @model_validator(mode="after")
    def _can_be_scored(self) -> "Question":
        if not self.question.strip() or not all(answer.strip() for answer in self.answers):
            raise ValueError("a question or an answer is blank")
        if not self.answerable and (self.answers or self.evidence):
            raise ValueError("answerable is false, yet there are answers or evidence; remove either")
        if self.answerable and not (self.answers or self.evidence):
            raise ValueError("answerable is true, yet there is no answer and no evidence; add one")
        return self


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a line (from 1) of a question set, and what to do."""

    line: int
    message: str


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """The questions of a file with the line that each stands on, and what is wrong with the other lines."""

    file: Path
    questions: list[tuple[int, Question]]
    problems: list[Problem]


def read_questions(file: Path) -> QuestionSet:
    """All questions of a JSON-lines or .csv file and all problems. Raises DocumentError if it cannot be read at all."""
    text = _read(file)
    rows = _csv_rows(file, text) if file.suffix.lower() == ".csv" else _json_rows(text)
    found = QuestionSet(file, [], [])
    line_of: dict[str, int] = {}
    for line, row in rows:
        try:
            question = row if isinstance(row, Problem) else Question.model_validate(row)
        except ValidationError as error:
            question = Problem(line, _explain(error))
        if isinstance(question, Question) and question.id in line_of:
            first = line_of[question.id]
            question = Problem(line, f"the id {question.id!r} is taken by line {first}. Give it another.")
        if isinstance(question, Problem):
            found.problems.append(question)
        else:
            line_of[question.id] = line
            found.questions.append((line, question))
    return found


def load_questions(file: Path, split: str | None = None, tag: str | None = None) -> QuestionSet:
    """The questions of a file, all or those of one split or tag. Raises DocumentError with the first line at fault."""
    found = read_questions(file)
    for problem in found.problems:
        raise DocumentError(f"{file}, line {problem.line}: {problem.message}")
    if not found.questions:
        raise DocumentError(f"{file}: no question in it. Write one a line.")
    chosen = [(n, q) for n, q in found.questions if split in (None, q.split) and (tag is None or tag in q.tags)]
    if not chosen:
        splits = sorted({question.split for _, question in found.questions} - {""})
        tags = sorted({tag for _, question in found.questions for tag in question.tags})
        wanted = " and ".join(
            f"the {name} {value!r}" for name, value in (("split", split), ("tag", tag)) if value is not None
        )
        raise DocumentError(
            f"{file}: no question of {wanted}."
            f" Its splits: {', '.join(splits) or 'none'}; its tags: {', '.join(tags[:20]) or 'none'}."
        )
    return QuestionSet(file, chosen, [])


def leave_out(found: QuestionSet, calibration: Calibration | None) -> tuple[QuestionSet, int]:
    """The questions that an index was not calibrated on, and the number of the others. Raises DocumentError."""
    if calibration is None:
        return found, 0
    kept = [(line, question) for line, question in found.questions if not calibration.was_asked(question.question)]
    if not kept:
        raise DocumentError(
            f"{found.file}: the index was calibrated on all of these questions, so they measure nothing."
            " Give others, say with --split, or take the calibration away with rag index FOLDER --rebuild."
        )
    return QuestionSet(found.file, kept, []), len(found.questions) - len(kept)


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise DocumentError(f"{file}: no such file. Give a question set in JSON lines or CSV.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise DocumentError(f"{file}: cannot be read ({error}). Save it as UTF-8 JSON lines or CSV.") from None


def _json_rows(text: str) -> Iterator[tuple[int, Any]]:
    if text.lstrip().startswith("["):
        yield 1, Problem(1, "a JSON array. Write one object a line, without brackets and commas around them.")
        return
    # Not splitlines, which also breaks at U+2028, a character that JSON strings may hold.
    for line, content in enumerate(text.split("\n"), start=1):
        if content.strip():
            try:
                yield line, json.loads(content, object_pairs_hook=_unique)
            except json.JSONDecodeError as error:
                yield line, Problem(line, f"not JSON ({error}). Write one object a line.")
            except RecursionError:
                yield line, Problem(line, "nested too deeply. Write one object a line.")
            except ValueError as error:
                reason = "a number is too long" if "digits" in str(error) else error
                yield line, Problem(line, f"{reason}. {JSON_SCHEMA}")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"{next(name for name in names if names.count(name) > 1)!r} is there twice")
    return found


def _csv_rows(file: Path, text: str) -> Iterator[tuple[int, Any]]:
    """One question a group of rows that follow each other with the same id; each row may add answers and evidence."""
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    last: tuple[int, dict[str, Any]] | None = None
    line = 1
    try:
        if unknown := sorted(set(reader.fieldnames or []) - set(CSV_COLUMNS)):
            raise DocumentError(f"{file}, line 1: unknown column {unknown[0]!r}. Known: {', '.join(CSV_COLUMNS)}.")
        if len(set(reader.fieldnames or [])) < len(reader.fieldnames or []):
            raise DocumentError(f"{file}, line 1: a column is there twice. Remove one of them.")
        line = reader.line_num + 1
        for cells in reader:
            row = _csv_question(cells)
            if isinstance(row, str):
                yield line, Problem(line, row)
            elif last and row.get("id") == last[1].get("id") and row.get("question") in (None, last[1].get("question")):
                other = [name for name in CSV_OF_QUESTION if row.get(name, []) not in ([], last[1].get(name))]
                if other:
                    yield line, Problem(line, f"{other[0]} is not that of line {last[0]}, which has the same id.")
                for name in ("answers", "evidence"):
                    last[1][name] += [item for item in row[name] if item not in last[1][name]]
            else:
                if last:
                    yield last
                last = line, row
            line = reader.line_num + 1
    except csv.Error as error:
        yield line, Problem(line, f"not CSV ({error}). Quote cells that hold quotes or commas.")
    if last:
        yield last


def _csv_question(cells: dict[str | None, Any]) -> dict[str, Any] | str:
    """A row as the object that a JSON line would hold, or what is wrong with it."""
    if None in cells:
        return "more cells than columns. Quote cells that hold commas."
    given = {name: value for name, value in cells.items() if value}
    row: dict[str, Any] = {name: given[name] for name in ("id", "question", "split") if name in given}
    for name in ("answers", "history", "tags"):
        row[name] = [item.strip() for item in given.get(name, "").split(CSV_SEPARATOR) if item.strip()]
    if "answerable" in given:
        if given["answerable"].lower() not in ("true", "false"):
            return f"answerable: {given['answerable']!r} is neither true nor false."
        row["answerable"] = given["answerable"].lower() == "true"
    place: dict[str, Any] = {name: given[name] for name in ("document", "quote") if name in given}
    for name in ("start", "end", "page", "relevance"):
        if name in given:
            if not given[name].strip().isdecimal() or len(given[name].strip()) > _LONGEST_NUMBER:
                return f"{name}: {given[name]!r} is no whole number."
            place[name] = int(given[name])
    return row | {"evidence": [place] if place else []}


def _explain(error: ValidationError) -> str:
    first = error.errors()[0]
    key = ".".join(map(str, first["loc"])) or "the line"
    message = _IN_WORDS.get(first["type"], first["msg"].removeprefix("Value error, "))
    return f"{key}: {message}. {JSON_SCHEMA}"
