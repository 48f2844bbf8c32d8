"""The report of a run in Markdown, fit for the summary of a CI job."""

import re
from collections.abc import Iterable, Sequence

from rag.evaluate.record import Record
from rag.evaluate.report.tables import (
    NONE,
    Figure,
    group_tables,
    headline,
    lost_counts,
    metric_rows,
    outcome_rows,
)
from rag.evaluate.run import Run
from rag.terminal import printable

WORST_SHOWN = 20
CELL_CHARACTERS = 160

# What Markdown, or the HTML inside it, would take for a mark.
_MARKS = re.compile(r"([\\`*_\[\]|~$#!])")
_HTML = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def report_markdown(run: Run, about: Iterable[tuple[str, str]]) -> str:
    """Headline, metrics, outcomes, where questions were lost, and the worst of them."""
    records, summary = run.records, run.summary
    metrics, times = metric_rows(summary)
    head = headline(summary)
    lines = [f"# Evaluation of {_cell(run.info.questions['file'])}", ""]
    lines += [f"- {name}: {_cell(value)}" for name, value in about]
    lines += ["", *_table([figure.label for figure in head], [[figure.value for figure in head]])]
    if outcomes := outcome_rows(records):
        rows = [[row.outcome, f"{row.answerable:,}", f"{row.unanswerable:,}", f"{row.total:,}"] for row in outcomes]
        lines += ["", "## Outcomes", "", *_table(["outcome", "answerable", "unanswerable", "all"], rows)]
    if lost := lost_counts(records):
        lines += ["", "## Where questions were lost", ""]
        lines += _table(["stage", "questions"], [[stage, f"{count:,}"] for stage, count in lost])
    worst = worst_questions(records)
    lines += ["", "## Worst questions", ""]
    lines += _worst_table(worst) if worst else ["No question was lost, and all evidence was found at rank 1."]
    for heading, figures in (("Metrics", metrics), ("Times", times)):
        lines += ["", f"## {heading}", "", *_table(["metric", "value", "definition"], map(_figure_row, figures))]
    for table in group_tables(records):
        lines += ["", f"## {table.caption}", "", *_table(table.head, table.rows)]
    return "\n".join(lines) + "\n"


def worst_questions(records: Sequence[Record]) -> list[Record]:
    """Lost questions, the most confident first; then those whose evidence is not at rank 1, the farthest first."""
    bad = [record for record in records if record.lost or (record.gold.evidence and record.gold_rank != 1)]
    return sorted(bad, key=_goodness)[:WORST_SHOWN]


def _goodness(record: Record) -> tuple[bool, float, float]:
    rank = -record.gold_rank if record.gold_rank else float("-inf")
    return record.lost is None, -record.answer.confidence if record.lost else 0, rank


def _worst_table(records: Iterable[Record]) -> list[str]:
    head = ["id", "question", "outcome", "lost", "confidence", "rank of the evidence", "answer", "accepted"]
    rows = []
    for record in records:
        answer, gold = record.answer, record.gold
        rank = (str(record.gold_rank) if record.gold_rank else "not found") if gold.evidence else NONE
        said = answer.reason or "" if answer.refused else " ".join(sentence.text for sentence in answer.sentences)
        accepted = " / ".join(gold.answers) if gold.answerable else "unanswerable"
        confidence = f"{answer.confidence:.2f}" if record.outcome else NONE
        row = [record.id, answer.question, record.outcome or NONE, record.lost or NONE, confidence, rank]
        rows.append([*row, said or NONE, accepted or NONE])
    return _table(head, rows)


def _figure_row(figure: Figure) -> list[str]:
    value = figure.value if figure.applies else f"{figure.value} does not apply"
    return [figure.label, value, figure.definition]


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [head, ["---"] * len(head), *([_cell(cell) for cell in row] for row in rows)]
    return [f"| {' | '.join(line)} |" for line in lines]


def _cell(text: str) -> str:
    """`text` on one line, shortened, showing as what it is."""
    line = printable(text)
    if len(line) > CELL_CHARACTERS:
        line = line[:CELL_CHARACTERS].rstrip() + " …"
    return _MARKS.sub(r"\\\1", line).translate(_HTML)
