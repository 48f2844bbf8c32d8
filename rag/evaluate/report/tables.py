"""The figures of a report as text: headline, metrics, groups of questions, outcomes, and where questions were lost."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

import numpy as np

from rag.evaluate.measures import MEASURES, Floats, as_number, columns_of
from rag.evaluate.record import Lost, Outcome, Record

OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
LOST: tuple[Lost, ...] = get_args(Lost)
NONE = "–"
"""Shown for a figure that does not apply."""

OUTCOME_MEANING: dict[Outcome, str] = {
    "correct": "every sentence is supported by what it cites, and the answer is right",
    "wrong": "supported by what it cites, but not right, or the question has no answer",
    "unsupported": "a sentence is not supported by what it cites, or a citation is not exact",
    "refused": "no answer was given; right where the question is unanswerable",
}
LOST_MEANING: dict[Lost, str] = {
    "not retrieved": "no passage that was found holds evidence",
    "not chosen": "evidence was found, and the answer cites none of it",
    "answered wrongly": "the evidence is cited, or the set has none, and the answer is not right",
    "refused wrongly": "evidence was found, and no answer was given",
    "answered unanswerable": "an answer was given where there is none",
}

_HEADLINE = ("accuracy", "answered_accuracy", "refusal_f1", "recall@5", "citation_exactness", "seconds_total_p50")
_HEADLINE_OF_SEARCH = ("recall@5", "hit@1", "mrr@10", "ndcg@10", "seconds_total_p50")
_TIME_NOTE = "half of the questions take no longer"
_OF_GROUPS = ("accuracy", "answered_accuracy", "recall@5", "mrr@10", "f1")
_GROUPS_SHOWN = 50
_BY_NAME = {measure.name: measure for measure in MEASURES}


@dataclass(frozen=True, slots=True)
class ReportTable:
    """Cells as text under their headings, each row with its own heading first."""

    caption: str
    head: list[str]
    rows: list[list[str]]


@dataclass(frozen=True, slots=True)
class Figure:
    """A metric of the run as it is shown; `applies` is False where it has no value."""

    label: str
    value: str
    definition: str
    applies: bool = True


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """Questions with one outcome: how many of the answerable, of the unanswerable, and of all."""

    outcome: Outcome
    answerable: int
    unanswerable: int
    total: int


def headline(summary: Mapping[str, float | None]) -> list[Figure]:
    """The few figures that people look at first."""
    names = _HEADLINE if summary.get("accuracy") is not None else _HEADLINE_OF_SEARCH
    figures = [(_BY_NAME[name], _figure(name, summary.get(name))) for name in names]
    return [
        Figure(figure.label, figure.value, _TIME_NOTE if measure.is_time else figure.definition.split(";")[0])
        for measure, figure in figures
        if figure.applies
    ]


def metric_rows(summary: Mapping[str, float | None]) -> tuple[list[Figure], list[Figure]]:
    """All metrics, and the times apart; judgements of a language model only where there are any."""
    shown = [m for m in MEASURES if not (m.name.startswith("llm_") and summary.get(m.name) is None)]
    metrics, times = (
        [_figure(measure.name, summary.get(measure.name)) for measure in shown if measure.is_time is is_time]
        for is_time in (False, True)
    )
    return metrics, times


def outcome_rows(records: Sequence[Record]) -> list[OutcomeRow]:
    """Each outcome; nothing for a run of the search alone."""
    counts = Counter((record.outcome, record.gold.answerable) for record in records if record.outcome)
    if not counts:
        return []
    pairs = [(outcome, counts[outcome, True], counts[outcome, False]) for outcome in OUTCOMES]
    return [OutcomeRow(outcome, yes, no, yes + no) for outcome, yes, no in pairs]


def lost_counts(records: Sequence[Record]) -> list[tuple[Lost, int]]:
    """Questions lost at each stage; nothing for a run of the search alone."""
    counts = Counter(record.lost for record in records)
    return [(lost, counts[lost]) for lost in LOST] if any(record.outcome for record in records) else []


def group_tables(records: Sequence[Record]) -> list[ReportTable]:
    """The main figures of each tag and of each split, where the run has more than one."""
    of_tags: dict[str, list[int]] = {}
    of_splits: dict[str, list[int]] = {}
    for number, record in enumerate(records):
        for tag in dict.fromkeys(record.gold.tags) or ("no tag",):
            of_tags.setdefault(tag, []).append(number)
        of_splits.setdefault(record.gold.split or "no split", []).append(number)
    columns = columns_of(records)
    tables = []
    for name, groups in (("tag", of_tags), ("split", of_splits)):
        if len(groups) > 1:
            largest = sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))
            rows = [_group_row(group, rows, columns) for group, rows in largest[:_GROUPS_SHOWN]]
            more = f", the {_GROUPS_SHOWN} largest of {len(groups)}" if len(groups) > _GROUPS_SHOWN else ""
            tables.append(_without_empty(ReportTable(f"By {name}{more}", [name, "questions", *_group_head()], rows)))
    return tables


def shown_seconds(seconds: float) -> str:
    """A time in the unit that reads best."""
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms" if seconds >= 0.00095 else f"{seconds * 1000:.1f} ms"
    return f"{seconds:.2f} s" if seconds < 9.995 else f"{seconds:,.0f} s"


def shown_share(share: float) -> str:
    """A share in percent."""
    return f"{100 * share:.1f} %"


def _figure(name: str, value: float | None) -> Figure:
    measure = _BY_NAME[name]
    if value is None:
        return Figure(measure.label, NONE, measure.definition, applies=False)
    return Figure(measure.label, shown_seconds(value) if measure.is_time else f"{value:.3f}", measure.definition)


def _group_head() -> list[str]:
    return [*(_BY_NAME[name].label for name in _OF_GROUPS), "refused", "seconds, p50"]


def _group_row(group: str, rows: Sequence[int], columns: Mapping[str, Floats]) -> list[str]:
    own = {name: column[rows] for name, column in columns.items()}
    ones = np.ones((1, len(rows)))
    values = [as_number(_BY_NAME[name].of(own, ones)[0]) for name in _OF_GROUPS]
    values.append(as_number(own["refused"].mean()))
    seconds = float(_BY_NAME["seconds_total_p50"].of(own, ones)[0])
    return [
        group,
        f"{len(rows):,}",
        *(NONE if value is None else f"{value:.3f}" for value in values),
        shown_seconds(seconds),
    ]


def _without_empty(table: ReportTable) -> ReportTable:
    """The table without the columns that apply to no row."""
    kept = [column for column in range(len(table.head)) if any(row[column] != NONE for row in table.rows)]
    return ReportTable(table.caption, [table.head[n] for n in kept], [[row[n] for n in kept] for row in table.rows])
