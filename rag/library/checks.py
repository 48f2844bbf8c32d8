"""Checks: what a server needs, looked at whenever somebody asks how it stands."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from rag.errors import RagError

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Check:
    """`look` raises RagError where something is wrong, which `message` tells to whoever may know nothing more.

    With `stops_answers`, no question can be answered then.
    """

    message: str
    look: Callable[[], None]
    stops_answers: bool = False


class Problem(NamedTuple):
    """What is wrong, and whether no question can be answered."""

    message: str
    stops_answers: bool


def problems(checks: list[Check]) -> list[Problem]:
    """What is wrong; the details go to the log."""
    return [problem for check in checks if (problem := _problem(check))]


def _problem(check: Check) -> Problem | None:
    try:
        check.look()
    except RagError as error:
        _log.warning("%s", error)
        return Problem(check.message, check.stops_answers)
    return None
