"""Shapes on a slide as blocks of text, from the top left to the bottom right."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from rag.formats.left_out import CHART, DIAGRAM, OBJECT, LeftOut
from rag.formats.office.chart_text import chart_table, diagram_lines
from rag.formats.office.drawing_text import paragraph_text, paragraphs
from rag.formats.office.office_parts import DIAGRAM as D
from rag.formats.office.office_parts import A, C, Element, R, part
from rag.formats.tables.table_lines import table_lines
from rag.formats.text import clean, one_line

P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
HIDDEN_SHAPE = "hidden shape{s} left out"

_BAND = 228_600
"""A quarter of an inch in English Metric Units: what stands less apart is in one row."""
_FORM_COLUMNS = 2
_MOST_REPEATED = 1_000_000
"""Characters and cells of a table that are written once more where its cells span others."""
_ON = frozenset({"1", "true"})

Read = TypeVar("Read")


class SlideShapes:
    """What the shapes of a presentation's slides say; counts in `left_out` what they do not."""

    def __init__(self, left_out: LeftOut) -> None:
        self._left_out = left_out
        self._footers: set[str] = set()

    def blocks(self, shapes: Iterable[Any], title: str) -> Iterator[str]:
        """Text, tables, charts and diagrams of `shapes`, which stand under `title`."""
        for shape in sorted(shapes, key=lambda shape: ((shape.top or 0) // _BAND, shape.left or 0)):
            if is_hidden(shape):
                self._left_out[HIDDEN_SHAPE] += 1
            # Only a group has shapes of its own.
            elif hasattr(shape, "shapes"):
                yield from self.blocks(shape.shapes, title)
            elif shape.has_text_frame:
                yield from self._text(shape)
            elif (data := next(shape.element.iter(f"{A}graphicData"), None)) is not None:
                yield from self._graphic(data, shape.part.related_part, title)

    def paragraphs(self, shape: Any) -> Iterator[str]:
        """Paragraphs of a shape that are not empty."""
        body = shape.element.find(f"{P}txBody")
        texts = () if body is None else (clean(text).strip() for text in paragraphs(body, self._left_out))
        return (text for text in texts if text)

    def _text(self, shape: Any) -> Iterator[str]:
        from pptx.enum.shapes import PP_PLACEHOLDER

        role = shape.placeholder_format.type if shape.is_placeholder else None
        if role in {PP_PLACEHOLDER.DATE, PP_PLACEHOLDER.SLIDE_NUMBER}:
            return
        if role == PP_PLACEHOLDER.FOOTER:
            texts = [text for text in self.paragraphs(shape) if text not in self._footers]
            self._footers.update(texts)
            yield from texts
        # Only in these do paragraphs have bullets where nothing is said of them.
        elif role in {PP_PLACEHOLDER.BODY, PP_PLACEHOLDER.OBJECT}:
            body = shape.element.find(f"{P}txBody")
            yield _listed((_level(item), one_line(paragraph_text(item, self._left_out))) for item in body.iter(f"{A}p"))
        else:
            yield from self.paragraphs(shape)

    def _graphic(self, data: Element, related: Callable[[str], Any], title: str) -> Iterator[str]:
        kind = data.get("uri", "").rpartition("/")[2]
        if (table := data.find(f"{A}tbl")) is not None:
            grid = self._grid(table)
            # What stands alone in the first row is no header, nor does `table_lines` take it for one.
            is_alone = bool(grid) and sum(map(bool, grid[0])) < 2
            yield "\n".join(table_lines(grid, title, None if is_alone else _headers(table)))
        elif (frame := data.find(f"{C}chart")) is not None:
            chart = _related(related, frame.get(f"{R}id"), chart_table)
            if chart:
                if chart.title != title:
                    yield chart.title
                yield "\n".join(table_lines(chart.rows, chart.title or title, headers=1))
            self._left_out[CHART] += chart is None
        elif (frame := data.find(f"{D}relIds")) is not None:
            lines = _related(related, frame.get(f"{R}dm"), lambda data: diagram_lines(data, self._left_out))
            yield _listed(lines or [])
            self._left_out[DIAGRAM] += not lines
        else:
            self._left_out[CHART if kind == "chartex" else OBJECT] += 1

    def _grid(self, table: Element) -> list[list[str]]:
        """The text of every place of a table, that of a merged cell in all that it covers."""
        rows = [list(row.iterfind(f"{A}tc")) for row in table.iterfind(f"{A}tr")]
        grid = [[self._cell(cell) for cell in row] for row in rows]
        budget = _MOST_REPEATED
        for top, row in enumerate(rows):
            for left, cell in enumerate(row):
                width = min(_span(cell, "gridSpan"), len(row) - left)
                height = min(_span(cell, "rowSpan"), len(rows) - top)
                budget -= (width * height - 1) * (len(grid[top][left]) + 1)
                # What stands in a line of its own, across the table, is a heading of what follows.
                if budget < 0 or width == height == 1 or (height == 1 and width >= len(row)):
                    continue
                for covered in grid[top : top + height]:
                    covered[left : left + width] = [grid[top][left]] * len(covered[left : left + width])
        return grid

    def _cell(self, cell: Element) -> str:
        body = cell.find(f"{A}txBody")
        if body is None or _ON & {cell.get("hMerge"), cell.get("vMerge")}:
            return ""
        return one_line("\n".join(paragraphs(body, self._left_out)))


def is_hidden(shape: Any) -> bool:
    """Whether a shape is hidden in the selection pane."""
    properties = next(shape.element.iter(f"{P}cNvPr"), None)
    return properties is not None and properties.get("hidden") in _ON


def _related(related: Callable[[str], Any], relation: str | None, read: Callable[[Element], Read]) -> Read | None:
    """What is read of the part that a slide refers to; None where that is not there or damaged."""
    from lxml import etree

    try:
        return read(part(related(relation or "").blob))
    except (KeyError, etree.XMLSyntaxError):
        return None


def _listed(items: Iterable[tuple[int, str]]) -> str:
    return "\n".join(f"{'  ' * level}- {text}" for level, text in items if text)


def _level(paragraph: Element) -> int:
    properties = paragraph.find(f"{A}pPr")
    level = "" if properties is None else properties.get("lvl", "")
    return int(level) if level in set("12345678") else 0


def _headers(table: Element) -> int | None:
    """1 where the first row is set off as a header, which it is in forms too where nobody took that off."""
    properties = table.find(f"{A}tblPr")
    first = table.find(f"{A}tr")
    if properties is None or first is None or properties.get("firstRow") not in _ON:
        return None
    cells = list(first.iterfind(f"{A}tc"))
    is_one_level = all(_span(cell, "gridSpan") == _span(cell, "rowSpan") == 1 for cell in cells)
    return 1 if is_one_level and len(cells) > _FORM_COLUMNS else None


def _span(cell: Element, name: str) -> int:
    text = cell.get(name, "1")
    return max(int(text), 1) if text.isascii() and text.isdigit() and len(text) < 5 else 1
