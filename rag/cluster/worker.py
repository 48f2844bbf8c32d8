"""What a process of the cluster does: one job, made once, for one task after the other."""

import pickle
from collections.abc import Callable
from typing import Any, cast

from rag.cluster.version import Version, difference, version_here
from rag.cores import use_one_core
from rag.errors import ConfigError, RagError
from rag.lean_imports import import_leanly

TRIES = 3
"""Workers that a task may have die under it."""

TASKS_OF_WORKER = 3
"""Tasks that a worker has, so that it need not wait for the next when one is done."""

Job = Callable[[Any], Any]
"""What is made of a task; may raise RagError, which travels."""


class Worker:
    """A worker on one core. What it takes and gives is pickled by those who know what it is, and handed on unopened.

    Ray's own serialisation would open it on every process that it passes, of which the head may be one without models.
    """

    def open(self, make_job: bytes, wanted: Version) -> bytes:
        """Make the job; None, or the RagError that came of it."""
        use_one_core()
        # Before what was sent names the modules that cost seconds.
        import_leanly()
        if other := difference(version_here(), wanted):
            return pickle.dumps(ConfigError(f"a worker {other}"))

        def make() -> None:
            self._job = cast("Callable[[], Job]", pickle.loads(make_job))()  # noqa: S301 - by the driver, who may run code

        return _outcome(make)

    def do(self, task: bytes) -> bytes:
        """What the job makes of a task, or the RagError that came of it."""
        return _outcome(lambda: self._job(pickle.loads(task)))  # noqa: S301


def _outcome(work: Callable[[], Any]) -> bytes:
    try:
        return pickle.dumps(work())
    except RagError as error:
        return pickle.dumps(error)
