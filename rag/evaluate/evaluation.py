"""An evaluation: a file of questions put to an engine over an index, scored, summed up and reported."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from rag.answer import Source
from rag.cluster.connection import Cluster
from rag.cluster.worker import TASKS_OF_WORKER
from rag.config import Config
from rag.evaluate.ask import AskOne, Engine, answering, beside_yardstick, searching
from rag.evaluate.dataset import Question, leave_out, load_questions
from rag.evaluate.evidence import Place, with_places
from rag.evaluate.grounding import Supports, checked, verbatim
from rag.evaluate.info import index_info, make_info
from rag.evaluate.record import Record
from rag.evaluate.run import Summary, load_run, run_questions, summarize
from rag.store.manifest import Manifest


class Index(Protocol):
    """What evaluation sees of an index."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def manifest(self) -> Manifest:
        """What it was made of, and its calibration."""


class IndexEngine(Engine, Protocol):
    """What evaluation sees of a query engine over an index."""

    @property
    def store(self) -> Index:
        """The index that is asked."""

    def source(self, document_id: str) -> Source | None:
        """A document with its text and pages, or None."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What came of asking a question set: the summary, and the report, None where no folder was given for the run."""

    summary: Summary
    report: Path | None


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A cluster whose workers ask, each an engine of its own that `open_engine` opens over the index of a sha256.

    `config` is what they need to know of how they shall ask.
    """

    cluster: Cluster
    open_engine: Callable[[str], Engine]
    config: Config


def evaluate(
    questions: Path,
    open_engine: Callable[[], IndexEngine],
    config: Config,
    out: Path | None = None,
    split: str | None = None,
    tag: str | None = None,
    search: int | None = None,
    overwrite: bool = False,
    notify: Callable[[str], None] = lambda message: None,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
    elsewhere: Elsewhere | None = None,
) -> Evaluation:
    """Every question of a file, or those of one split or tag, asked and scored; kept in the folder `out`.

    `open_engine` opens, once the questions are read, an engine with the settings of `config`. `search` scores the
    search alone, that many passages a question. Where `elsewhere` is given, workers of a cluster ask. See
    `run_questions` for how a run is resumed and interrupted. Raises RagError.
    """
    found = load_questions(questions, split, tag)
    engine = open_engine()
    manifest = engine.store.manifest
    asked, left_out = leave_out(found, manifest.calibration)
    if left_out:
        notify(f"{left_out} questions are left out: rag calibrate used them, so they would flatter the figures.")
    located = with_places(asked, engine.source)
    info = make_info(asked, index_info(engine.store.name, manifest), config, split, tag, left_out, search)
    if elsewhere is None:
        records = run_questions(located, asker(engine, config, search), out, info, overwrite, on_progress)
    else:
        make_asker = partial(_open_asker, partial(elsewhere.open_engine, manifest.sha256), elsewhere.config, search)
        with elsewhere.cluster.pool(make_asker) as pool:

            def ask_one(question: Question, evidence: Sequence[Place]) -> Record:
                record: Record = pool.submit((question, evidence)).result()
                return record

            at_once = pool.most * TASKS_OF_WORKER
            records = run_questions(located, ask_one, out, info, overwrite, on_progress, at_once)
    return Evaluation(summarize(records), _report(out, engine) if out else None)


def asker(engine: Engine, config: Config, search: int | None) -> AskOne:
    """How each question of a run is asked: for an answer, or for the passages alone."""
    return beside_yardstick(searching(engine) if search else answering(engine, _support_check(config)))


def _open_asker(
    open_engine: Callable[[], Engine], config: Config, search: int | None
) -> Callable[[tuple[Question, Sequence[Place]]], Record]:
    """What a worker does with a question and the places of its evidence."""
    ask_one = asker(open_engine(), config, search)
    return lambda task: ask_one(*task)


def _support_check(config: Config) -> Supports:
    """What tells for the metrics whether citations support a sentence."""
    if not config.llm:
        return verbatim
    from rag.llm.support import SupportChecker
    from rag.models.verifier import VerifierModel

    return checked(SupportChecker(VerifierModel()))


def _report(run: Path, engine: Engine) -> Path:
    from rag.evaluate.report.page import write_report

    return write_report(load_run(run), engine.document_text)
