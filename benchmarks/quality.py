"""How good retrieval and answers are over whole public corpora: the figures of docs/quality.md.

`python -m benchmarks.quality ../shared/data --out quality` imports and indexes each set of SETS, scores the search by
either ranking alone and by both, and answers the sets that have answers; it prints the tables in Markdown and keeps
documents, indexes and runs in the folder, where `rag compare` and the reports can be used on them. About 10 minutes on
2 cores. None of these sets is used to choose anything.
"""

import argparse
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from rag.config import Config
from rag.engine import build_index, open_engine
from rag.evaluate.ask import answering, searching
from rag.evaluate.dataset import load_questions
from rag.evaluate.evidence import with_places
from rag.evaluate.importers import import_set
from rag.evaluate.info import index_info, make_info
from rag.evaluate.report.page import write_report
from rag.evaluate.run import Summary, load_run, run_questions

RANKINGS = ("dense", "lexical", "both")
PASSAGES = 10
SEARCH_METRICS = ("hit@1", "recall@5", "ndcg@10")
ANSWER_METRICS = ("exact_match", "f1", "rouge_l", "accuracy", "refusal_f1", "refusal_balanced_accuracy", "aurc")


class Set(NamedTuple):
    """A public set: its name here, kind, path, the split that is asked, and whether answers are scored."""

    name: str
    kind: str
    path: str
    split: str | None
    has_answers: bool


SETS = (
    Set("squad2, 5 reporting articles", "squad", "squad2/squad2_dev_5articles_report.json.gz", None, True),
    Set("squadshifts new_wiki", "squad", "squadshifts/new_wiki_v1.0.json.gz", None, True),
    Set("clapnq", "clapnq", "clapnq", None, True),
    Set("scifact, validation claims", "scifact", "scifact", "validation", False),
    Set("Cranfield", "cranfield", "glasgow_ir/cran", None, False),
    Set("inscit, last turn", "inscit", "inscit", None, True),
)


def index_name(chosen: Set) -> str:
    """A name for the set's folders."""
    return chosen.path.split("/")[0]


def prepare(chosen: Set, data: Path, out: Path) -> None:
    """Import and index a set, unless that is done."""
    folder = out / index_name(chosen)
    if not folder.exists():
        import_set(chosen.kind, data / chosen.path, folder)
    build_index(folder / "documents", Config(index_dir=out / "indexes"), index_name(chosen))


def evaluate(chosen: Set, out: Path, rankings: str, search: bool) -> tuple[Summary, float]:
    """The summary of a run, and the seconds that asking took."""
    name = index_name(chosen)
    values = {"passage_count": PASSAGES} if search else {}
    config = Config(index_dir=out / "indexes", rankings=rankings, **values)
    engine = open_engine(config, name)
    found = load_questions(out / name / "questions.jsonl", chosen.split)
    located = with_places(found, engine.source)
    folder = out / "runs" / f"{name}-{rankings}-{'search' if search else 'answers'}"
    info = make_info(
        found, index_info(name, engine.store.manifest), config, chosen.split, search=PASSAGES if search else None
    )
    started = time.perf_counter()
    run_questions(located, searching(engine) if search else answering(engine), folder, info, overwrite=True)
    seconds = time.perf_counter() - started
    run = load_run(folder)
    write_report(run, engine.document_text)
    return run.summary, seconds


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    return "\n".join(f"| {' | '.join(row)} |" for row in [head, ["---"] * len(head), *rows])


def shown(value: float | None) -> str:
    """A share in three digits."""
    return "–" if value is None else f"{value:.3f}".removeprefix("0")


def search_table(data: Path, out: Path) -> str:
    """Each of SEARCH_METRICS for each ranking, by set, and the mean over the sets."""
    rows, values = [], []
    for chosen in SETS:
        prepare(chosen, data, out)
        found = [evaluate(chosen, out, rankings, search=True)[0] for rankings in RANKINGS]
        values.append([summary[metric] for metric in SEARCH_METRICS for summary in found])
        rows.append([chosen.name, *map(shown, values[-1])])
    means = [sum(column) / len(column) for column in zip(*values, strict=True)]
    head = ["set", *(f"{metric} {rankings}" for metric in SEARCH_METRICS for rankings in RANKINGS)]
    return table(head, [*rows, ["mean", *map(shown, means)]])


def answer_table(out: Path) -> str:
    """ANSWER_METRICS and the time by set."""
    rows = []
    for chosen in SETS:
        if chosen.has_answers:
            summary, seconds = evaluate(chosen, out, "both", search=False)
            count = summary["questions"]
            figures = [shown(summary[metric]) for metric in ANSWER_METRICS]
            rows.append([chosen.name, f"{count:,}", *figures, f"{1000 * seconds / count:.0f}"])
    return table(["set", "questions", *ANSWER_METRICS, "seconds for 1,000"], rows)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    print(search_table(arguments.data, arguments.out), end="\n\n")
    print(answer_table(arguments.out))
