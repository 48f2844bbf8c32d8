"""Question sets that can be asked in the window: those of its data folder, that of the seeds, and uploads."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from rag import DEFAULT_INDEX
from rag.config import seeds_folder
from rag.errors import DocumentError, RagError
from rag.evaluate.dataset import Problem, QuestionSet, read_questions
from rag.library.uploads import safe_name
from ui.common.cases import SUFFIXES, question_sets
from ui.common.texts import text

# No name of a file: these hold no slashes.
_OF_SEEDS = "seeds/"


class QuestionProblems(RagError):
    """A question set with lines that cannot be asked."""

    def __init__(self, file: str, problems: list[Problem]) -> None:
        super().__init__(text("evaluation.problems", file=file, count=len(problems)))
        self.problems = problems


class QuestionSets:
    """The question sets in the caller's folder."""

    def __init__(self, folder: Callable[[], Path]) -> None:
        self._folder_of = folder

    def choices(self, index: str) -> list[tuple[str, str]]:
        """Label and key of each set that can be asked of an index; what was made for it comes first."""
        own = [(name, name) for name in sorted(self._names(), key=lambda name: Path(name).stem != index)]
        return [(text("evaluation.set_of_seeds"), _OF_SEEDS), *own] if index == DEFAULT_INDEX and _of_seeds() else own

    def file(self, key: str | None) -> Path:
        """The file of a set. Raises RagError where there is none."""
        if key == _OF_SEEDS and (file := _of_seeds()):
            return file
        if not key or key not in self._names():
            raise RagError(text("evaluation.no_set", name=key) if key else text("evaluation.choose_set"))
        return self._folder / key

    def read(self, key: str | None) -> QuestionSet:
        """The questions of a set. Raises RagError: QuestionProblems where lines are wrong."""
        file = self.file(key)
        return _checked(file, file.name)

    def take(self, uploaded: Path, max_megabytes: int) -> str:
        """The key of an uploaded set, which is kept under a name of its own. Raises RagError as `read` does."""
        name = safe_name(uploaded.name)
        stem, suffix = os.path.splitext(name)
        if suffix.lower() not in SUFFIXES:
            raise RagError(text("evaluation.no_set_type", name=name))
        try:
            if uploaded.stat().st_size > max_megabytes * 1_000_000:
                raise RagError(text("evaluation.set_too_large", name=name, most=max_megabytes))
            _checked(uploaded, name)
            return _copied(uploaded, self._folder, stem, suffix)
        except OSError as error:
            raise RagError(text("evaluation.set_not_kept", name=name, reason=error.strerror)) from None

    @property
    def _folder(self) -> Path:
        return self._folder_of()

    def _names(self) -> list[str]:
        return [file.name for file in question_sets(self._folder)]


def _copied(file: Path, folder: Path, stem: str, suffix: str) -> str:
    """The name of a copy of `file`, which takes the place of no other. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    name, number = f"{stem}{suffix}", 1
    while True:
        try:
            target = (folder / name).open("xb")
            break
        except FileExistsError:
            number += 1
            name = f"{stem}-{number}{suffix}"
    try:
        with file.open("rb") as source, target:
            shutil.copyfileobj(source, target)
    except OSError:
        (folder / name).unlink(missing_ok=True)
        raise
    return name


def _checked(file: Path, name: str) -> QuestionSet:
    try:
        found = read_questions(file)
    except DocumentError as error:
        raise RagError(str(error).replace(str(file), name)) from None
    if found.problems:
        raise QuestionProblems(name, found.problems)
    if not found.questions:
        raise RagError(text("evaluation.empty_set", name=name))
    return found


def _of_seeds() -> Path | None:
    folder = seeds_folder()
    file = folder / "questions.jsonl" if folder else None
    return file if file and file.exists() else None
