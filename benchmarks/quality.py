"""How good retrieval and answers are over whole public corpora: the figures of docs/quality.md.

`python -m benchmarks.quality ../shared/data --out quality` imports and indexes each set of SETS, scores the search by
either ranking alone, by both, and by both with the reader, and answers the sets that have answers. It prints the tables
in Markdown and keeps documents, indexes and runs in the folder, for `rag compare` and to look at the reports. About 30
minutes on 2 cores. None of what is asked here was used to choose anything: of new_wiki, which the reader is trained on
too, only questions about documents that were kept out are asked, to an index of all.
"""

import argparse
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from rag.build import build_index, open_engine
from rag.config import Config
from rag.evaluate.ask import answering, searching
from rag.evaluate.dataset import QuestionSet, load_questions
from rag.evaluate.evidence import with_places
from rag.evaluate.importers import import_set
from rag.evaluate.info import index_info, make_info
from rag.evaluate.report.page import write_report
from rag.evaluate.run import Summary, load_run, run_questions
from training.reader.sets.table import read_examples

STAGES = {
    "dense": {"rankings": "dense", "reranker": "none"},
    "lexical": {"rankings": "lexical", "reranker": "none"},
    "both": {"rankings": "both", "reranker": "none"},
    "+ reader": {"rankings": "both", "reranker": "reader"},
}
"""Settings of what is measured, each with one stage more than another."""

LAST_STAGE = "+ reader"

PASSAGES = 10
SEARCH_METRICS = ("hit@1", "recall@5", "ndcg@10")
ANSWER_METRICS = (
    "exact_match",
    "f1",
    "f1_if_answered",
    "rouge_l",
    "accuracy",
    "refusal_f1",
    "refusal_balanced_accuracy",
    "aurc",
    "calibration_error",
)


class Set(NamedTuple):
    """A public set: its name here, kind, path, the split that is asked, and whether answers are scored."""

    name: str
    kind: str
    path: str
    split: str | None
    has_answers: bool


SETS = (
    Set("squad2, 5 reporting articles", "squad", "squad2/squad2_dev_5articles_report.json.gz", None, True),
    Set("squadshifts new_wiki, 8 articles kept out", "squad", "squadshifts/new_wiki_v1.0.json.gz", None, True),
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


def asked(chosen: Set, data: Path, out: Path) -> QuestionSet:
    """The questions of a set that no choice was made on."""
    found = load_questions(out / index_name(chosen) / "questions.jsonl", chosen.split)
    if chosen.kind == "inscit":
        # What the conversation before them adds, benchmarks/follow_up.py measures.
        alone = [(line, question.model_copy(update={"history": []})) for line, question in found.questions]
        return replace(found, questions=alone)
    if "new_wiki" not in chosen.path:
        return found
    kept_out = {example.id for example in read_examples(data, "new_wiki", "report")}
    return replace(found, questions=[pair for pair in found.questions if pair[1].id in kept_out])


def evaluate(chosen: Set, data: Path, out: Path, stage: str, search: bool) -> tuple[Summary, float]:
    """The summary of a run, and the seconds that asking took."""
    name = index_name(chosen)
    values = {"passage_count": PASSAGES} if search else {}
    config = Config(index_dir=out / "indexes", **STAGES[stage], **values)
    engine = open_engine(config, name)
    found = asked(chosen, data, out)
    located = with_places(found, engine.source)
    folder = out / "runs" / f"{name}-{stage.removeprefix('+ ')}-{'search' if search else 'answers'}"
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


Results = dict[tuple[str, str], tuple[Summary, float]]
"""Summary and seconds by set and stage."""


def measure(data: Path, out: Path) -> Results:
    """All sets at all stages; at the last one, those that have answers are answered, which scores the search too."""
    results: Results = {}
    for chosen in SETS:
        prepare(chosen, data, out)
        for stage in STAGES:
            search = stage != LAST_STAGE or not chosen.has_answers
            results[chosen.name, stage] = evaluate(chosen, data, out, stage, search)
            print(f"{chosen.name}, {stage}: {results[chosen.name, stage][1]:.0f} s", file=sys.stderr, flush=True)
    return results


def search_table(results: Results) -> str:
    """Each of SEARCH_METRICS at each of STAGES, by set, and the mean over the sets."""
    values = [
        [results[chosen.name, stage][0][metric] for metric in SEARCH_METRICS for stage in STAGES] for chosen in SETS
    ]
    means = [sum(column) / len(column) for column in zip(*values, strict=True)]
    head = ["set", *(f"{metric} {stage}" for metric in SEARCH_METRICS for stage in STAGES)]
    rows = [[chosen.name, *map(shown, row)] for chosen, row in zip(SETS, values, strict=True)]
    return table(head, [*rows, ["mean", *map(shown, means)]])


def answer_table(results: Results) -> str:
    """ANSWER_METRICS and the time by set."""
    rows = []
    for chosen in SETS:
        if chosen.has_answers:
            summary, seconds = results[chosen.name, LAST_STAGE]
            count = summary["questions"]
            figures = [shown(summary[metric]) for metric in ANSWER_METRICS]
            rows.append([chosen.name, f"{count:,}", *figures, f"{1000 * seconds / count:.0f}"])
    return table(["set", "questions", *ANSWER_METRICS, "seconds for 1,000"], rows)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    measured = measure(arguments.data, arguments.out)
    print(search_table(measured), end="\n\n")
    print(answer_table(measured))
