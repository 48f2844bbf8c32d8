"""Raised and lowered parts of a page: superscripts, subscripts, marks that refer to notes, and exponents of MathML."""

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from rag.formats.raised import lowered, raised

_RAISED_STYLE = re.compile(r"(?:^|;)\s*vertical-align\s*:\s*(super|sub)\b", re.IGNORECASE)
_MARK = re.compile(r"\s*[\[(]?(?:\d{1,3}|[*†‡§¶]+)[\])]?\s*")
_TOUCHED = re.compile(r"(?:\w|\d[.,]|[”\"'’)\]])$")


def _reference(text: str) -> str:
    """A mark that refers to a note, which joins nothing even where it is a word."""
    core = text.strip()
    written = raised(text)
    return f" ({core})" if written == text and core.isalpha() else written


def _divided(text: str) -> str:
    return f"/{text.strip()}"


Written = Callable[[str], str]

# How the children of these elements of MathML are written, in their order.
_OF_CHILDREN: Mapping[str, tuple[Written | None, ...]] = {
    "msup": (None, raised),
    "msub": (None, lowered),
    "msubsup": (None, lowered, raised),
    "mfrac": (None, _divided),
}


_RAISING = frozenset({"sup", "sub", *_OF_CHILDREN})


class _Part(NamedTuple):
    depth: int
    start: int
    """The piece of the block that it begins with."""
    written: Written
    only_touching: bool = False
    """Whether it is a mark only where it looks like one and touches a word or a figure, as a link may."""
    is_math: bool = False


class RaisedParts:
    """The parts of a block that are written otherwise than they read: `start` and `end` are told of every element."""

    def __init__(self) -> None:
        self._depth = 0
        self._parts: list[_Part] = []
        self._math: list[tuple[int, str, int]] = []

    def start(self, tag: str, attributes: Mapping[str, str], pieces: list[str]) -> None:
        """An element's beginning after `pieces` of its block."""
        self._depth += 1
        if not attributes and not self._math and tag not in _RAISING:
            return
        if self._math and self._math[-1][0] == self._depth - 1:
            depth, parent, count = self._math[-1]
            self._math[-1] = (depth, parent, count + 1)
            written = dict(enumerate(_OF_CHILDREN[parent])).get(count)
            if written:
                self._parts.append(_Part(self._depth, len(pieces), written, is_math=True))
        if tag in _OF_CHILDREN:
            self._math.append((self._depth, tag, 0))
        elif tag == "a":
            self._start_link(attributes, len(pieces))
        elif tag in {"sup", "sub"}:
            self._parts.append(_Part(self._depth, len(pieces), raised if tag == "sup" else lowered))
        elif "style" in attributes and (found := _RAISED_STYLE.search(attributes["style"])):
            written = raised if found.group(1).lower() == "super" else lowered
            self._parts.append(_Part(self._depth, len(pieces), written))

    def _start_link(self, attributes: Mapping[str, str], start: int) -> None:
        is_reference = "noteref" in attributes.get("epub:type", "") + attributes.get("role", "")
        is_raised = bool(self._parts) and self._parts[-1].written is raised
        if is_reference or is_raised or "super" in attributes.get("style", ""):
            self._parts.append(_Part(self._depth, start, _reference))
        elif "#" in attributes.get("href", ""):
            self._parts.append(_Part(self._depth, start, _reference, only_touching=True))

    def end(self, pieces: list[str]) -> None:
        """An element's end; writes what it raised anew in `pieces`."""
        while self._parts and self._parts[-1].depth >= self._depth:
            _, start, written, only_touching, is_math = self._parts.pop()
            text = "".join(pieces[start:])
            if is_math and start and pieces[start - 1].isspace():
                # What parts the elements in the file parts nothing in a formula.
                pieces[start - 1] = ""
            if not only_touching or (
                _MARK.fullmatch(text) and _TOUCHED.search("".join(pieces[max(start - 2, 0) : start])[-2:])
            ):
                pieces[start:] = [written(text)]
        if self._math and self._math[-1][0] == self._depth:
            self._math.pop()
        self._depth -= 1

    def clear(self) -> None:
        """The end of a block, at which no part goes on."""
        self._parts.clear()
