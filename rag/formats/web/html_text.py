"""The events of an HTML parser written down as Markdown-like text."""

import re
from collections.abc import Mapping

from rag.formats.left_out import LeftOut
from rag.formats.text import clean, iso_day, one_line
from rag.formats.titles import own_title
from rag.formats.web.html_raised import RaisedParts
from rag.formats.web.html_tables import Cell, HtmlBlock, HtmlTable
from rag.formats.web.html_visibility import Visibility

_BLOCKS = frozenset(
    """address article aside blockquote body caption center dd details dialog div dl dt fieldset figcaption figure
    footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu ol optgroup option p pre search section
    summary table tbody td tfoot th thead tr ul""".split()  # noqa: SIM905
)
_LISTS = frozenset({"ul", "ol", "menu"})
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
# Of a table, and of a list of definitions.
_CELLS = (frozenset({"td", "th"}), frozenset({"dt", "dd"}))
_DATES = frozenset(
    "date dc.date dcterms.date dcterms.created dcterms.issued article:published_time datepublished".split()  # noqa: SIM905
)
_AUTHORS = frozenset({"author", "dc.creator", "dcterms.creator", "article:author"})
_DEEPEST_INDENT = 8
_SPACE = re.compile(r"[ \t\n\r\f\xa0]+")
_SPACES = re.compile(" {2,}")
_BREAKS = re.compile(r" ?\n ?")
_BLANK_LINES = re.compile(r"\n{2,}")
# A mail program's blockquote by its attributes, where a person's own is an indented paragraph.
_CITES = re.compile(r"\bcite\b|quote|border-left", re.IGNORECASE)
_BACK_LINKS = frozenset({"↑", "↩", "↩\ufe0e"})


class HtmlText:
    """A target for lxml's parser: `close` gives the text, after which its other names say what the head does.

    Headings, list items and table rows become lines of Markdown, code is fenced, all else is paragraphs. Links and
    emphasis leave their text only, pictures nothing; what is hidden or struck out is left out and counted. Cells that
    span others are repeated in them, short definitions are the rows of a form. Where it `marks_quotes`, the lines of
    older messages that a mail quotes begin with >.
    """

    def __init__(self, marks_quotes: bool = False) -> None:
        self._marks_quotes = marks_quotes
        # The blockquotes that are open, and whether each quotes an older message.
        self._quotes: list[bool] = []
        self.title: str | None = None
        self.date: str | None = None
        self.author: str | None = None
        self._head_title: list[str] | None = None
        self._visibility = Visibility()
        self._raised = RaisedParts()
        self._preformatted = 0
        self._code = False
        self._in_local_link = False
        self._inline: list[str] = []
        self._marker = ""
        self._group = 0
        self._caption_from = 0
        self._lists: list[int | None] = []
        self._tables: list[HtmlTable] = []
        # Where blocks go: the page, or the innermost cell of a table.
        self._targets: list[list[HtmlBlock]] = [[]]

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """An element's beginning."""
        if self._visibility.start(tag, attributes):
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
        self._raised.start(tag, attributes, self._inline)

    def _start_block(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "pre":
            self._preformatted += 1
            self._code = "class" in attributes
        elif tag in _LISTS:
            self._group += not self._lists
            self._lists.append(_number(attributes.get("start"), 1) if tag == "ol" else None)
        elif tag == "li":
            self._marker = self._item_marker(attributes)
        elif tag == "blockquote":
            self._quotes.append(bool(_CITES.search(" ".join(map(str, attributes.values())))))
        elif tag in _HEADINGS:
            self._marker = "#" * int(tag[1]) + " "
        elif self._tables:
            self._start_part(self._tables[-1], tag, attributes)
        if self._tables and (tag == "table" or tag in _HEADINGS or (tag == "dl" and self._tables[-1].is_definitions)):
            self._tables[-1].is_layout = True
        if tag in {"table", "dl"}:
            self._tables.append(HtmlTable(is_definitions=tag == "dl"))

    def _start_part(self, table: HtmlTable, tag: str, attributes: Mapping[str, str]) -> None:
        """The beginning of a part of a table."""
        if tag == "thead":
            table.in_head = True
        elif tag == "tr" and not table.is_definitions:
            table.start_row()
        elif tag in _CELLS[table.is_definitions]:
            # Few have any, and their mapping is slow to ask.
            rows = _number(attributes.get("rowspan"), 1) if attributes else 1
            columns = _number(attributes.get("colspan"), 1) if attributes else 1
            table.start_cell(cell := Cell([], rows, columns or 1, tag in {"th", "dt"}))
            self._targets.append(cell.blocks)
        elif tag == "caption":
            self._caption_from = len(self._targets[-1])

    def end(self, tag: str) -> None:
        """An element's end; the parser supplies those that the page leaves out."""
        if self._visibility.depth:
            self._visibility.end()
            return
        self._raised.end(self._inline)
        if tag == "title" and self._head_title is not None:
            self.title = self.title or own_title("".join(self._head_title))
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
        elif tag in {"table", "dl"}:
            self._end_table()
        elif tag == "blockquote":
            self._quotes.pop()
        elif tag == "li" or tag in _HEADINGS:
            self._marker = ""
        elif self._tables:
            self._end_part(self._tables[-1], tag)

    def _end_part(self, table: HtmlTable, tag: str) -> None:
        if tag in _CELLS[table.is_definitions]:
            self._targets.pop()
        elif tag == "thead":
            table.in_head = False
        elif tag == "caption":
            blocks = self._targets[-1][self._caption_from :]
            table.caption = " ".join(one_line(block.text) for block in blocks)

    def data(self, text: str) -> None:
        """Text between tags, maybe a piece of it."""
        if self._visibility.depth:
            self._visibility.data(text)
            return
        if self._head_title is not None:
            self._head_title.append(text)
        elif not (self._in_local_link and text.strip() in _BACK_LINKS):
            self._inline.append(text if self._preformatted else _SPACE.sub(" ", text))

    @property
    def left_out(self) -> LeftOut:
        """How many passages were left out, by reason."""
        return self._visibility.left_out

    def close(self) -> str:
        """The text of the whole page."""
        self._flush()
        pieces: list[str] = []
        group: int | None = None
        for block in self._targets[0]:
            if pieces:
                pieces.append("\n" if group is not None and group == block.group else "\n\n")
            quote = "> " * block.quoted if self._marks_quotes else ""
            pieces.append(quote + block.text.replace("\n", f"\n{quote}"))
            group = block.group
        return "".join(pieces)

    def _flush(self) -> None:
        """What was gathered since the last block, as a block of its own."""
        if not self._inline:
            return
        text, self._inline = clean("".join(self._inline)), []
        self._raised.clear()
        if self._preformatted:
            self._flush_preformatted(text)
            return
        text = _BLANK_LINES.sub("\n\n", _BREAKS.sub("\n", _SPACES.sub(" ", text))).strip()
        if not text:
            return
        if self._marker.startswith("#"):
            text = " ".join(text.split())
        is_item = self._marker.endswith(("- ", ". "))
        self._append(self._marker + text, self._group if is_item else None)
        self._marker = ""

    def _flush_preformatted(self, text: str) -> None:
        text = text.strip("\n").rstrip()
        if text.strip():
            fence = "~~~" if "```" in text else "```"
            self._append(f"{fence}\n{text}\n{fence}" if self._code else text)

    def _append(self, text: str, group: int | None = None) -> None:
        self._targets[-1].append(HtmlBlock(text, group, sum(self._quotes)))

    def _meta(self, attributes: Mapping[str, str]) -> None:
        name = attributes.get("name") or attributes.get("property") or attributes.get("itemprop") or ""
        if name.lower() in _DATES:
            self.date = self.date or iso_day(attributes.get("content"))
        if name.lower() in _AUTHORS:
            self.author = self.author or one_line(attributes.get("content") or "") or None

    def _item_marker(self, attributes: Mapping[str, str]) -> str:
        indent = "  " * min(len(self._lists) - 1, _DEEPEST_INDENT)
        if not self._lists or self._lists[-1] is None:
            return f"{indent}- "
        number = _number(attributes.get("value"), self._lists[-1])
        self._lists[-1] = number + 1
        return f"{indent}{number}. "

    def _end_table(self) -> None:
        table = self._tables.pop()
        lines = table.lines()
        if lines is None:
            self._targets[-1].extend(table.blocks())
            return
        self._group += 1
        for line in lines:
            self._append(line, self._group)


def _number(text: str | None, otherwise: int) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= 6 else otherwise
