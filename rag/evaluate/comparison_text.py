"""A comparison as text for a terminal."""

from rag.evaluate.compare import Comparison
from rag.evaluate.significance import Difference
from rag.terminal import printable

SHOWN_TURNED = 20


def comparison_text(comparison: Comparison) -> str:
    """What differs between two runs, as lines: how they were made, metrics, questions that turned."""
    lines = [f"{comparison.a} -> {comparison.b}, {comparison.questions} questions in both"]
    for name, count in (("a", comparison.only_in_a), ("b", comparison.only_in_b)):
        if count:
            lines.append(f"{count} questions only in {comparison.a if name == 'a' else comparison.b} are left aside")
    lines += [f"changed: {printable(change)}" for change in comparison.changes]
    if comparison.pace is not None:
        lines.append(
            f"pace: the yardstick took {comparison.pace:.2f} times as long in b, whose times are divided by it"
        )
    lines += ["", f"{'metric':<28}{'a':>9}{'b':>9}{'b - a':>9}   {'interval':<25}{'p':>6}"]
    lines += [_row(difference) for difference in comparison.differences if difference.difference is not None]
    lines += ["", f"{len(comparison.turned)} questions turned"]
    for turned in comparison.turned[:SHOWN_TURNED]:
        lines.append(f"  {printable(turned.id)}: {turned.a} -> {turned.b}: {printable(turned.question)}")
    if len(comparison.turned) > SHOWN_TURNED:
        lines.append(f"  and {len(comparison.turned) - SHOWN_TURNED} more: --json lists all")
    return "\n".join(lines)


def _row(difference: Difference) -> str:
    d = difference
    interval = "none"
    if d.low is not None and d.high is not None:
        interval = f"{d.confidence:.0%}: {d.low:+.3f} to {d.high:+.3f}"
    verdict = "" if d.verdict == "unclear" else f"  {d.verdict}"
    return f"{d.metric:<28}{d.a:>9.3f}{d.b:>9.3f}{d.difference:>+9.3f}   {interval:<25}{d.p_value:>6.3f}{verdict}"
