"""Two runs over the same questions: the difference of each metric, how sure it is, and the questions that turned."""

from collections.abc import Callable
from dataclasses import dataclass

from rag.errors import RunError
from rag.evaluate.info import CodeInfo, IndexInfo
from rag.evaluate.record import Record
from rag.evaluate.run import Run
from rag.evaluate.significance import RESAMPLES, Difference, PairedRuns, differences_of


@dataclass(frozen=True, slots=True)
class Turned:
    """A question whose outcome differs, or, in runs of the search alone, the rank of its evidence."""

    id: str
    question: str
    a: str
    b: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Run `b` beside run `a`: what differs in how they were made, in their metrics, and in single questions.

    `pace` is how many times as long the yardstick took during b, by which its times are divided. None where a run was
    made without a yardstick; then they are as measured.
    """

    a: str
    b: str
    questions: int
    only_in_a: int
    only_in_b: int
    pace: float | None
    changes: list[str]
    differences: list[Difference]
    turned: list[Turned]


def compare_runs(
    a: Run,
    b: Run,
    resamples: int = RESAMPLES,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> Comparison:
    """The Comparison over the questions that both runs hold.

    How sure each difference is, `differences_of` says. Raises RunError where no question is in both, where one id
    stands for two questions, and where one run scored the search alone.
    """
    if (a.info.search is None) != (b.info.search is None):
        raise RunError(f"{a.folder} and {b.folder}: one scored the search alone. Compare runs of the same kind.")
    of_b = {record.id: record for record in b.records}
    pairs = [(record, of_b[record.id]) for record in a.records if record.id in of_b]
    if not pairs:
        raise RunError(f"{a.folder} and {b.folder} have no question in common. Compare runs of the same question set.")
    for first, second in pairs:
        if first.answer.question != second.answer.question:
            raise RunError(
                f"question {first.id!r} is {first.answer.question!r} in {a.folder} and {second.answer.question!r} in"
                f" {b.folder}. Compare runs of the same question set."
            )
    paired = PairedRuns([first for first, _ in pairs], [second for _, second in pairs])
    return Comparison(
        a=str(a.folder),
        b=str(b.folder),
        questions=len(pairs),
        only_in_a=len(a.records) - len(pairs),
        only_in_b=len(b.records) - len(pairs),
        pace=paired.pace,
        changes=_changes(a, b),
        differences=differences_of(paired, resamples, on_progress),
        turned=[turned for first, second in pairs if (turned := _turned(first, second))],
    )


def _turned(a: Record, b: Record) -> Turned | None:
    first, second = _state(a), _state(b)
    return Turned(a.id, a.answer.question, first, second) if first != second else None


def _state(record: Record) -> str:
    if record.outcome:
        return record.outcome
    return f"rank {record.gold_rank}" if record.gold_rank else "not found"


def _changes(a: Run, b: Run) -> list[str]:
    """What differs in how the runs were made, in words."""
    changes = []
    if a.info.questions["sha256"] != b.info.questions["sha256"]:
        changes.append(f"questions: {a.info.questions['file']} -> {b.info.questions['file']}, not the same set")
    if a.info.index["manifest_sha256"] != b.info.index["manifest_sha256"]:
        changes.append(f"index: {_index(a.info.index)} -> {_index(b.info.index)}")
    for key in sorted({*a.info.config, *b.info.config}):
        if (before := a.info.config.get(key)) != (after := b.info.config.get(key)):
            changes.append(f"{key}: {before} -> {after}")
    if a.info.code != b.info.code:
        changes.append(f"footnote-rag: {_code(a.info.code)} -> {_code(b.info.code)}")
    return changes


def _index(index: IndexInfo) -> str:
    return f"{index['name']} {index['manifest_sha256'][:12]}"


def _code(code: CodeInfo) -> str:
    return f"{code['version']} {code['sha256'][:12]}"
