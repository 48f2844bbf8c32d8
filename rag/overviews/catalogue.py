"""The documents of an index by what a person calls them: title, file name, folder, day, number, kind."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from rag.overviews.forms import LANGUAGES, Language, language
from rag.store.corpus import DocumentInfo
from rag.text.words import stems

MOST_NOUN_WORDS = 3
"""Words that name a kind of document at most: written lecture notes."""

LEAST_NAMED = 0.6
"""Share of the words of a name, counted by how rare they are, that a document's title or path must have."""

_PIECE = re.compile(r"\d+|[^\W\d_]+")
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
        pairs = ((self.year, other.year), (self.month, other.month), (self.day, other.day))
        return all(mine is None or mine == its or (its is None and at == 0) for at, (mine, its) in enumerate(pairs))


@dataclass(frozen=True, slots=True)
class Entry:
    """A document, the stems and numbers that its title and path have, and the days that these name."""

    info: DocumentInfo
    words: frozenset[str]
    whens: tuple[When, ...]


class Catalogue:
    """Names of documents, and which of them a phrase means."""

    def __init__(self, documents: Sequence[DocumentInfo]) -> None:
        self.entries = [_entry(info) for info in documents]
        self._times: dict[str, int] = {}
        for entry in self.entries:
            for word in entry.words:
                self._times[word] = self._times.get(word, 0) + 1
        self._kinds: dict[frozenset[str], list[DocumentInfo]] = {}
        for info in documents:
            for kind in set(_kinds_of(info)):
                self._kinds.setdefault(kind, []).append(info)

    def named(self, phrase: str) -> list[DocumentInfo]:
        """The documents that a phrase means, those that fit equally well; none where it names none.

        A phrase without words of a name, such as "this document", means all.
        """
        wanted, when = name_words(phrase), when_of(phrase)
        if not wanted and not when:
            return [entry.info for entry in self.entries]
        entries = [entry for entry in self.entries if when and any(when.fits(own) for own in entry.whens)]
        if when and not entries:
            return []
        entries = entries or self.entries
        shares = [(self._share(wanted, entry.words), entry) for entry in entries]
        best = max((share for share, _ in shares), default=0.0)
        if when and best < LEAST_NAMED:
            # The meeting of 4 March: no title says "meeting".
            return [entry.info for entry in entries] if len(entries) < len(self.entries) else []
        if best < LEAST_NAMED:
            return []
        return [entry.info for share, entry in shares if share == best]

    def of_kind(self, noun: str) -> list[DocumentInfo]:
        """The documents of a kind: whose title or file name begins or ends with the noun, or that lie in its folder."""
        return self._kinds.get(frozenset(stems(noun)), [])

    def dated(self, when: When) -> list[DocumentInfo]:
        """The documents of a day, month or year, as their names have it, else as the file says."""
        found = []
        for entry in self.entries:
            own = entry.whens or tuple(filter(None, [_day_of(entry.info)]))
            if any(when.fits(other) for other in own):
                found.append(entry.info)
        return found

    def _share(self, wanted: frozenset[str], words: frozenset[str]) -> float:
        """The share of the wanted words that are there, each as much as it is rare among the documents."""
        weights = {word: 1 / (1 + self._times.get(word, 0)) ** 0.5 for word in wanted}
        # What numbers a document must be right.
        if any(word.isdigit() and word not in words for word in wanted):
            return 0.0
        held = {word for word in wanted if word in words or any(_is_form(word, other) for other in words)}
        return sum(weights[word] for word in held) / sum(weights.values()) if weights else 1.0


def name_words(phrase: str) -> frozenset[str]:
    """Stems of what names a document in a phrase, numbers as digits; no days, no words that name none."""
    without = phrase
    for pattern in (_ISO, _DOTTED, *(_written_day(language(name)) for name in LANGUAGES)):
        without = pattern.sub(" ", without)
    forms = [language(name) for name in LANGUAGES]
    found: set[str] = set()
    for piece in _PIECE.findall(without.casefold()):
        if any(piece in form.nameless for form in forms):
            continue
        number = next((form.numbers[piece] for form in forms if piece in form.numbers), None)
        found |= {str(number)} if number else _stemmed(piece)
    return frozenset(found)


def when_of(phrase: str) -> When | None:
    """The first day, month or year that a phrase names, None where it names none."""
    if found := _ISO.search(phrase):
        return When(int(found[1]), int(found[2]), int(found[3]) if found[3] else None)
    if found := _DOTTED.search(phrase):
        year = int(found[3])
        return When(year if year > 99 else 2000 + year, int(found[2]), int(found[1]))
    for name in LANGUAGES:
        forms = language(name)
        if found := _written_day(forms).search(phrase):
            parts = {name: int(said) for name, said in found.groupdict().items() if said and said.isdecimal()}
            month = forms.months[found["month"].casefold()]
            return When(parts.get("year"), month, parts.get("day", parts.get("after")))
    found = _YEAR.search(phrase)
    return When(int(found.group())) if found else None


def _written_day(forms: Language) -> re.Pattern[str]:
    month = "|".join(sorted(forms.months, key=len, reverse=True))
    return re.compile(
        rf"\b(?:(?P<day>\d{{1,2}})(?:st|nd|rd|th|\.)? (?:of )?)?(?P<month>{month})\b\.?"
        rf"(?: (?P<after>\d{{1,2}})(?:st|nd|rd|th)?\b(?!\d))?(?:,? (?P<year>\d{{4}}))?",
        re.IGNORECASE,
    )


def _entry(info: DocumentInfo) -> Entry:
    path = info.id.rpartition(".")[0] or info.id
    name = path.rpartition("/")[2]
    whens = tuple(dict.fromkeys(filter(None, [when_of(info.title), when_of(name.replace("_", " "))])))
    words: set[str] = set()
    for piece in _PIECE.findall(f"{info.title} {path} {info.type}".casefold()):
        words |= _stemmed(piece)
    return Entry(info, frozenset(words), whens)


def _stemmed(piece: str) -> set[str]:
    return {str(int(piece))} if piece.isdecimal() else stems(piece)


def _day_of(info: DocumentInfo) -> When | None:
    try:
        day = date.fromisoformat(info.date or "")
    except ValueError:
        return None
    return When(day.year, day.month, day.day)


def _kinds_of(info: DocumentInfo) -> Iterator[frozenset[str]]:
    """Stems of the first or last words of a document's title or file name, not of all, and of its folders' names."""
    *folders, file = info.id.split("/")
    for name in (info.title, file.rpartition(".")[0]):
        pieces = _PIECE.findall(name)
        words = [word for word in pieces if not word.isdecimal()]
        # stores.csv is no store; lecture_2.md is a lecture.
        longest = len(words) - (len(words) == len(pieces))
        for count in range(1, min(longest, MOST_NOUN_WORDS) + 1):
            yield frozenset(stems(" ".join(words[:count])))
            yield frozenset(stems(" ".join(words[-count:])))
    for folder in folders:
        yield frozenset(stems(folder))


def _is_form(one: str, other: str) -> bool:
    shorter = min(len(one), len(other))
    return shorter >= 4 and one[: max(4, shorter - 1)] == other[: max(4, shorter - 1)] and not one.isdigit()
