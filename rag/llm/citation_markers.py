"""Citation markers in what a language model writes: found while it streams, renumbered, wrong ones taken out."""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from rag.text.sentences import Span, sentence_spans

LONGEST_MARKER = 40
"""Characters between brackets from which on they are no marker that is still being written."""

_OPEN = re.compile(rf"[ \t]*(?:[\[【][^\]】\n]{{0,{LONGEST_MARKER}}})?\Z")
_BRACKETS = re.compile(rf"([ \t]*)[\[【]([^\[\]【】\n]{{0,{LONGEST_MARKER}}})[\]】]")
_NUMBERS = re.compile(r"\s*\d{1,4}(?:\s*(?:[,;&]|and)\s*\d{1,4})*\s*")
_RANGE = re.compile(r"\s*(\d{1,4})\s*[-–]\s*(\d{1,4})\s*")
_LIKE_A_MARKER = re.compile(
    r"\s*(?:[#^†]\s*\S*|(?:passage|source|document|doc|reference|ref|citation|cite|n)\b[\s.:#]*[\w,;\s-]*"
    r"|no\b[\s.:#]*\d[\d,;\s-]*"
    r"|[\d,;\s–-]*\d[\d,;\s–-]*[a-z]?)\s*",
    re.IGNORECASE,
)
_YEARS = re.compile(r"\s*[12]\d{3}(?:\s*[-–,]\s*[12]\d{3})*\s*")
_OURS = re.compile(r"(?: ?\[\d+\])+")
_COLON_FIRST = re.compile(r"^[ \t]*:[ \t]+", re.MULTILINE)
_SENTENCE_ENDS = re.compile(r"[.!?…。！？][\"'”’»)]*\s*\Z")


class MarkerStream:
    """A model's text, chunk by chunk, to text whose markers `[1]`, `[2]`, … count in order of appearance.

    The model cites passages 1 to `passages`. `passage_of` holds the passage of each number that was given out, in
    order; `problems` says in sentences which markers were taken out. A chunk may end anywhere: what may still become a
    marker is held back until it is one or cannot be.
    """

    def __init__(self, passages: int) -> None:
        self.passage_of: list[int] = []
        self.problems: list[str] = []
        self._passages = passages
        self._held = ""

    def feed(self, chunk: str) -> str:
        """What can be shown now."""
        text = self._held + chunk
        held = _OPEN.search(text)
        cut = held.start() if held else len(text)
        self._held = text[cut:]
        return _BRACKETS.sub(self._replaced, text[:cut])

    def finish(self) -> str:
        """What was held back; a marker that was never closed is taken out."""
        text, self._held = self._held, ""
        before, bracket, inside = text.partition("[")
        if bracket and (not inside or _LIKE_A_MARKER.fullmatch(inside)):
            self.problems.append(f"The model's text ends inside a citation, “{text.strip()}”: taken out.")
            text = before
        return text.rstrip(" \t")

    def _replaced(self, match: re.Match[str]) -> str:
        inside = match.group(2)
        if _YEARS.fullmatch(inside):
            return match.group()
        cited = cited_passages(inside)
        if cited is None:
            if not _LIKE_A_MARKER.fullmatch(inside):
                return match.group()
            self.problems.append(f"The model wrote a citation that is none, “[{inside}]”: taken out.")
            return ""
        impossible = [number for number in cited if not 1 <= number <= self._passages]
        if impossible:
            listed = ", ".join(map(str, impossible))
            self.problems.append(f"The model cited {listed}, where there are {self._passages} passages: taken out.")
        return "".join(f" [{self._number(n)}]" for n in dict.fromkeys(cited) if n not in impossible)

    def _number(self, passage: int) -> int:
        if passage not in self.passage_of:
            self.passage_of.append(passage)
        return self.passage_of.index(passage) + 1


def cited_passages(inside: str) -> list[int] | None:
    """The passages that a marker names, None where it is no marker."""
    if _NUMBERS.fullmatch(inside):
        return [int(number) for number in re.findall(r"\d+", inside)]
    if (of := _RANGE.fullmatch(inside)) and int(of[1]) <= int(of[2]) <= int(of[1]) + 20:
        return list(range(int(of[1]), int(of[2]) + 1))
    return None


class CitedSentence(NamedTuple):
    """A sentence of an answer without its markers, and the numbers in them."""

    text: str
    numbers: list[int]


class _Marker(NamedTuple):
    """The numbers that stand at a place of a text, and whether it is what follows that they belong to."""

    place: int
    numbers: list[int]
    leads: bool


def cited_sentences(text: str) -> list[CitedSentence]:
    """The sentences of a text whose markers a MarkerStream has renumbered.

    A marker belongs to the sentence that it stands in, or that ends before it. One that a line begins with, or that a
    colon makes the heading of what follows (`[1]: It rains.`), belongs to the sentences after it on its line, as far as
    they have none of their own.
    """
    plain, markers = _without_markers(text)
    spans = _cut(sentence_spans(plain), [marker.place for marker in markers if marker.leads])
    numbers: list[list[int]] = [[] for _ in spans]
    for marker in markers:
        for of in _belongs_to(marker, spans):
            numbers[of] += [number for number in marker.numbers if number not in numbers[of]]
    leading = {i: marker for marker in markers if marker.leads for i in _belongs_to(marker, spans)}
    for i, (start, _) in enumerate(spans):
        # As the sentence before it on the same line, where a marker leads that one.
        if not numbers[i] and i - 1 in leading and "\n" not in plain[leading[i - 1].place : start]:
            leading[i] = leading[i - 1]
            numbers[i] = [*leading[i].numbers]
    return [CitedSentence(plain[start:end].strip(), of) for (start, end), of in zip(spans, numbers, strict=True)]


def _without_markers(text: str) -> tuple[str, list[_Marker]]:
    """A text without its markers, the colons that go with them, and the colon of one that was taken out before."""
    text = _COLON_FIRST.sub("", text)
    plain, at = "", 0
    markers: list[_Marker] = []
    for match in _OURS.finditer(text):
        plain += text[at : match.start()]
        at = match.end()
        if plain[-1:].isalnum() and text[at : at + 1].isalnum():
            plain += " "
        line, rest = plain.rpartition("\n")[2], text[at:].partition("\n")[0]
        is_first, is_between = not line.strip(), _SENTENCE_ENDS.search(line) is not None
        has_colon = rest.startswith(":") and (is_first or is_between)
        at += has_colon
        goes_on = bool(markers) and markers[-1].leads and "\n" not in plain[markers[-1].place :]
        leads = (is_first or (is_between and (has_colon or goes_on))) and bool(rest[has_colon:].strip())
        # Alone on its line, a marker is of the line before, if there is one and no colon says otherwise.
        leads = leads or (is_first and (has_colon or not plain.strip()))
        markers.append(_Marker(len(plain), [int(number) for number in re.findall(r"\d+", match.group())], leads))
    return plain + text[at:], markers


def _cut(spans: list[Span], places: list[int]) -> list[Span]:
    """The same spans, cut where a marker begins a sentence that no punctuation ends before."""
    return [
        piece
        for start, end in spans
        for piece in pairwise([start, *(place for place in places if start < place < end), end])
    ]


def _belongs_to(marker: _Marker, spans: Sequence[Span]) -> list[int]:
    """Which of the sentences that a text consists of a marker cites for, where there is one."""
    if marker.leads:
        return [i for i, (_, end) in enumerate(spans) if end > marker.place][:1]
    return [i for i, (start, _) in enumerate(spans) if start < marker.place][-1:]
