"""Citation markers in what a language model writes: found while it streams, renumbered, wrong ones taken out."""

import re
from typing import NamedTuple

from rag.sentences import sentence_spans

LONGEST_MARKER = 40
"""Characters between brackets from which on they are no marker that is still being written."""

_OPEN = re.compile(rf"[ \t]*(?:[\[【][^\]】\n]{{0,{LONGEST_MARKER}}})?\Z")
_BRACKETS = re.compile(rf"([ \t]*)[\[【]([^\[\]【】\n]{{0,{LONGEST_MARKER}}})[\]】]")
_NUMBERS = re.compile(r"\s*\d{1,4}(?:\s*(?:[,;&]|and)\s*\d{1,4})*\s*")
_RANGE = re.compile(r"\s*(\d{1,4})\s*[-–]\s*(\d{1,4})\s*")
_LIKE_A_MARKER = re.compile(
    r"\s*(?:[#^†]\s*\S*|(?:passage|source|document|doc|reference|ref|citation|cite|no|n)\b[\s.:#]*[\w,;\s-]*"
    r"|[\d,;\s–-]*\d[\d,;\s–-]*[a-z]?)\s*",
    re.IGNORECASE,
)
_OURS = re.compile(r" ?\[(\d+)\]")


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
        cited = _cited(inside)
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


def _cited(inside: str) -> list[int] | None:
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


def cited_sentences(text: str) -> list[CitedSentence]:
    """The sentences of a text whose markers a MarkerStream has renumbered.

    A marker belongs to the sentence that it stands in, or that ends before it.
    """
    plain, markers, at = "", [], 0
    for match in _OURS.finditer(text):
        plain += text[at : match.start()]
        markers.append((len(plain), int(match.group(1))))
        at = match.end()
    plain += text[at:]
    spans = sentence_spans(plain)
    numbers: list[list[int]] = [[] for _ in spans]
    for place, number in markers:
        before = [i for i, (start, _) in enumerate(spans) if start < place]
        if before and number not in numbers[before[-1]]:
            numbers[before[-1]].append(number)
    return [CitedSentence(plain[start:end], of) for (start, end), of in zip(spans, numbers, strict=True)]
