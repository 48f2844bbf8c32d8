"""Checks: what a server needs, looked at whenever somebody asks how it stands."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

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


def failing(checks: list[Check]) -> list[Check]:
    """Those of which something is wrong; what it is goes to the log."""
    return [check for check in checks if not _holds(check)]


def _holds(check: Check) -> bool:
    try:
        check.look()
    except RagError as error:
        _log.warning("%s", error)
        return False
    return True
