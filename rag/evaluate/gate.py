"""Gates for CI: limits that a run's metrics must keep."""

import difflib
import math
from collections.abc import Mapping, Sequence

from rag.errors import RunError
from rag.evaluate.compare import Comparison
from rag.evaluate.measures import MEASURES

Limits = dict[str, float]
"""Metric name to limit."""


def parse_limits(texts: Sequence[str], option: str, is_least: bool = False) -> Limits:
    """Limits from texts like `f1=0.6`. Raises RunError for an unknown metric or a bad number.

    `is_least`: each is the least that its metric may be, which makes sense only where more is better.
    """
    limits = {}
    known = {measure.name: measure for measure in MEASURES}
    for text in texts:
        name, _, number = text.partition("=")
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(known)}."
            raise RunError(f"{option} {text}: no metric {name!r}. {hint}")
        if is_least and not known[name].more_is_better:
            raise RunError(f"{option} {text}: less is better for {name}. Limit its rise with rag compare --fail-drop.")
        if name in limits:
            raise RunError(f"{option} {text}: {name} has a limit already. Give one for each metric.")
        try:
            limits[name] = float(number)
        except ValueError:
            limits[name] = math.nan
        if not math.isfinite(limits[name]):
            raise RunError(f"{option} {text}: {number!r} is no number. Write, say, {option} {name}=0.6")
    return limits


def failures_under(summary: Mapping[str, float | None], limits: Limits) -> list[str]:
    """Why `summary` does not keep `limits`, the least that each metric may be; empty if it does."""
    found = []
    for name, limit in limits.items():
        value = summary[name]
        if value is None:
            found.append(f"{name} applies to no question, so it is not at least {limit:g}")
        elif value < limit:
            found.append(f"{name} is {value:.4f}, under {limit:g}")
    return found


def failures_of_drop(comparison: Comparison, limits: Limits) -> list[str]:
    """Why run b got worse by more than `limits` allow, a rise where less is better; empty if it did not."""
    found = []
    for difference in comparison.differences:
        if difference.metric not in limits:
            continue
        limit = limits[difference.metric]
        if difference.a is None or difference.b is None or difference.difference is None:
            found.append(f"{difference.metric} does not apply in both runs, so a drop cannot be ruled out")
        elif difference.better is False and abs(difference.difference) > limit + 1e-9:
            found.append(
                f"{difference.metric} went from {difference.a:.4f} to {difference.b:.4f},"
                f" worse by {abs(difference.difference):.4f}, more than {limit:g}"
            )
    return found
