"""What an answer about whole documents is made of."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from rag.answer import AnswerKind
from rag.answering.citations import Statement


@dataclass(frozen=True, slots=True)
class Overview:
    """Statements in their order, and sentences for the person who asked; without statements `reason` says why."""

    kind: AnswerKind
    statements: Sequence[Statement] = ()
    notes: Sequence[str] = field(default_factory=list)
    reason: str = ""


def counted(count: int, noun: str) -> str:
    """A number with its noun: 1 page, 2 pages."""
    return f"{count:,} {noun}{'s' if count != 1 else ''}"
