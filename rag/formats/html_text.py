"""The events of an HTML parser written down as Markdown-like text."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from rag.formats.table_lines import table_lines
from rag.formats.text import clean, iso_day, one_line

_SKIPPED = frozenset(
    "script style template noscript nav svg iframe video audio canvas select datalist object applet".split()  # noqa: SIM905
)
_BLOCKS = frozenset(
    """address article aside blockquote body caption center dd details dialog div dl dt fieldset figcaption figure
    footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu ol optgroup option p pre search section
    summary table tbody td tfoot th thead tr ul""".split()  # noqa: SIM905
)
_LISTS = frozenset({"ul", "ol", "menu"})
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_DATES = frozenset(
    "date dc.date dcterms.date dcterms.created dcterms.issued article:published_time datepublished".split()  # noqa: SIM905
)
_DEEPEST_INDENT = 8
_SPACE = re.compile(r"[ \t\n\r\f\xa0]+")
_SPACES = re.compile(" {2,}")
_BREAKS = re.compile(r" ?\n ?")
_BLANK_LINES = re.compile(r"\n{2,}")
_BACK_LINKS = frozenset({"↑", "↩", "↩\ufe0e"})


class _Block(NamedTuple):
    text: str
    group: int | None = None
    """The list or table that it is a line of; a blank line parts it from what is of none or of another."""


@dataclass(slots=True)
class _Table:
    rows: list[list[list[_Block]]] = field(default_factory=list)
    is_layout: bool = False
    """Whether its cells place parts of a page rather than values, as in mails."""


class HtmlText:
    """A target for lxml's parser: `close` gives the text, after which `title` and `date` say what the head does.

    Headings, list items and table rows become lines of Markdown, code is fenced, all else is paragraphs. Links and
    emphasis leave their text only, pictures nothing.
    """

    def __init__(self) -> None:
        self.title: str | None = None
        self.date: str | None = None
        self._head_title: list[str] | None = None
        self._skipping = 0
        self._preformatted = 0
        self._code = False
        self._in_local_link = False
        self._inline: list[str] = []
        self._marker = ""
        self._group = 0
        self._lists: list[int | None] = []
        self._tables: list[_Table] = []
        # Where blocks go: the page, or the innermost cell of a table.
        self._targets: list[list[_Block]] = [[]]

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """An element's beginning."""
        if self._skipping or tag in _SKIPPED or attributes.get("hidden", "until-found") != "until-found":
            self._skipping += 1
            return
        if tag in _BLOCKS:
            self._flush()
            self._start_block(tag, attributes)
        elif tag == "title":
            self._head_title = []
        elif tag == "meta":
            self._meta(attributes)
        elif tag == "br":
            self._inline.append("\n")
        elif tag == "code" and self._preformatted:
            self._code = True
        elif tag == "a":
            self._in_local_link = attributes.get("href", "").startswith("#")
        elif tag == "q":
            self._inline.append("“")

    def _start_block(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "pre":
            self._preformatted += 1
            self._code = "class" in attributes
        elif tag in _LISTS:
            self._group += not self._lists
            self._lists.append(_number(attributes.get("start"), 1) if tag == "ol" else None)
        elif tag == "li":
            self._marker = self._item_marker(attributes)
        elif tag in _HEADINGS:
            self._marker = "#" * int(tag[1]) + " "
        elif tag in {"td", "th"} and self._tables:
            self._start_cell()
        elif tag == "tr" and self._tables:
            self._tables[-1].rows.append([])
        if self._tables and (tag == "table" or tag in _HEADINGS):
            self._tables[-1].is_layout = True
        if tag == "table":
            self._tables.append(_Table())

    def end(self, tag: str) -> None:
        """An element's end; the parser supplies those that the page leaves out."""
        if self._skipping:
            self._skipping -= 1
            return
        if tag == "title" and self._head_title is not None:
            self.title = self.title or one_line("".join(self._head_title)) or None
            self._head_title = None
        if tag in _BLOCKS:
            self._flush()
            self._end_block(tag)
        elif tag == "a":
            self._in_local_link = False
        elif tag == "q":
            self._inline.append("”")

    def _end_block(self, tag: str) -> None:
        if tag == "pre":
            self._preformatted -= 1
        elif tag in _LISTS:
            self._lists.pop()
        elif tag in {"td", "th"} and self._tables:
            self._targets.pop()
        elif tag == "table":
            self._end_table()
        elif tag == "li" or tag in _HEADINGS:
            self._marker = ""

    def data(self, text: str) -> None:
        """Text between tags, maybe a piece of it."""
        if self._skipping:
            return
        if self._head_title is not None:
            self._head_title.append(text)
        elif not (self._in_local_link and text.strip() in _BACK_LINKS):
            self._inline.append(text if self._preformatted else _SPACE.sub(" ", text))

    def close(self) -> str:
        """The text of the whole page."""
        self._flush()
        pieces: list[str] = []
        group: int | None = None
        for block in self._targets[0]:
            if pieces:
                pieces.append("\n" if group is not None and group == block.group else "\n\n")
            pieces.append(block.text)
            group = block.group
        return "".join(pieces)

    def _flush(self) -> None:
        """What was gathered since the last block, as a block of its own."""
        text, self._inline = clean("".join(self._inline)), []
        if self._preformatted:
            self._flush_preformatted(text)
            return
        text = _BLANK_LINES.sub("\n\n", _BREAKS.sub("\n", _SPACES.sub(" ", text))).strip()
        if not text:
            return
        if self._marker.startswith("#"):
            text = " ".join(text.split())
        is_item = self._marker.endswith(("- ", ". "))
        self._targets[-1].append(_Block(self._marker + text, self._group if is_item else None))
        self._marker = ""

    def _flush_preformatted(self, text: str) -> None:
        text = text.strip("\n").rstrip()
        if text.strip():
            fence = "~~~" if "```" in text else "```"
            self._targets[-1].append(_Block(f"{fence}\n{text}\n{fence}" if self._code else text))

    def _meta(self, attributes: Mapping[str, str]) -> None:
        name = attributes.get("name") or attributes.get("property") or attributes.get("itemprop") or ""
        if name.lower() in _DATES:
            self.date = self.date or iso_day(attributes.get("content"))

    def _item_marker(self, attributes: Mapping[str, str]) -> str:
        indent = "  " * min(len(self._lists) - 1, _DEEPEST_INDENT)
        if not self._lists or self._lists[-1] is None:
            return f"{indent}- "
        number = _number(attributes.get("value"), self._lists[-1])
        self._lists[-1] = number + 1
        return f"{indent}{number}. "

    def _start_cell(self) -> None:
        table = self._tables[-1]
        if not table.rows:
            table.rows.append([])
        cell: list[_Block] = []
        table.rows[-1].append(cell)
        self._targets.append(cell)

    def _end_table(self) -> None:
        table = self._tables.pop()
        target = self._targets[-1]
        if table.is_layout or max((len(row) for row in table.rows), default=0) < 2:
            target.extend(block for row in table.rows for cell in row for block in cell)
            return
        self._group += 1
        rows = [[" ".join(one_line(block.text) for block in cell) for cell in row] for row in table.rows]
        target.extend(_Block(line, self._group) for line in table_lines(rows))


def _number(text: str | None, otherwise: int) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= 6 else otherwise
