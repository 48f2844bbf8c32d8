"""The places that the window can open: how a page names one, and how a person reads it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from rag.answer import Answer, Citation, Passage
from rag.formats.titles import title_of
from ui.common.texts import text

VERSION_LENGTH = 12
"""Digits of a document's sha256 that tell one of its versions from another in a link."""


@dataclass(frozen=True, slots=True)
class ShownPlace:
    """What a click names: a citation, or a passage, of one answer of the conversation, by their positions."""

    turn: int
    kind: str
    number: int

    @classmethod
    def parse(cls, written: str) -> "ShownPlace":
        """The ShownPlace that a page wrote as `0:citation:2`. Raises ValueError."""
        turn, kind, number = written.split(":")
        return cls(int(turn), kind, int(number))

    def among(self, answer: Answer) -> Sequence[Citation | Passage]:
        """The places of that kind that the answer has."""
        return answer.citations if self.kind == "citation" else answer.passages


@dataclass(frozen=True, slots=True)
class LinkedPlace:
    """A range of a document as an address names it, for whoever may look; `version` is how its sha256 begins."""

    document: str
    start: int
    end: int
    version: str

    @classmethod
    def parse(cls, named: Mapping[str, str]) -> "LinkedPlace | None":
        """The place that the query of an address names; None where it names none."""
        start, _, end = named.get("at", "").partition("-")
        if "document" not in named or not (start.isdecimal() and end.isdecimal()):
            return None
        return cls(named["document"], int(start), int(end), named.get("version", ""))

    def query(self, collection: str) -> str:
        """What an address names it by."""
        named = {"collection": collection, "document": self.document, "at": f"{self.start}-{self.end}"}
        named["version"] = self.version
        return urlencode(named, errors="replace")


def place_words(place: Citation | Passage) -> str:
    """Where a citation or passage stands, for a person: title or document, page, heading."""
    name = title_of(place.document, place.title) if isinstance(place, Citation) else place.document
    parts = [name]
    if place.page:
        parts.append(text("chat.page", page=place.page))
    if place.section and place.section != name:
        parts.append(place.section)
    return ", ".join(parts)
