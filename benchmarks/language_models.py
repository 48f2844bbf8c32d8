"""Ways of answering side by side: quotes, and language models as GGUF files in this process. The table of docs/llms.md.

    .venv/bin/python -m benchmarks.language_models ../shared/data --out llms [--llm NAME=FILE.gguf ...] [--most N]

Asks the held-back half of the seeds' questions, 100 of CLAP NQ and 60 about squad2's five reporting articles, drawn
with a fixed seed, over the index of all documents of each set. What was answered is kept in OUT, and goes on from there
when it is run again: Qwen2.5-Coder-1.5B takes about half a minute a question on one core. `--most` asks fewer of each.
"""

import argparse
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median

from benchmarks.quality import SETS, Set, prepare, shown, table
from rag.build import build_index, open_engine
from rag.config import Config, seeds_folder
from rag.evaluate.ask import answering
from rag.evaluate.dataset import QuestionSet, load_questions
from rag.evaluate.evidence import with_places
from rag.evaluate.grounding import checked, verbatim
from rag.evaluate.info import index_info, make_info
from rag.evaluate.record import Record
from rag.evaluate.run import run_questions
from rag.llm.support import SupportChecker
from rag.models.verifier import VerifierModel

SEED = 6
SEEDS = "seeds"
DRAWN = {"clapnq": 100, "squad2": 60}
"""Questions of each set besides the seeds'."""

VERDICTS = ("quoted", "supported", "partial", "unsupported")


def questions_of(name: str, out: Path, most: int) -> QuestionSet:
    """The questions that are asked of a set."""
    if name == SEEDS:
        found = load_questions(Path(str(seeds_folder())) / "questions.jsonl", "test")
    else:
        found = load_questions(out / name / "questions.jsonl")
        drawn = list(found.questions)
        random.Random(SEED).shuffle(drawn)
        found = replace(found, questions=drawn[: DRAWN[name]])
    return replace(found, questions=found.questions[:most])


def records_of(name: str, way: str, llm: str | None, out: Path, most: int) -> list[Record]:
    """The answers to a set's questions in one way, asked for where they are not kept."""
    config = Config(index_dir=out / "indexes", llm=llm, llm_timeout=1200.0)
    engine = open_engine(config, name)
    found = questions_of(name, out, most)
    supports = checked(SupportChecker(VerifierModel())) if llm else verbatim
    folder = out / "runs" / f"{name}-{way}-{len(found.questions)}"
    info = make_info(found, index_info(name, engine.store.manifest), config)

    def show(done: int, total: int) -> None:
        print(f"{name}, {way}: {done} of {total}", end="\r", flush=True)

    return run_questions(with_places(found, engine.source), answering(engine, supports), folder, info, on_progress=show)


def row(records: Sequence[Record]) -> list[str]:
    """What is told of one way over one set, in the order of COLUMNS."""
    answerable = [record for record in records if record.gold.answerable]
    others = [record for record in records if not record.gold.answerable]
    given = [record for record in answerable if not record.answer.refused]
    verdicts = Counter(sentence.support for record in records for sentence in record.answer.sentences)
    f1 = [record.scores["f1"] or 0.0 for record in answerable if record.scores["f1"] is not None]
    return [
        f"{sum(bool(record.right_if_answered) for record in given)} of {len(answerable)}",
        str(sum(record.outcome == "correct" for record in given)),
        str(sum(not record.right_if_answered for record in given)),
        str(len(answerable) - len(given)),
        f"{sum(record.answer.refused for record in others)} of {len(others)}",
        shown(sum(f1) / len(f1) if f1 else None),
        ", ".join(str(verdicts[verdict]) for verdict in VERDICTS),
        f"{median(record.answer.seconds.total for record in records):.1f}",
    ]


COLUMNS = (
    "answers with an accepted answer",
    "every sentence of it supported",
    "answers with none",
    "refused wrongly",
    "refused rightly",
    "token F1",
    "sentences quoted, supported, partly, not",
    "seconds",
)


def measure(data: Path, out: Path, llms: dict[str, str], most: int) -> str:
    """The table, a line a set and way."""
    build_index(Path(str(seeds_folder())), Config(index_dir=out / "indexes"), SEEDS)
    chosen: dict[str, Set] = {name: next(s for s in SETS if s.kind == kind) for name, kind in
                              (("clapnq", "clapnq"), ("squad2", "squad"))}  # fmt: skip
    for each in chosen.values():
        prepare(each, data, out)
    lines = [
        [name, way, *row(records_of(name, way, llm, out, most))]
        for name in (SEEDS, *chosen)
        for way, llm in {"quotes": None, **llms}.items()
    ]
    return table(["questions", "way", *COLUMNS], lines)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--llm", action="append", default=[], metavar="NAME=FILE", help="a model and its GGUF file")
    parser.add_argument("--most", type=int, default=1000, help="questions of each set at most")
    arguments = parser.parse_args()
    named = (llm.partition("=") for llm in arguments.llm)
    models = {name: f"llama-cpp/{Path(file).resolve()}" for name, _, file in named}
    print(measure(arguments.data, arguments.out, models, arguments.most))
