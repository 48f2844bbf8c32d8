"""A document's text as HTML blocks for the chat window, with every character of it and one range marked."""

import re
from collections.abc import Callable
from functools import cache
from itertools import pairwise

from markupsafe import Markup

from ui.viewer.blocks import Block, BlockLine, blocks
from ui.viewer.written import CELL, END_OF_SPAN, HEAD_CELL, ROW, RULE_ROW, Page, Words

_CLOSING_SIGNS = re.compile(r"(?<!\s)[ \t]++#++\s*\Z")
# Single dashes are cells without a value.
_RULE = re.compile(r"(?=.*--|.*:-|.*-:)[\s:|-]*\Z")
_BAR = re.compile(r"(?<!\\)\|")

_NOWHERE = (-1, -1)
_END_OF_BLOCK = Markup('<span class="syntax end">')
_END_OF_DIV = Markup("</div>")
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
    page = Page(text, *(cited or _NOWHERE), has_inline, is_first)
    for block in blocks(text, is_markdown):
        # Before the first line there is a block of blank lines, which may be none.
        if block.end:
            _write_block(page, block)
    return page.finished()


def unformatted(text: str, is_markdown: bool, has_inline: bool = True) -> str:
    """What a person reads of a text, in one line: without its format's signs, the cells of a row between dots."""
    page = Words(text, *_NOWHERE, has_inline, True)
    for block in blocks(text, is_markdown):
        _write_block(page, block)
        page.begin_line()
    return page.words()


def _write_block(page: Page, block: Block) -> None:
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


def _write_plain(page: Page, block: Block) -> None:
    # A block of blank lines has none of its own.
    for *_, stop in block.lines[-1:]:
        page.show(stop)


def _write_text(page: Page, block: Block) -> None:
    page.show_inline(block.lines[-1].stop)


def _write_heading(page: Page, block: Block) -> None:
    [(_, content, stop)] = block.lines
    page.hide(content)
    closing = _CLOSING_SIGNS.search(page.text, content, stop)
    page.show_inline(closing.start() if closing else stop)
    page.hide(stop)


def _write_underlined(page: Page, block: Block) -> None:
    page.show_inline(block.lines[0].stop)
    page.hide(block.lines[1].stop)


def _write_break(page: Page, block: Block) -> None:
    page.hide(block.lines[0].stop)


def _write_item(page: Page, block: Block) -> None:
    start, content, _ = block.lines[0]
    page.hide(content - len(page.text[start:content].lstrip()))
    page.tag(Markup('<span class="marker">'))
    page.show(content)
    page.tag(END_OF_SPAN)
    page.show_inline(block.lines[-1].stop)


def _write_quote(page: Page, block: Block) -> None:
    for start, content, stop in block.lines:
        page.show(start)
        page.hide(content)
        page.show_inline(stop)


def _write_code(page: Page, block: Block) -> None:
    inside = block.lines[1:]
    page.hide(inside[0].start if inside else block.end)
    page.show(block.end if block.is_open else inside[-1].start)
    page.hide(block.lines[-1].stop)


def _write_table(page: Page, block: Block) -> None:
    rules = [_RULE.match(page.text, line.start, line.stop) is not None for line in block.lines[:2]]
    ends = [*(line.start for line in block.lines[1:]), block.end]
    for index, (line, end) in enumerate(zip(block.lines, ends, strict=True)):
        is_rule = rules[index : index + 1] == [True]
        is_head = index == 0 and rules == [False, True]
        page.tag(RULE_ROW if is_rule else ROW)
        _write_cells(page, line, is_rule, HEAD_CELL if is_head else CELL)
        page.hide(end, _END_OF_BLOCK)
        page.tag(_END_OF_DIV)
        page.tag(_END_OF_DIV)


def _write_cells(page: Page, line: BlockLine, is_rule: bool, opening: Markup) -> None:
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


_WRITERS: dict[str, Callable[[Page, Block], None]] = {
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
