"""Cases: what a person found wrong in the window, as questions of a set that `rag eval` asks."""

import io
import json
import re
from pathlib import Path

from filelock import FileLock, Timeout
from pydantic import ValidationError

from rag.errors import DocumentError, QuestionError, RunError
from rag.evaluate.dataset import Evidence, Question, read_questions
from rag.evaluate.folder import first_line, write_text

SUFFIXES = (".jsonl", ".csv")
TAG = "feedback"

_SECONDS_TO_WAIT = 30.0
_NUMBERED = re.compile(rf"{TAG}-(\d{{4,9}})")
_BETWEEN_WORDS = re.compile(r"[\W_]+")


def add_case(
    folder: Path,
    index: str,
    question: str,
    history: list[str],
    answers: list[str],
    evidence: list[Evidence],
    answerable: bool,
    reason: str,
) -> Path:
    """The file of the set of an index, with a question added; one that it holds with the same gold gets the reason.

    Raises QuestionError for what is no case, DocumentError for a set with a wrong line, and RunError where it cannot be
    written; the set is as it was then.
    """
    file = folder / f"{index}.jsonl"
    if file.parent != folder:
        raise QuestionError(f"{index!r} cannot name a question set. Use a name without slashes.")
    try:
        case = Question(
            id=TAG,
            question=question.strip(),
            answers=answers,
            evidence=evidence,
            answerable=answerable,
            history=history,
            tags=[TAG, *filter(None, [_BETWEEN_WORDS.sub("-", reason.casefold()).strip("-")])],
        )
    except ValidationError as error:
        raise QuestionError(
            f"This cannot be a question of a set: {first_line(error).removeprefix(': ').removeprefix('Value error, ')}."
        ) from None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / f".{file.name}.lock", timeout=_SECONDS_TO_WAIT):
            _put(file, case)
    except (OSError, Timeout) as error:
        raise RunError(f"{file}: cannot be written ({error}). Try again, or check its folder.") from None
    return file


def question_sets(folder: Path) -> list[Path]:
    """The question sets in a folder, by name; none where there is no such folder."""
    try:
        files = [file for file in folder.iterdir() if file.suffix.lower() in SUFFIXES and file.is_file()]
    except OSError:
        return []
    return sorted((file for file in files if not file.name.startswith(".")), key=lambda file: file.name)


def _put(file: Path, case: Question) -> None:
    found = read_questions(file) if file.exists() else None
    for problem in found.problems if found else []:
        raise DocumentError(f"{file}, line {problem.line}: {problem.message} Nothing was added.")
    questions = found.questions if found else []
    # As they stand in the file: what a person wrote there, and how, is not ours to change.
    lines = list(io.StringIO(file.read_bytes().decode("utf-8-sig"), newline="")) if found else []
    for number, known in questions:
        if _gold(known) == _gold(case):
            tags = list(dict.fromkeys([*known.tags, *case.tags]))
            if tags != known.tags:
                lines[number - 1] = (
                    json.dumps(json.loads(lines[number - 1]) | {"tags": tags}, ensure_ascii=False) + "\n"
                )
                write_text(file, "".join(lines))
            return
    numbers = [int(match[1]) for _, known in questions if (match := _NUMBERED.fullmatch(known.id))]
    case = case.model_copy(update={"id": f"{TAG}-{max(numbers, default=0) + 1:04}"})
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    row = json.dumps(case.model_dump(exclude_defaults=True), ensure_ascii=False)
    write_text(file, "".join([*lines, row + "\n"]))


def _gold(question: Question) -> tuple[str, list[str], list[str], list[Evidence], bool]:
    return question.question, question.history, question.answers, question.evidence, question.answerable
