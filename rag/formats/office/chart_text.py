"""Charts and SmartArt diagrams of Office files as rows and lines of text."""

from collections import Counter
from math import isfinite
from typing import NamedTuple

from rag.formats.left_out import LeftOut
from rag.formats.office.drawing_text import paragraphs
from rag.formats.office.number_formats import GENERAL, number_format
from rag.formats.office.office_parts import DIAGRAM, A, C, Element
from rag.formats.text import one_line

_OFF = frozenset({"0", "false"})
_CATEGORY = "Category"
_MOST_POINTS = 100_000
_DEEPEST = 8
_LONGEST_NUMBER = 10


class ChartTable(NamedTuple):
    """A chart's title and its values: a row of labels, then a row a category with the value of each series."""

    title: str
    rows: list[list[str]]


def chart_table(root: Element) -> ChartTable | None:
    """What the part of a chart shows; None where the file holds no values of it."""
    left_out: LeftOut = Counter()
    chart = root.find(f"{C}chart")
    if chart is None:
        return None
    from_1904 = any(setting.get("val", "1") not in _OFF for setting in root.iterfind(f"{C}date1904"))
    columns: list[tuple[str, dict[int, str]]] = []
    categories: dict[int, str] = {}
    for number, series in enumerate(chart.iter(f"{C}ser"), start=1):
        for name in ("cat", "xVal"):
            categories = categories | _points(series.find(f"{C}{name}"), from_1904)
        label = _label(series.find(f"{C}tx")) or f"Series {number}"
        columns += [
            (label if name != "bubbleSize" else f"{label} (size)", values)
            for name in ("val", "yVal", "bubbleSize")
            if (values := _points(series.find(f"{C}{name}"), from_1904))
        ]
    if not columns:
        return None
    title = " – ".join(filter(None, [_rich(chart.find(f"{C}title"), left_out), _axis(chart, "valAx", left_out)]))
    places = sorted({place for _, values in columns for place in values})
    labels = [_axis(chart, "catAx", left_out) or _CATEGORY, *(label for label, _ in columns)]
    rows = [
        [categories.get(place, str(place + 1)), *(values.get(place, "") for _, values in columns)] for place in places
    ]
    return ChartTable(title, [labels, *rows])


def diagram_lines(root: Element, left_out: LeftOut) -> list[tuple[int, str]]:
    """Depth and text of each point of a SmartArt diagram's data, in the order in which they are shown."""
    texts: dict[str, str] = {}
    for point in root.iter(f"{DIAGRAM}pt"):
        body = point.find(f"{DIAGRAM}t")
        if point.get("type", "node") in {"node", "asst", "doc"}:
            text = "" if body is None else one_line(" ".join(paragraphs(body, left_out)))
            texts[point.get("modelId", "")] = text
    links = [
        (_integer(link.get("srcOrd")), link.get("srcId", ""), link.get("destId", ""))
        for link in root.iter(f"{DIAGRAM}cxn")
        if link.get("type", "parOf") == "parOf"
    ]
    below: dict[str, list[str]] = {}
    for _, parent, child in sorted(links, key=lambda link: link[0]):
        below.setdefault(parent, []).append(child)
    children = {child for _, _, child in links}
    seen: set[str] = set()
    lines: list[tuple[int, str]] = []
    # Tops come first; then what a damaged diagram hangs on nothing.
    for top in sorted(texts, key=children.__contains__):
        waiting = [(top, 0)]
        while waiting:
            point, depth = waiting.pop()
            if point in seen or point not in texts:
                continue
            seen.add(point)
            if texts[point]:
                lines.append((min(depth, _DEEPEST), texts[point]))
                depth += 1
            waiting += ((child, depth) for child in reversed(below.get(point, [])))
    return lines


def _points(source: Element | None, from_1904: bool) -> dict[int, str]:
    """Text of each point of a series; categories of several levels are joined, the outermost first."""
    if source is None:
        return {}
    levels = list(source.iter(f"{C}lvl"))
    if not levels:
        return _level(source, from_1904)
    found = _level(levels[0], from_1904)
    for level in levels[1:]:
        outer = _level(level, from_1904)
        name = ""
        for place in sorted(found):
            name = outer.get(place, name)
            found[place] = f"{name} – {found[place]}" if name else found[place]
    return found


def _level(source: Element, from_1904: bool) -> dict[int, str]:
    code = next((element.text or "" for element in source.iter(f"{C}formatCode")), "")
    values: dict[int, str] = {}
    for point in source.iter(f"{C}pt"):
        place, value = _integer(point.get("idx")), one_line(point.findtext(f"{C}v") or "")
        if value and len(values) < _MOST_POINTS:
            values[place] = _written(value, point.get("formatCode") or code, from_1904)
    return values


def _written(value: str, code: str, from_1904: bool) -> str:
    """A value as the chart shows it."""
    try:
        number = float(value)
    except ValueError:
        return value
    return number_format(code or GENERAL, from_1904)(number) if isfinite(number) else value


def _integer(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < _LONGEST_NUMBER else 0


def _label(source: Element | None) -> str:
    return "" if source is None else one_line(" ".join(value.text or "" for value in source.iter(f"{C}v")))


def _axis(chart: Element, name: str, left_out: LeftOut) -> str:
    return next((_rich(axis.find(f"{C}title"), left_out) for axis in chart.iter(f"{C}{name}")), "")


def _rich(title: Element | None, left_out: LeftOut) -> str:
    if title is None:
        return ""
    bodies = {paragraph.getparent() for paragraph in title.iter(f"{A}p")}
    written = " ".join(text for body in bodies for text in paragraphs(body, left_out))
    return one_line(written) or _label(title)
