"""The blocks of a text by its lines: paragraphs, and what Markdown has besides."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from rag.text.markdown_syntax import BULLET, HEADING, NUMBER, UNDERLINE, code_fence, underlined_level

_DEEPEST_ITEM = 8
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_BREAK = re.compile(r" {0,3}([-*_])(?:[ \t]*+\1){2,}+\s*\Z")
_UNDERLINE = re.compile(rf" {{0,3}}{UNDERLINE}")
_OPEN_RULE = re.compile(r"(?=.*--|.*:-|.*-:)(?=.*\|)[ \t:|-]+\n?\Z")
_FIRST_BAR = re.compile(r"\s*+\|")
_PREFIXES = {
    "heading": re.compile(rf" {{0,3}}{HEADING}[ \t]++(?=\S)"),
    "item": re.compile(rf"[ \t]*+(?:{BULLET}|{NUMBER})[ \t]++(?=\S)"),
    # A greater-than sign before a figure or an equals sign is a comparison, which must stay to be seen.
    "quote": re.compile(r"(?:[ \t]*+>(?=[\s>]|[^\W\d_]|\Z))++[ \t]?"),
    "row": re.compile(r"\s*+\|(?=.*\|\s*\Z)"),
}
_JOINED = {(kind, kind) for kind in ("plain", "text", "underlined", "quote", "row")} | {("item", "text")}
"""Kinds of a block and of a line that goes on with it."""


class BlockLine(NamedTuple):
    """A line that ends before its line end, and where its text begins after the syntax that makes it what it is."""

    start: int
    content: int
    stop: int


@dataclass(slots=True)
class Block:
    """Lines of a kind; `end` is after the blank lines that follow them."""

    kind: str = "blank"
    depth: int = 0
    """Of an item: how many lists the one that it is in lies in; of an underlined heading: its level."""
    is_open: bool = True
    """Whether another line may belong to it; of code: whether its end is that of the text."""
    lines: list[BlockLine] = field(default_factory=list)
    end: int = 0


def blocks(text: str, is_markdown: bool) -> Iterator[Block]:
    """The blocks of `text`, of which the first are the blank lines that it begins with, if any.

    Tables are blocks of any text: readers write down those of PDFs too.
    """
    kind_of = _markdown_kind if is_markdown else _plain_kind
    block, fence = Block(), ""
    indents: list[int] = []
    for match in _LINE.finditer(text):
        line, start, end = match.group(), match.start(), match.end()
        kind, prefix = ("code", 0) if fence else kind_of(line)
        if block.kind == "text" and block.is_open and len(block.lines) == 1 and not fence:
            kind, prefix = _what_it_makes_of(block, text, line) or (kind, prefix)
        if not fence and kind != "blank" and not (block.is_open and _goes_on(block, kind, line)):
            yield _settled(block, is_markdown)
            block = Block(kind, _depth(line[:prefix], indents) if kind == "item" else 0)
            fence = code_fence(line) if kind == "code" else ""
            if kind != "item" and not line[0].isspace():
                indents.clear()
        elif fence and code_fence(line).startswith(fence):
            fence, block.is_open = "", False
        if kind in ("blank", "break") or block.kind == "underlined":
            block.is_open = False
        if block.kind == "row" and kind == "text" and (bar := _FIRST_BAR.match(line)):
            prefix = bar.end()
        if kind != "blank":
            block.lines.append(BlockLine(start, start + prefix, end - line.endswith("\n")))
        block.end = end
    yield _settled(block, is_markdown)


def _goes_on(block: Block, kind: str, line: str) -> bool:
    """Whether a line belongs to a block that is open. Under its head, a row of a table needs no bars at its ends."""
    return (block.kind, kind) in _JOINED or (block.kind == "row" and kind == "text" and "|" in line)


def _what_it_makes_of(block: Block, text: str, line: str) -> tuple[str, int] | None:
    """The kind of a line that makes a heading or the head of a table of the one line of text before it."""
    if underline := _UNDERLINE.match(line):
        block.kind, block.depth = "underlined", underlined_level(underline)
    elif "|" in text[block.lines[0].start : block.lines[0].stop] and _OPEN_RULE.match(line):
        block.kind = "row"
    else:
        return None
    return block.kind, 0


def _settled(block: Block, is_markdown: bool) -> Block:
    """`block`; in plain text, one line between bars is no table yet."""
    if block.kind == "row" and not is_markdown and len(block.lines) == 1:
        block.kind = "plain"
    return block


def _plain_kind(line: str) -> tuple[str, int]:
    if line.isspace():
        return "blank", 0
    row = _PREFIXES["row"].match(line)
    return ("row", row.end()) if row else ("plain", 0)


def _markdown_kind(line: str) -> tuple[str, int]:
    """A line's kind, and how long the syntax is that makes it so."""
    if line.isspace():
        return "blank", 0
    if code_fence(line):
        return "code", 0
    if _BREAK.match(line):
        return "break", 0
    for kind, pattern in _PREFIXES.items():
        if found := pattern.match(line):
            return kind, found.end()
    return "text", 0


def _depth(prefix: str, indents: list[int]) -> int:
    """An item's depth under those that are indented as `indents` says, which is kept up to date with the item."""
    spaces = prefix.expandtabs(4)
    indent = len(spaces) - len(spaces.lstrip())
    # One space more does not make a list of its own.
    while indents and indents[-1] + 2 > indent:
        indents.pop()
    indents.append(indent)
    return min(len(indents) - 1, _DEEPEST_ITEM)
