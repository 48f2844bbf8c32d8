"""Engines that stay open, each of a collection as it is now."""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock

from rag.engine import CitedQueryEngine
from rag.store.catalog import Version

KEPT_OPEN = 4
"""Collections that stay open, those asked last: each takes the memory of its models."""


@dataclass(slots=True)
class _Opened:
    version: Version | None
    engine: CitedQueryEngine


class OpenEngines:
    """What `open_engine` opens of a collection, until that has another `version`. Safe to share between threads."""

    def __init__(
        self, open_engine: Callable[[str], CitedQueryEngine], version: Callable[[str], Version | None]
    ) -> None:
        self._open_engine = open_engine
        self._version = version
        self._opened: OrderedDict[str, _Opened] = OrderedDict()
        self._lock = Lock()

    def get(self, name: str) -> CitedQueryEngine:
        """What answers from a collection as it is now. Raises what opening does."""
        with self._lock:
            version, opened = self._version(name), self._opened.get(name)
            if opened is None or opened.version != version:
                # A visitor who is being answered goes on with the engine that he has; it closes after the last one.
                self._opened.pop(name, None)
                opened = _Opened(version, self._open_engine(name))
                self._opened[name] = opened
            self._opened.move_to_end(name)
            while len(self._opened) > KEPT_OPEN:
                self._opened.popitem(last=False)
            return opened.engine

    @contextmanager
    def without(self, name: str) -> Iterator[None]:
        """Within it, no collection is opened, and that of this name is not open."""
        with self._lock:
            self._opened.pop(name, None)
            yield

    def model_problem(self) -> str | None:
        """Why the language model did not answer when it was last asked of a collection; None where it did."""
        problems = (opened.engine.model_problem for opened in list(self._opened.values()))
        return next((problem for problem in problems if problem), None)
