"""HTML of the tab of evaluation: progress, a report in its frame, the questions of a run, and two runs compared."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from markupsafe import Markup

from rag.evaluate.compare import Comparison
from rag.evaluate.dataset import Problem
from rag.evaluate.measures import MEASURES
from rag.evaluate.record import Record
from rag.evaluate.report.tables import shown_seconds
from rag.evaluate.significance import CONFIDENCE, CONFIDENCE_OF_TIMES, Difference
from rag.library.job import JobProgress
from rag.library.runs import ListedRun
from ui.common.templates import rendered
from ui.common.texts import shown_answer, text

PROBLEMS_SHOWN = 10
QUESTIONS_SHOWN = 200
ALL = "all"

KINDS = (
    "wrong",
    "unsupported",
    "refused_wrongly",
    "not_found",
    "found_lower",
    "refused_rightly",
    "no_evidence",
    "correct",
    "found_first",
)
"""Kinds of questions, the worst first; those of a run of the search alone among them."""

_MARKS = {"wrong": "✗", "unsupported": "!", "refused_wrongly": "–", "not_found": "✗", "found_lower": "–"}
_TIMES = {measure.name for measure in MEASURES if measure.is_time}
_DEFINITIONS = {measure.name: measure.definition for measure in MEASURES}
_PLOT_WIDTH, _PLOT_HEIGHT = 160, 18


def problem_lines(problems: Sequence[Problem]) -> list[str]:
    """The first lines of a question set that are wrong, and how many more there are."""
    lines = [text("evaluation.problem", line=problem.line, message=problem.message) for problem in problems]
    if len(lines) > PROBLEMS_SHOWN:
        lines[PROBLEMS_SHOWN:] = [text("evaluation.more_problems", count=len(lines) - PROBLEMS_SHOWN)]
    return lines


def progress_html(name: str, now: JobProgress) -> Markup:
    """How far a run or a comparison is. Not a live region: it changes several times a second."""
    percent = round(100 * now.done / now.total) if now.total else 0
    if now.state == "stopping":
        said = text("evaluation.stopping")
    elif not now.total:
        said = text("evaluation.begins")
    else:
        said = text("evaluation.progress", done=f"{now.done:,}", total=f"{now.total:,}")
        if now.seconds_left is not None:
            said += " " + text("evaluation.left", time=shown_time(now.seconds_left))
    return rendered("evaluation/progress.html.j2", name=name, percent=percent, said=said)


def shown_time(seconds: float) -> str:
    """A time that is waited for, in the unit that reads best."""
    if seconds < 90:
        return text("evaluation.seconds", count=max(1, round(seconds)))
    minutes = round(seconds / 60)
    if minutes < 90:
        return text("evaluation.minutes", count=minutes)
    return text("evaluation.hours", count=f"{minutes / 60:.1f}")


def report_frame_html(name: str, report: str) -> Markup:
    """A report in a frame that can reach nothing outside itself."""
    return rendered("evaluation/report_frame.html.j2", name=name, report=report)


def runs_html(runs: Sequence[ListedRun], chosen: str) -> Markup:
    """The runs so far, a line each, of which one is looked at."""
    return rendered("evaluation/runs.html.j2", runs=runs, chosen=chosen, said_of=_about_run)


def _about_run(run: ListedRun) -> str:
    said = [datetime.fromtimestamp(run.made).strftime("%Y-%m-%d %H:%M")]
    if not run.is_finished:
        said.append(text("evaluation.interrupted"))
    if run.questions is not None:
        said.append(text("evaluation.run_questions", count=f"{run.questions:,}"))
    if run.accuracy is not None:
        said.append(text("evaluation.run_accuracy", percent=round(100 * run.accuracy)))
    return " · ".join(said)


def kind_of(record: Record) -> str:
    """Which of KINDS a question of a run is."""
    if record.outcome == "refused":
        return "refused_wrongly" if record.gold.answerable else "refused_rightly"
    if record.outcome:
        return record.outcome
    if not record.gold.evidence:
        return "no_evidence"
    return {None: "not_found", 1: "found_first"}.get(record.gold_rank, "found_lower")


def kind_choices(records: Sequence[Record]) -> list[tuple[str, str]]:
    """Label and name of each kind of question that a run has, all together first."""
    counts = Counter(map(kind_of, records))
    found = [(ALL, len(records)), *((kind, counts[kind]) for kind in KINDS if counts[kind])]
    return [(f"{text(f'evaluation.kind_{kind}')} ({count:,})", kind) for kind, count in found]


def questions_html(records: Sequence[Record], kind: str, index: str) -> Markup:
    """The questions of a kind, the worst first, each with a button that asks it in the chat."""
    found = [record for record in records if kind in (ALL, kind_of(record))]
    found.sort(key=lambda record: KINDS.index(kind_of(record)))
    return rendered(
        "evaluation/questions.html.j2",
        shown=found[:QUESTIONS_SHOWN],
        count=len(found),
        index=index,
        kind_of=kind_of,
        marks=_MARKS,
        said_of=_said_of,
    )


def _said_of(record: Record) -> str:
    """What was answered, or where the evidence was found in a run of the search alone."""
    answer = record.answer
    if record.outcome is None:
        rank = text("evaluation.rank", rank=record.gold_rank) if record.gold_rank else text("evaluation.kind_not_found")
        return rank if record.gold.evidence else text("evaluation.kind_no_evidence")
    if answer.refused:
        return f"{shown_answer(answer.answer)} {answer.reason or ''}".strip()
    return " ".join(sentence.text for sentence in answer.sentences)


def comparison_html(comparison: Comparison, a: str, b: str) -> Markup:
    """What differs between the runs named `a` and `b`: how they were made, their metrics, and single questions."""
    applying = [difference for difference in comparison.differences if difference.difference is not None]
    metrics, times = ([d for d in applying if (d.metric in _TIMES) is is_time] for is_time in (False, True))
    notes = [text("evaluation.compared", count=f"{comparison.questions:,}", a=a, b=b)]
    for name, count in ((a, comparison.only_in_a), (b, comparison.only_in_b)):
        if count:
            notes.append(text("evaluation.only_in", count=f"{count:,}", name=name))
    if comparison.pace is not None and times:
        notes.append(text("evaluation.pace", pace=f"{comparison.pace:.2f}", b=b))
    return rendered(
        "evaluation/comparison.html.j2",
        a=a,
        b=b,
        notes=notes,
        changes=comparison.changes or [text("evaluation.made_alike")],
        metrics=metrics,
        times=times,
        turned=comparison.turned,
        most_turned=QUESTIONS_SHOWN,
        definitions=_DEFINITIONS,
        value=_value,
        signed=_signed,
        label=_label,
        confidences={False: f"{100 * CONFIDENCE:.0f}", True: f"{100 * CONFIDENCE_OF_TIMES:.0f}"},
        most_of=_most_of,
        x=_x,
        width=_PLOT_WIDTH,
        height=_PLOT_HEIGHT,
    )


def _most_of(differences: Sequence[Difference]) -> float:
    """The farthest from 0 that a drawing has to show."""
    return max(abs(v) for d in differences for v in (d.low, d.high, d.difference) if v is not None) or 1.0


def _x(value: float, most: float) -> str:
    """Where a value stands in a drawing that reaches from -most to most."""
    return f"{_PLOT_WIDTH / 2 + value / most * (_PLOT_WIDTH / 2 - 6):.1f}"


def _label(label: str) -> str:
    """A metric's name as a heading; one such as nDCG stays as it is."""
    return label if label[1:2].isupper() else label[:1].upper() + label[1:]


def _value(value: float | None, is_time: bool) -> str:
    if value is None:
        return "–"
    return shown_seconds(value) if is_time else f"{value:.3f}"


def _signed(value: float | None, is_time: bool) -> str:
    if value is None:
        return "–"
    return f"{'−' if value < 0 else '+'}{_value(abs(value), is_time)}"
