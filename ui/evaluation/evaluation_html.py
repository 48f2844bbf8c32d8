"""HTML of the tab of evaluation: progress, a report in its frame, the questions of a run, and two runs compared."""

from collections import Counter
from collections.abc import Sequence

from rag.answer import Answer
from rag.evaluate.compare import Comparison, Difference
from rag.evaluate.dataset import Problem
from rag.evaluate.measures import MEASURES
from rag.evaluate.record import Record
from rag.evaluate.report.tables import shown_seconds
from ui.common.escape import inert
from ui.common.job import JobProgress
from ui.common.texts import text

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


def progress_html(name: str, now: JobProgress) -> str:
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
    return (
        f'<div class="progress"><progress role="progressbar" max="100" value="{percent}" aria-valuemin="0"'
        f' aria-valuemax="100" aria-valuenow="{percent}" aria-label="{inert(name)}"></progress>'
        f'<p class="notice">{inert(name)}: {inert(said)}</p></div>'
    )


def shown_time(seconds: float) -> str:
    """A time that is waited for, in the unit that reads best."""
    if seconds < 90:
        return text("evaluation.seconds", count=max(1, round(seconds)))
    minutes = round(seconds / 60)
    if minutes < 90:
        return text("evaluation.minutes", count=minutes)
    return text("evaluation.hours", count=f"{minutes / 60:.1f}")


def report_frame_html(name: str, report: str) -> str:
    """A report in a frame that can reach nothing outside itself.

    Without a base of its own, a link inside the report would open this window in the frame.
    """
    report = report.replace("<head>", '<head>\n<base href="about:srcdoc">', 1)
    return (
        f'<iframe class="report" sandbox="allow-scripts" title="{inert(text("evaluation.report_title", name=name))}"'
        f' srcdoc="{inert(report)}"></iframe>'
    )


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


def questions_html(records: Sequence[Record], kind: str, index: str) -> str:
    """The questions of a kind, the worst first, each with a button that asks it in the chat."""
    found = [record for record in records if kind in (ALL, kind_of(record))]
    found.sort(key=lambda record: KINDS.index(kind_of(record)))
    shown = found[:QUESTIONS_SHOWN]
    count = text("evaluation.questions_shown", shown=f"{len(shown):,}", count=f"{len(found):,}")
    items = "".join(_question_html(record, index) for record in shown)
    return f'<p class="notice">{inert(count)}</p><ol class="cases">{items}</ol>'


def _question_html(record: Record, index: str) -> str:
    kind, answer = kind_of(record), record.answer
    lost = f" · {text('evaluation.lost_' + record.lost.replace(' ', '_'))}" if record.lost else ""
    lines = [("evaluation.earlier", " / ".join(record.gold.history))] if record.gold.history else []
    lines.append(("evaluation.answer", _said(record, answer)))
    if record.gold.answers:
        lines.append(("evaluation.accepted", " | ".join(record.gold.answers)))
    told = "".join(f"<dt>{inert(text(key))}</dt><dd>{inert(said)}</dd>" for key, said in lines)
    return (
        f'<li data-kind="{kind}"><p class="kind"><span aria-hidden="true">{_MARKS.get(kind, "✓")}</span>'
        f' {inert(text(f"evaluation.kind_{kind}"))}{inert(lost)} <span class="place">{inert(record.id)}</span></p>'
        f'<p class="asked">{inert(answer.question)}</p><dl>{told}</dl>'
        f'<button type="button" class="tool" data-act="evaluation:click" data-ask="{inert(answer.question)}"'
        f' data-index="{inert(index)}" aria-label="{inert(text("evaluation.ask_label", question=answer.question))}">'
        f"{inert(text('evaluation.ask'))}</button></li>"
    )


def _said(record: Record, answer: Answer) -> str:
    if record.outcome is None:
        rank = text("evaluation.rank", rank=record.gold_rank) if record.gold_rank else text("evaluation.kind_not_found")
        return rank if record.gold.evidence else text("evaluation.kind_no_evidence")
    if answer.refused:
        return f"{answer.answer} {answer.reason or ''}".strip()
    return " ".join(sentence.text for sentence in answer.sentences)


def comparison_html(comparison: Comparison, a: str, b: str) -> str:
    """What differs between the runs named `a` and `b`: how they were made, their metrics, and single questions."""
    applying = [difference for difference in comparison.differences if difference.difference is not None]
    metrics, times = ([d for d in applying if (d.metric in _TIMES) is is_time] for is_time in (False, True))
    notes = [text("evaluation.compared", count=f"{comparison.questions:,}", a=a, b=b)]
    for name, count in ((a, comparison.only_in_a), (b, comparison.only_in_b)):
        if count:
            notes.append(text("evaluation.only_in", count=f"{count:,}", name=name))
    changes = comparison.changes or [text("evaluation.made_alike")]
    return (
        "".join(f'<p class="notice">{inert(note)}</p>' for note in notes)
        + f"<h3>{inert(text('evaluation.changes'))}</h3><ul>{''.join(f'<li>{inert(c)}</li>' for c in changes)}</ul>"
        + _differences_html(text("evaluation.metrics"), metrics, a, b)
        + _differences_html(text("evaluation.times"), times, a, b)
        + _turned_html(comparison, a, b)
    )


def _differences_html(title: str, differences: Sequence[Difference], a: str, b: str) -> str:
    if not differences:
        return ""
    bounds = [abs(v) for d in differences for v in (d.low, d.high, d.difference) if v is not None]
    most = max(bounds) or 1.0
    is_time = differences[0].metric in _TIMES
    scale = text("evaluation.scale", low=_signed(-most, is_time), high=_signed(most, is_time))
    heads = "".join(
        f'<th scope="col"{number}>{inert(head)}</th>'
        for head, number in (
            *((text("evaluation.metric"), ""), (a, _NUMBER), (b, _NUMBER)),
            *((text("evaluation.difference"), _NUMBER), (text("evaluation.interval"), _NUMBER)),
            *((scale, ""), (text("evaluation.p_value"), _NUMBER), (text("evaluation.verdict"), "")),
        )
    )
    rows = "".join(_difference_row(difference, most, is_time) for difference in differences)
    return f"<h3>{inert(title)}</h3>{_table(title, heads, rows)}"


_NUMBER = ' class="number"'


def _difference_row(d: Difference, most: float, is_time: bool) -> str:
    interval = "–" if d.low is None or d.high is None else f"{_signed(d.low, is_time)} … {_signed(d.high, is_time)}"
    cells = [_value(d.a, is_time), _value(d.b, is_time), _signed(d.difference, is_time), interval]
    verdict = _verdict(d)
    mark = {"better": "▲ ", "worse": "▼ "}.get(verdict, "")
    return (
        f'<tr><th scope="row" title="{inert(_DEFINITIONS.get(d.metric, ""))}">{inert(d.label)}</th>'
        + "".join(f"<td{_NUMBER}>{inert(cell)}</td>" for cell in cells)
        + f"<td>{_interval_svg(d, most, verdict)}</td>"
        + f"<td{_NUMBER}>{'–' if d.p_value is None else f'{d.p_value:.3f}'}</td>"
        + f'<td data-verdict="{verdict}">{mark}{inert(text(f"evaluation.verdict_{verdict}"))}</td></tr>'
    )


def _verdict(d: Difference) -> str:
    """Whether b is better or worse for sure: where its interval does not hold 0."""
    is_sure = d.low is not None and d.high is not None and (d.low > 0 or d.high < 0)
    return {True: "better", False: "worse", None: "none"}[d.better if is_sure else None]


def _interval_svg(d: Difference, most: float, verdict: str) -> str:
    """A difference as a point on its interval, 0 in the middle; its numbers stand beside it."""
    middle = _PLOT_HEIGHT / 2

    def x(value: float) -> str:
        return f"{_PLOT_WIDTH / 2 + value / most * (_PLOT_WIDTH / 2 - 6):.1f}"

    line = ""
    if d.low is not None and d.high is not None:
        line = f'<line x1="{x(d.low)}" x2="{x(d.high)}" y1="{middle}" y2="{middle}" class="interval"/>'
    return (
        f'<svg viewBox="0 0 {_PLOT_WIDTH} {_PLOT_HEIGHT}" width="{_PLOT_WIDTH}" height="{_PLOT_HEIGHT}"'
        f' aria-hidden="true" data-verdict="{verdict}">'
        f'<line x1="{x(0)}" x2="{x(0)}" y1="0" y2="{_PLOT_HEIGHT}" class="zero"/>{line}'
        f'<circle cx="{x(d.difference or 0)}" cy="{middle}" r="4"/></svg>'
    )


def _turned_html(comparison: Comparison, a: str, b: str) -> str:
    turned = comparison.turned
    title = text("evaluation.turned", count=f"{len(turned):,}")
    if not turned:
        return f"<h3>{inert(title)}</h3>"
    heads = f'<th scope="col">{inert(text("evaluation.question"))}</th>' + "".join(
        f'<th scope="col">{inert(name)}</th>' for name in (a, b)
    )
    rows = "".join(
        f'<tr><th scope="row">{inert(one.question)} <span class="place">{inert(one.id)}</span></th>'
        f"<td>{inert(one.a)}</td><td>{inert(one.b)}</td></tr>"
        for one in turned[:QUESTIONS_SHOWN]
    )
    rest = len(turned) - QUESTIONS_SHOWN
    more = f'<p class="notice">{inert(text("evaluation.more_turned", count=f"{rest:,}"))}</p>' if rest > 0 else ""
    return f"<h3>{inert(title)}</h3>{_table(title, heads, rows)}{more}"


def _table(title: str, heads: str, rows: str) -> str:
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{inert(title)}">'
        f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _value(value: float | None, is_time: bool) -> str:
    if value is None:
        return "–"
    return shown_seconds(value) if is_time else f"{value:.3f}"


def _signed(value: float | None, is_time: bool) -> str:
    if value is None:
        return "–"
    return f"{'−' if value < 0 else '+'}{_value(abs(value), is_time)}"
