"""A document's text as HTML blocks for the chat window, with every character of it and one range marked."""

import re
from collections.abc import Callable
from functools import cache
from itertools import pairwise

from markupsafe import Markup

from ui.common.templates import joined
from ui.viewer.blocks import Block, BlockLine, blocks
from ui.viewer.inline import inline_pieces

_CLOSING_SIGNS = re.compile(r"(?<!\s)[ \t]++#++\s*\Z")
# Single dashes are cells without a value.
_RULE = re.compile(r"(?=.*--|.*:-|.*-:)[\s:|-]*\Z")
_BAR = re.compile(r"(?<!\\)\|")

_NOWHERE = (-1, -1)
_FIRST_MARK = Markup('<mark class="cited" id="cited">')
_MARK = Markup('<mark class="cited">')
_SYNTAX = Markup('<span class="syntax">')
_END_OF_BLOCK = Markup('<span class="syntax end">')
_END_OF_SPAN = Markup("</span>")
_END_OF_DIV = Markup("</div>")
_ROW = Markup('<div class="row" role="row">')
_RULE_ROW = Markup('<div class="row rule" role="row">')
_HEAD_CELL = Markup('<div class="cell" role="columnheader">')
_CELL = Markup('<div class="cell" role="cell">')
_TAGS = {
    "blank": (Markup("<div>"), _END_OF_DIV),
    "plain": (Markup('<p dir="auto">'), Markup("</p>")),
    "text": (Markup('<p dir="auto">'), Markup("</p>")),
    "heading": (Markup('<h{} dir="auto">'), Markup("</h{}>")),
    "underlined": (Markup('<h{} dir="auto">'), Markup("</h{}>")),
    "break": (Markup('<div class="break">'), _END_OF_DIV),
    "item": (Markup('<div class="item" dir="auto" style="--depth:{}">'), _END_OF_DIV),
    "quote": (Markup('<div class="quote" dir="auto">'), _END_OF_DIV),
    "code": (Markup('<div class="code">'), _END_OF_DIV),
    "row": (Markup('<div class="table" dir="auto" role="table">'), _END_OF_DIV),
}
"""What stands around a block, which runs as its first letter does, by its kind; in braces its level."""


def formatted_html(
    text: str, cited: tuple[int, int] | None, is_markdown: bool, has_inline: bool = True, is_first: bool = True
) -> Markup:
    """`text` as HTML blocks, the range `cited` marked.

    `is_markdown` tells of headings, lists and code, as all formats with such parts are written down by their readers,
    `has_inline` of emphasis and links, which only Markdown files hold. Any text may hold tables.
    The text of the elements is `text`, that of the marks is the range; the first of them is `#cited`, unless the range
    begins in another text, before this one. `text` holds no NUL, which browsers leave out.
    """
    page = _Page(text, *(cited or _NOWHERE), has_inline, is_first)
    for block in blocks(text, is_markdown):
        # Before the first line there is a block of blank lines, which may be none.
        if block.end:
            _write_block(page, block)
    return page.finished()


class _Page:
    """HTML of a text, written from its beginning on, so that none of it can be left out, changed or repeated."""

    def __init__(self, text: str, start: int, end: int, has_inline: bool, is_first: bool) -> None:
        self.text = text
        self._has_inline = has_inline
        self._at = 0
        self._start = start
        self._end = end
        self._pieces: list[str] = []
        """Markup, and text that is to be escaped."""
        self._mark_tag = _FIRST_MARK if is_first else _MARK

    def tag(self, markup: Markup) -> None:
        """Markup that holds nothing of the text."""
        self._pieces.append(markup)

    def show(self, to: int) -> None:
        """The text as far as `to`."""
        at, self._at = self._at, max(self._at, to)
        first, last = max(at, self._start), min(to, self._end)
        if first < last or at <= self._start == self._end < to:
            self._pieces.append(self.text[at:first])
            self._mark(first, last)
            at = last
        if at < to:
            self._pieces.append(self.text[at:to])

    def show_inline(self, to: int) -> None:
        """The text as far as `to`, with its emphasis, code and links."""
        for start, end, before, after in inline_pieces(self.text, self._at, to) if self._has_inline else ():
            self.show(start)
            self.tag(before)
            self.hide(end)
            self.tag(after)
        self.show(to)

    def hide(self, to: int, tag: Markup = _SYNTAX) -> None:
        """The text as far as `to`, as what need not be seen."""
        if to > self._at:
            self.tag(tag)
            self.show(to)
            self.tag(_END_OF_SPAN)

    def finished(self) -> Markup:
        """The HTML of the whole text."""
        self.show(len(self.text))
        if self._start == self._end == len(self.text):
            self._mark(self._start, self._end)
        return joined(self._pieces)

    def _mark(self, first: int, last: int) -> None:
        self._pieces += [self._mark_tag, self.text[first:last], Markup("</mark>")]
        self._mark_tag = _MARK


def _write_block(page: _Page, block: Block) -> None:
    level = block.depth
    if block.kind == "heading":
        start, content, _ = block.lines[0]
        level = min(len(page.text[start:content].strip()) + 2, 6)
    elif block.kind == "underlined":
        level += 2
    opening, closing = _tags(block.kind, level)
    page.tag(opening)
    _WRITERS[block.kind](page, block)
    page.hide(block.end, _END_OF_BLOCK)
    page.tag(closing)


@cache
def _tags(kind: str, level: int) -> tuple[Markup, Markup]:
    """What stands around a block."""
    opening, closing = _TAGS[kind]
    return opening.format(level), closing.format(level)


def _write_plain(page: _Page, block: Block) -> None:
    # A block of blank lines has none of its own.
    for *_, stop in block.lines[-1:]:
        page.show(stop)


def _write_text(page: _Page, block: Block) -> None:
    page.show_inline(block.lines[-1].stop)


def _write_heading(page: _Page, block: Block) -> None:
    [(_, content, stop)] = block.lines
    page.hide(content)
    closing = _CLOSING_SIGNS.search(page.text, content, stop)
    page.show_inline(closing.start() if closing else stop)
    page.hide(stop)


def _write_underlined(page: _Page, block: Block) -> None:
    page.show_inline(block.lines[0].stop)
    page.hide(block.lines[1].stop)


def _write_break(page: _Page, block: Block) -> None:
    page.hide(block.lines[0].stop)


def _write_item(page: _Page, block: Block) -> None:
    start, content, _ = block.lines[0]
    page.hide(content - len(page.text[start:content].lstrip()))
    page.tag(Markup('<span class="marker">'))
    page.show(content)
    page.tag(_END_OF_SPAN)
    page.show_inline(block.lines[-1].stop)


def _write_quote(page: _Page, block: Block) -> None:
    for start, content, stop in block.lines:
        page.show(start)
        page.hide(content)
        page.show_inline(stop)


def _write_code(page: _Page, block: Block) -> None:
    inside = block.lines[1:]
    page.hide(inside[0].start if inside else block.end)
    page.show(block.end if block.is_open else inside[-1].start)
    page.hide(block.lines[-1].stop)


def _write_table(page: _Page, block: Block) -> None:
    rules = [_RULE.match(page.text, line.start, line.stop) is not None for line in block.lines[:2]]
    ends = [*(line.start for line in block.lines[1:]), block.end]
    for index, (line, end) in enumerate(zip(block.lines, ends, strict=True)):
        is_rule = rules[index : index + 1] == [True]
        is_head = index == 0 and rules == [False, True]
        page.tag(_RULE_ROW if is_rule else _ROW)
        _write_cells(page, line, is_rule, _HEAD_CELL if is_head else _CELL)
        page.hide(end, _END_OF_BLOCK)
        page.tag(_END_OF_DIV)
        page.tag(_END_OF_DIV)


def _write_cells(page: _Page, line: BlockLine, is_rule: bool, opening: Markup) -> None:
    """A row's cells, the last of them left open."""
    text, first = page.text, line.content - 1
    is_closed = text[line.start : line.stop].rstrip().endswith("|")
    last = text.rindex("|", line.start, line.stop) if is_closed else line.stop
    inner = [] if is_rule else [bar.start() for bar in _BAR.finditer(text, first + 1, last)]
    for bar, next_bar in pairwise([first, *inner, last]):
        if bar != first:
            page.tag(_END_OF_DIV)
        page.tag(opening)
        cell = text[bar + 1 : next_bar]
        page.hide(next_bar - len(cell.lstrip()))
        page.show_inline(bar + 1 + len("" if is_rule else cell.rstrip()))
        page.hide(next_bar)
    page.hide(line.stop)


_WRITERS: dict[str, Callable[[_Page, Block], None]] = {
    "blank": _write_plain,
    "plain": _write_plain,
    "text": _write_text,
    "heading": _write_heading,
    "underlined": _write_underlined,
    "break": _write_break,
    "item": _write_item,
    "quote": _write_quote,
    "code": _write_code,
    "row": _write_table,
}
"""What writes all but the blank lines after a block, by its kind."""
