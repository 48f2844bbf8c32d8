"""Plots of a run: risk against coverage, rank of the evidence, seconds, and where questions were lost."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator, PercentFormatter

from rag.evaluate.measures import STAGES, Columns, Floats, coverage_and_risk
from rag.evaluate.record import Record
from rag.evaluate.report.svg import BAD, FILL, GOOD, INK, QUIET, page_style, to_svg
from rag.evaluate.report.tables import ReportTable, lost_counts, shown_seconds, shown_share

_SIZE = (4.8, 2.9)
_POINTS_DRAWN = 400
_SINGLE_RANKS = 10
_RANK_BOUNDS = (20, 50, 100, 1000)
_HISTOGRAM_BINS = 24
_PERCENTILES = (5, 25, 50, 75, 95)
_LOG_FROM_RATIO = 20


@dataclass(frozen=True, slots=True)
class Plot:
    """A plot with its title, what to read in it, and its numbers; without `svg`, `note` says why there is none.

    The numbers of `lost` are the same as the report's own table of them, so it brings none.
    """

    name: str
    title: str
    note: str
    svg: str | None = None
    tables: list[ReportTable] = field(default_factory=list)


def plots_of(records: Sequence[Record], columns: Columns) -> list[Plot]:
    """The plots of a run; one that does not apply is there without a drawing."""
    with page_style():
        return [_lost(records), _ranks(records), _risk(records, columns), _latency(columns)]


def _lost(records: Sequence[Record]) -> Plot:
    title = "Where questions were lost"
    counts = lost_counts(records)
    if not counts:
        return Plot("lost", title, "A run of the search alone gives no answers, so none is lost.")
    total = sum(count for _, count in counts)
    if not total:
        return Plot(
            "lost", title, f"No question was lost: all {len(records):,} were answered correctly or rightly refused."
        )
    figure = Figure(figsize=_SIZE)
    axes = figure.subplots()
    names, values = [name for name, _ in counts][::-1], [count for _, count in counts][::-1]
    bars = axes.barh(names, values, color=BAD, height=0.62)
    axes.bar_label(bars, [f"{value:,}" for value in values], padding=4, color=INK)
    axes.tick_params(axis="y", length=0, labelcolor=INK)
    axes.spines["bottom"].set_visible(False)
    axes.xaxis.set_major_locator(NullLocator())
    axes.margins(x=0.12)
    note = f"{total:,} of {len(records):,} questions, each counted at the first stage that lost it."
    said = ", ".join(f"{name} {count:,}" for name, count in counts)
    return Plot("lost", title, note, _drawn(figure, "lost", f"{title}: {said}"))


def _ranks(records: Sequence[Record]) -> Plot:
    title = "Rank of the evidence"
    ranks = [record.gold_rank for record in records if record.gold.evidence]
    if not ranks:
        return Plot("ranks", title, "No question of this run names evidence, so its rank is not known.")
    longest = max(1, *(len(record.answer.passages) for record in records), *(rank or 1 for rank in ranks))
    bounds = _bounds(longest)
    counts = Counter("not found" if rank is None else _bin(rank, bounds) for rank in ranks)
    names = [*(_bin(high, bounds) for _, high in bounds), "not found"]
    values = [counts[name] for name in names]
    figure = Figure(figsize=_SIZE)
    axes = figure.subplots()
    bars = axes.bar(range(len(names)), values, color=[GOOD] * len(bounds) + [BAD], width=0.74)
    bars[-1].set_hatch("///")
    axes.bar_label(bars, [f"{value:,}" if value else "" for value in values], padding=2, color=INK, fontsize=8.5)
    axes.set_xticks(range(len(names)), [*names[:-1], "not\nfound"])
    axes.set_xlabel("rank of the first passage with evidence")
    _count_axis(axes)
    share = shown_share(1 - counts["not found"] / len(ranks))
    note = (
        f"{len(ranks):,} questions with evidence; it was found for {share} of them, among {longest:,} passages at most."
    )
    table = ReportTable(
        title,
        ["rank", "questions", "share"],
        [[n, f"{counts[n]:,}", shown_share(counts[n] / len(ranks))] for n in names],
    )
    said = ", ".join(f"{name}: {value:,}" for name, value in zip(names, values, strict=True))
    return Plot("ranks", title, note, _drawn(figure, "ranks", f"{title}, questions by rank. {said}"), [table])


def _risk(records: Sequence[Record], columns: Columns) -> Plot:
    title = "Risk against coverage"
    if not any(record.outcome for record in records):
        return Plot("risk", title, "A run of the search alone gives no answers, so there is no risk to show.")
    coverage, risk = (values[0] for values in coverage_and_risk(columns, np.ones((1, len(records)))))
    answered = columns["refused"] == 0
    share = float(answered.mean())
    wrong = float(1 - columns["right_if_answered"][answered].mean()) if answered.any() else None
    figure = Figure(figsize=_SIZE)
    axes = figure.subplots()
    drawn = np.unique(np.linspace(0, len(coverage) - 1, _POINTS_DRAWN).round().astype(int))
    axes.plot(coverage[drawn], risk[drawn], color=GOOD, linewidth=2, marker="o" if len(records) == 1 else "")
    if wrong is not None:
        axes.plot([share], [wrong], "D", color=BAD, markersize=8, markeredgecolor=FILL, clip_on=False, zorder=3)
        axes.annotate(
            f"this run: {100 * wrong:.0f} % wrong",
            (share, wrong),
            xytext=(0, 10 if wrong < 0.85 else -17),
            textcoords="offset points",
            ha="right" if share > 0.5 else "left",
            color=INK,
        )
    axes.set(xlim=(0, 1), ylim=(0, max(0.1, min(1.02, float(risk.max()) * 1.15))))
    axes.set_xlabel("share of questions answered, the most confident first")
    axes.set_ylabel("share of them wrong")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))
    axes.grid(axis="y")
    said = f"this run answers {shown_share(share)} of the questions, " + (
        f"{shown_share(wrong)} of them wrongly" if wrong is not None else "so no answer is wrong"
    )
    note = f"What would be wrong if more or fewer were refused; {said} (before support is checked)."
    table = _risk_table(coverage, risk, -np.sort(-columns["confidence"]))
    return Plot("risk", title, note, _drawn(figure, "risk", f"{title}: {said}"), [table])


def _risk_table(coverage: Floats, risk: Floats, confidence: Floats) -> ReportTable:
    rows = []
    for percent in range(10, 101, 10):
        last = int(np.searchsorted(coverage, percent / 100 - 1e-9))
        rows.append([f"{percent} %", shown_share(risk[last]), f"{confidence[last]:.2f}"])
    return ReportTable("Risk at each coverage", ["answered", "of them wrong", "least confidence"], rows)


def _latency(columns: Columns) -> Plot:
    title = "Seconds a question"
    stages = {stage: columns[f"seconds_{stage}"] for stage in STAGES}
    stages = {stage: seconds for stage, seconds in stages.items() if seconds.any()}
    if "total" not in stages:
        return Plot("latency", title, "The run holds no times.")
    total = stages["total"]
    shown = np.concatenate([seconds[seconds > 0] for seconds in stages.values()])
    low, high = float(shown.min()), float(shown.max())
    is_log = high / low > _LOG_FROM_RATIO
    edges = (
        np.geomspace(low, high * 1.001, _HISTOGRAM_BINS + 1)
        if is_log
        else np.linspace(0, high * 1.001, _HISTOGRAM_BINS + 1)
    )
    counts, _ = np.histogram(np.clip(total, edges[0], edges[-1]), edges)
    figure = Figure(figsize=_SIZE)
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=[3, 0.55 * len(stages)])
    above.bar(edges[:-1], counts, np.diff(edges), align="edge", color=GOOD, edgecolor=FILL, linewidth=0.8)
    _count_axis(above)
    above.tick_params(axis="x", which="both", length=0)
    rows = []
    for row, (stage, seconds) in enumerate(reversed(stages.items())):
        p5, p25, p50, p75, p95 = np.percentile(seconds, _PERCENTILES, method="inverted_cdf")
        below.plot([max(p5, low), p95], [row, row], color=QUIET, linewidth=1.5)
        below.plot([max(p25, low), p75], [row, row], color=GOOD, linewidth=7, solid_capstyle="butt")
        below.plot([p50], [row], "|", color=INK, markersize=13, markeredgewidth=2)
        rows.append([_stage(stage), *map(shown_seconds, (p5, p50, p95, float(seconds.max())))])
    below.set_yticks(range(len(stages)), [_stage(stage) for stage in reversed(stages)])
    below.set_ylim(-0.6, len(stages) - 0.4)
    below.tick_params(axis="y", length=0, labelcolor=INK)
    if is_log:
        below.set_xscale("log")
        below.xaxis.set_minor_locator(NullLocator())
        below.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if high / low < 300 else (1,)))
    below.xaxis.set_major_formatter(FuncFormatter(_tick))
    median, slow = (shown_seconds(float(np.percentile(total, p, method="inverted_cdf"))) for p in (50, 95))
    said = f"half of the questions take at most {median}, 95 % at most {slow}"
    note = f"{said[0].upper()}{said[1:]}. Below: each stage, its middle 50 % thick, 5 to 95 % thin, the median upright."
    tables = [
        ReportTable("Seconds of each stage", ["stage", "p5", "p50", "p95", "most"], rows[::-1]),
        ReportTable(
            "Seconds in all",
            ["from", "to", "questions"],
            [
                [shown_seconds(float(a)) if a else "0 s", shown_seconds(float(b)), f"{count:,}"]
                for a, b, count in zip(edges, edges[1:], counts, strict=False)
                if count
            ],
        ),
    ]
    return Plot("latency", title, note, _drawn(figure, "latency", f"{title}: {said}"), tables)


def _tick(seconds: float, _: int) -> str:
    return f"{seconds * 1000:g} ms" if 0 < seconds < 1 else f"{seconds:g} s"


def _stage(stage: str) -> str:
    return "in all" if stage == "total" else stage


def _count_axis(axes: Axes) -> None:
    axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.set_ylabel("questions")
    axes.grid(axis="y")
    axes.tick_params(axis="x", length=0)
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.margins(y=0.14)


def _bounds(longest: int) -> list[tuple[int, int]]:
    """First and last rank of each bar: one rank each up to 10, then wider."""
    bounds = [(rank, rank) for rank in range(1, min(longest, _SINGLE_RANKS) + 1)]
    low = _SINGLE_RANKS + 1
    for high in _RANK_BOUNDS:
        if low <= longest:
            bounds.append((low, min(high, longest)))
            low = high + 1
    return bounds


def _bin(rank: int, bounds: Sequence[tuple[int, int]]) -> str:
    low, high = next((low, high) for low, high in bounds if low <= rank <= high)
    return f"{low}–{high}" if low < high else f"{low}"


def _drawn(figure: Figure, name: str, description: str) -> str:
    return to_svg(figure, f"plot-{name}", escape(description))
