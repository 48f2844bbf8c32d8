"""Questions to begin with, made of a collection's own documents while nobody waits for them."""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from threading import Lock

from rag.engine import CitedQueryEngine
from rag.library.job import Job
from rag.library.library import Library
from rag.overviews.starters import starter_questions

KEPT = 16
"""Collections whose questions are kept, those asked for last."""

_LOOKED_EVERY_SECONDS = 0.1


@dataclass(slots=True)
class _Found:
    engine: CitedQueryEngine
    questions: list[str] = field(default_factory=list)
    job: Job[None] | None = None


class Starters:
    """The questions of each collection as it is now. Safe to share between threads."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._found: OrderedDict[str, _Found] = OrderedDict()
        self._lock = Lock()

    def questions(self, index: str) -> Iterator[list[str]]:
        """Those found so far, again with each more, until all are. Raises RagError where nothing can be asked."""
        found = self._begun(index)
        shown = -1
        while True:
            is_over = found.job is None or found.job.wait(_LOOKED_EVERY_SECONDS if shown >= 0 else 0)
            if len(found.questions) > shown:
                shown = len(found.questions)
                yield found.questions[:shown]
            elif is_over:
                return

    def _begun(self, index: str) -> _Found:
        engine = self._library.engine(index)
        with self._lock:
            found = self._found.get(index)
            # A collection that changed is answered by another engine.
            if found is None or found.engine is not engine:
                begun = found = self._found[index] = _Found(engine)

                def work(job: Job[None]) -> None:
                    for question in starter_questions(engine):
                        begun.questions.append(question)

                found.job = Job(f"questions about {index}", work)
            self._found.move_to_end(index)
            while len(self._found) > KEPT:
                self._found.popitem(last=False)
        return found
