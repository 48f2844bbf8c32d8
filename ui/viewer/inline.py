"""Markdown within a line or paragraph: emphasis, code, links and images, as the places of their syntax."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from markupsafe import Markup

_TOKEN = re.compile(r"\\[\\*_\[\]]|`+|\*+|_+|!?\[|\]")
_ADDRESS = re.compile(r"\]\([^()\n]*+(?:\([^()\n]*+\)[^()\n]*+)*+\)")
_NONE = Markup("")
_CODE = (Markup("<code>"), Markup("</code>"))
_EMPHASES = {1: (Markup("<i>"), Markup("</i>")), 2: (Markup("<b>"), Markup("</b>"))}
"""What as many asterisks or underscores stand for."""


class InlinePiece(NamedTuple):
    """A range of syntax, with the markup that stands before and after it."""

    start: int
    end: int
    before: Markup = _NONE
    after: Markup = _NONE


def inline_pieces(text: str, start: int, stop: int) -> list[InlinePiece]:
    """The syntax in `text[start:stop]`, in order; elements are nested well, and five deep at most."""
    tokens = list(_TOKEN.finditer(text, start, stop))
    code_ends = _code_ends(tokens)
    emphasis = _Emphasis(text, start, stop)
    brackets: list[tuple[int, int]] = []
    pieces: list[InlinePiece] = []
    at = start
    for token in tokens:
        found = token.group()
        if token.start() < at:
            continue
        if end := code_ends.get(token.start()):
            pieces += [InlinePiece(*token.span(), after=_CODE[0]), InlinePiece(*end, before=_CODE[1])]
            at = end[1]
        elif found[-1] == "[" and found[0] != "\\":
            brackets.append(token.span())
        elif found == "]" and brackets:
            opening = brackets.pop()
            if address := _ADDRESS.match(text, token.start(), stop):
                pieces += [InlinePiece(*opening), InlinePiece(*address.span())]
                at = address.end()
        elif found[0] in "*_" and len(found) <= 3:
            pieces += emphasis.pieces(token)
    return sorted(pieces)


def _code_ends(tokens: Sequence[re.Match[str]]) -> dict[int, tuple[int, int]]:
    """For the start of each run of backquotes the place of the next as long, where there is one."""
    ends: dict[int, tuple[int, int]] = {}
    latest: dict[str, tuple[int, int]] = {}
    for token in reversed(tokens):
        if (run := token.group()).startswith("`"):
            if run in latest:
                ends[token.start()] = latest[run]
            latest[run] = token.span()
    return ends


class _Emphasis:
    """Runs of asterisks and underscores, paired."""

    def __init__(self, text: str, start: int, stop: int) -> None:
        self._text = text
        self._start = start
        self._stop = stop
        # The last of each kind that nothing has closed yet, so that no element lies in its like.
        self._open: dict[tuple[str, int], int] = {}

    def pieces(self, run: re.Match[str]) -> Iterator[InlinePiece]:
        """The syntax of what `run` closes, if anything."""
        start, end = run.span()
        before = self._text[start - 1] if start > self._start else " "
        after = self._text[end] if end < self._stop else " "
        at = start
        # Within a word they are no emphasis: 2*3*4, snake_case.
        if not (before.isspace() or after.isalnum()):
            while kind := self._closed_by(run.group()[at - start :]):
                yield from self._closed(kind, at)
                at += kind[1]
        if at == start and not (after.isspace() or before.isalnum()):
            for size in (2, 1):
                if (end - at) & size:
                    self._open[run.group()[0], size] = at
                    at += size

    def _closed_by(self, run: str) -> tuple[str, int] | None:
        sizes = (1, 2) if len(run) == 3 else (len(run),)
        kinds = [(run[:1], size) for size in sizes if (run[:1], size) in self._open]
        return max(kinds, key=self._open.__getitem__, default=None)

    def _closed(self, kind: tuple[str, int], at: int) -> list[InlinePiece]:
        opened, size = self._open[kind], kind[1]
        before, after = _EMPHASES[size]
        # What was opened since cannot be closed outside of it.
        self._open = {other: place for other, place in self._open.items() if place < opened}
        return [
            InlinePiece(opened, opened + size, after=before),
            InlinePiece(at, at + size, before=after),
        ]
