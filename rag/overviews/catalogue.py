"""The documents of an index by what a person calls them: title, file name, folder, format, day, number, kind."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import takewhile
from typing import NamedTuple

from rag.answering.table_question import LEAST_STEM, matched_words
from rag.overviews.forms import LANGUAGES, language, words_of_role
from rag.store.document_info import DocumentInfo
from rag.text.words import stems

MOST_NOUN_WORDS = 3
"""Words that name a kind of document at most: written lecture notes."""

MAILS = frozenset({"eml"})
"""Files that begin with who wrote them, when and about what, and are asked for that."""

LEAST_NAMED = 0.2
"""Share of a phrase's words, counted by how rare they are, that a document's names must have; its text has the rest."""

_PIECE = re.compile(r"\d+|[^\W\d_]+")
_POSSESSIVE = re.compile(r"['’]s\b")
_ISO = re.compile(r"\b(\d{4})[-_.](\d{1,2})(?:[-_.](\d{1,2}))?\b")
_DOTTED = re.compile(r"\b(\d{1,2})[./](\d{1,2})[./](\d{2,4})\b")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")


@dataclass(frozen=True, slots=True)
class When:
    """A day, or a month or year where less is said."""

    year: int | None = None
    month: int | None = None
    day: int | None = None

    def fits(self, other: "When") -> bool:
        """Whether `other` may be this day, or lie in this month or year."""
        # A name may leave the year to be understood, where it has the month.
        is_year = self.year in (None, other.year) or (other.year is None and self.month is not None)
        return is_year and self.month in (None, other.month) and self.day in (None, other.day)


@dataclass(frozen=True, slots=True)
class Entry:
    """A document, the stems and numbers of its title, path, format and author, and the days that its names have."""

    info: DocumentInfo
    words: frozenset[str]
    whens: tuple[When, ...]
    names: frozenset[str]


class Candidate(NamedTuple):
    """A document that a phrase may mean, the share of the phrase that its name has, and the words that it lacks."""

    info: DocumentInfo
    share: float
    missing: frozenset[str]


class Catalogue:
    """Names of documents, and which of them a phrase means. Of most of them only the letters are ever looked at."""

    def __init__(self, documents: Sequence[DocumentInfo]) -> None:
        self.documents = list(documents)
        self._letters = [_letters(info) for info in documents]
        self._entries: dict[str, Entry] = {}

    def entry(self, info: DocumentInfo) -> Entry:
        """The names of one of the documents."""
        if info.id not in self._entries:
            self._entries[info.id] = _entry(info)
        return self._entries[info.id]

    def exactly(self, phrase: str) -> list[DocumentInfo]:
        """The documents whose title, path or file name a phrase is."""
        said = _bare(phrase)
        return [info for info in self._with(said) if said in self.entry(info).names] if said else []

    def candidates(self, phrase: str) -> list[Candidate]:
        """The documents that a phrase may mean, best first.

        A day that it names must be theirs; else enough of its words must be in their names, and all of its numbers.
        """
        wanted, when = name_words(phrase), when_of(phrase)
        by_word = {word: self._with(word if word.isdigit() else word[:LEAST_STEM]) for word in wanted}
        weights = {word: float((1 + len(found)) ** -0.5) for word, found in by_word.items()}
        named = {info.id: info for found in by_word.values() for info in found}
        found = []
        for info in self.documents if when else named.values():
            entry = self.entry(info)
            if when and not any(when.fits(own) for own in entry.whens):
                continue
            held = matched_words(wanted, entry.words)
            share = sum(weights[word] for word in held) / sum(weights.values()) if wanted else 1.0
            if when or (share >= LEAST_NAMED and not any(word.isdigit() for word in wanted - held)):
                found.append(Candidate(info, share, frozenset(wanted - held)))
        return sorted(found, key=lambda candidate: (-candidate.share, candidate.info.id))

    def named_in(self, text: str) -> dict[str, frozenset[str]]:
        """The documents that a text names without saying so, by id: it has words that the names of no other have.

        With each the words of the text that its names have.
        """
        wanted = name_words(text)
        held: dict[str, set[str]] = defaultdict(set)
        telling = set()
        for word in wanted:
            having = [
                info.id
                for info in self._with(word if word.isdigit() else word[:LEAST_STEM])
                if matched_words({word}, self.entry(info).words)
            ]
            telling |= set(having) if len(having) == 1 else set()
            for document in having:
                held[document].add(word)
        return {document: frozenset(held[document]) for document in sorted(telling)}

    def of_kind(self, noun: str) -> list[DocumentInfo]:
        """The documents of a kind, see _kinds_of."""
        wanted = frozenset(stems(noun))
        first = next(iter(wanted), "")[:LEAST_STEM]
        return [info for info in self._with(first) if wanted in _kinds_of(info)] if first else []

    def dated(self, when: When) -> list[DocumentInfo]:
        """The documents of a day, month or year, as their names have it, else as their files say of themselves."""
        return [info for info in self.documents if any(when.fits(own) for own in days_of(self.entry(info)))]

    def _with(self, letters: str) -> list[DocumentInfo]:
        """The documents whose names have these letters in a row."""
        return [info for info, own in zip(self.documents, self._letters, strict=True) if letters in own]


def name_words(phrase: str) -> frozenset[str]:
    """Stems of what names a document in a phrase, numbers as digits; no days, no words that name none."""
    for pattern in (_ISO, _DOTTED, *map(_written_day, LANGUAGES)):
        phrase = pattern.sub(" ", phrase)
    return plain_words(phrase)


def plain_words(phrase: str) -> frozenset[str]:
    """The same, with the words of days."""
    pieces = _PIECE.findall(_POSSESSIVE.sub("", phrase.casefold()))
    nameless = words_of_role("nameless")
    return frozenset().union(*(_stemmed(piece) for piece in pieces if piece not in nameless))


def when_of(phrase: str) -> When | None:
    """The first day, month or year that a phrase names, None where it names none."""
    if found := _ISO.search(phrase):
        return When(int(found[1]), int(found[2]), int(found[3]) if found[3] else None)
    if found := _DOTTED.search(phrase):
        year = int(found[3])
        return When(year if year > 99 else 2000 + year, int(found[2]), int(found[1]))
    for name in LANGUAGES:
        if found := _written_day(name).search(phrase):
            parts = {part: int(said) for part, said in found.groupdict().items() if said and said.isdecimal()}
            month = language(name).months[found["month"].casefold()]
            return When(parts.get("year"), month, parts.get("day", parts.get("after")))
    found = _YEAR.search(phrase)
    return When(int(found.group())) if found else None


def days_of(entry: Entry) -> tuple[When, ...]:
    """The days that a document's name has, or else the one that its file says of itself; of a mail this one alone."""
    try:
        day = date.fromisoformat(entry.info.own_date or "")
    except ValueError:
        return entry.whens
    own = (When(day.year, day.month, day.day),)
    return own if entry.info.type in MAILS else entry.whens or own


@cache
def _written_day(name: str) -> re.Pattern[str]:
    month = "|".join(sorted(language(name).months, key=len, reverse=True))
    return re.compile(
        rf"\b(?:(?P<day>\d{{1,2}})(?:st|nd|rd|th|\.)? (?:of )?)?(?P<month>{month})\b\.?"
        rf"(?: (?P<after>\d{{1,2}})(?:st|nd|rd|th)?\b(?!\d))?(?:,? (?P<year>\d{{4}}))?",
        re.IGNORECASE,
    )


def _letters(info: DocumentInfo) -> str:
    """All that a document may be called by, in lower case: title, path, type, what files of it are called, author."""
    formats = [word for name in LANGUAGES for word, types in language(name).formats.items() if info.type in types]
    return " ".join([info.title, info.id, *formats, info.author or ""]).casefold().replace("_", " ")


def _entry(info: DocumentInfo) -> Entry:
    file = info.id.rpartition("/")[2]
    stem = file.rpartition(".")[0] or file
    whens = filter(None, [when_of(info.title), when_of(stem.replace("_", " "))])
    names = {_bare(said) for said in (info.title, info.id, file, stem)}
    return Entry(info, plain_words(_letters(info)), tuple(dict.fromkeys(whens)), frozenset(names))


def _bare(phrase: str) -> str:
    """A name in lower case, without an article."""
    words = phrase.casefold().replace("_", " ").split()
    return " ".join(words[1:] if len(words) > 1 and words[0] in words_of_role("nameless") else words)


def _stemmed(piece: str) -> set[str]:
    number = next((numbers[piece] for name in LANGUAGES if piece in (numbers := language(name).numbers)), None)
    return {str(number or int(piece))} if number or piece.isdecimal() else stems(piece)


def _kinds_of(info: DocumentInfo) -> Iterator[frozenset[str]]:
    """Stems of what a document is by its title, its file name and its folders: Lecture 2 in lakes is a lecture.

    Of a name the last words before what restricts them or a number, or of all of it; not those that are all of it.
    """
    *folders, file = info.id.split("/")
    restricting = words_of_role("restricting")
    for name in (info.title, file.rpartition(".")[0]):
        pieces = _PIECE.findall(name)
        unrestricted = list(takewhile(lambda piece: piece.casefold() not in restricting, pieces))
        first = list(takewhile(lambda piece: not piece.isdecimal(), unrestricted))
        last = [piece for piece in pieces if not piece.isdecimal()] if unrestricted == pieces else []
        for nouns in (first, last):
            # stores.csv is no store.
            for count in range(1, min(len(nouns) - (nouns == pieces), MOST_NOUN_WORDS) + 1):
                yield frozenset(stems(" ".join(nouns[-count:])))
    for folder in folders:
        yield frozenset(stems(folder))
