"""A matplotlib figure as SVG to stand in a page: its colours and font are the page's, its ids its own."""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib
from matplotlib.figure import Figure

# Each colour stands for a property of page.css, so that a figure follows the page's colour scheme.
INK, QUIET, LINE, GOOD, BAD, FILL = (f"#00000{number}" for number in range(1, 7))
_PROPERTIES = {INK: "--ink", QUIET: "--quiet", LINE: "--line", GOOD: "--good", BAD: "--bad", FILL: "--card"}

_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "footnote",
    "font.size": 9.5,
    "axes.edgecolor": LINE,
    "axes.labelcolor": QUIET,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.linewidth": 1,
    "text.color": INK,
    "xtick.color": LINE,
    "ytick.color": LINE,
    "xtick.labelcolor": QUIET,
    "ytick.labelcolor": QUIET,
    "grid.color": LINE,
    "grid.linewidth": 0.7,
    "hatch.color": FILL,
    "hatch.linewidth": 2,
    "figure.constrained_layout.use": True,
    "savefig.transparent": True,
}
_NO_METADATA = dict.fromkeys(("Date", "Creator", "Format", "Type"))


@contextmanager
def page_style() -> Iterator[None]:
    """Matplotlib as figures for a page want it, whatever the person's own settings; they are put back."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_STYLE)
        yield


def to_svg(figure: Figure, name: str, description: str) -> str:
    """The figure as an SVG element; `name`, which must be unique in the page, begins its ids. Wants `page_style`."""
    file = io.StringIO()
    figure.savefig(file, format="svg", metadata=_NO_METADATA)
    drawing = file.getvalue()
    view_box = re.search(r'viewBox="([^"]+)"', drawing)
    if view_box is None:
        raise ValueError("matplotlib wrote an SVG without a viewBox")
    content = drawing[drawing.index(">", view_box.end()) + 1 : drawing.rindex("</svg>")]
    content = re.sub(r"<metadata>.*?</metadata>|<style.*?</style>|<!--.*?-->", "", content, flags=re.DOTALL)
    content = re.sub(r'\bid="([^"]+)"', rf'id="{name}-\1"', content)
    content = re.sub(r'(?:xlink:)?href="#([^"]+)"', rf'href="#{name}-\1"', content)
    content = re.sub(r"url\(#([^)]+)\)", rf"url(#{name}-\1)", content)
    content = re.sub(r"font: ([\d.]+px)[^;\"]*", r"font: \1 var(--font)", content)
    for colour, property_ in _PROPERTIES.items():
        content = content.replace(colour, f"var({property_})")
    return f'<svg viewBox="{view_box[1]}" role="img" aria-label="{description}">{content.strip()}</svg>'
