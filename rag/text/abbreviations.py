"""Full stops that end no sentence: abbreviations, initials and ordinals, by language."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from rag.text.languages import ENGLISH

_DATA = Path(__file__).with_name("abbreviations.toml")

_OPENING = re.compile(r"[(\[{\"'«»„“”‚‘’/|]")
_WORD = re.compile(r"\w+(?:-\w+)*")
_NUMBER = re.compile(r"(?:.*[-–])?\d{1,3}\Z")
_ORDINAL = re.compile(r"\d{1,3}\.\Z")
_HOUR = re.compile(r"[ap]\.?m\Z", re.IGNORECASE)
_INITIAL = re.compile(r"(?:.*[-.])?[A-ZÀ-ÖØ-Þ]\Z")
_SPACED = re.compile(r"[a-z]\Z")
_SPACED_NEXT = re.compile(r"[A-Za-z]{1,3}\.")
_SHORTENED = re.compile(r"[A-Z][a-z]{1,3}\Z")
_ITEM = re.compile(r"\w\)")
_WORDS_BEFORE = 4
"""How many words before a full stop tell what it is: `am 1. und 2.`"""


@dataclass(frozen=True, slots=True)
class _Stops:
    """What abbreviations.toml says of a language; `before_ordinal` is None where it writes no ordinals with a stop."""

    abbreviations: frozenset[str]
    before_number: frozenset[str]
    endings: tuple[str, ...]
    before_ordinal: frozenset[str] | None
    days: frozenset[str]
    ends: re.Pattern[str] | None


def goes_on(language: str, before: str, after: str) -> bool:
    """Whether a sentence of `language` goes on behind a full stop that stands between `before` and `after`.

    `before` has no such stop at its end any more; of both a line suffices.
    """
    rest = after.lstrip()
    words = before.rsplit(maxsplit=_WORDS_BEFORE)
    if not words or not rest:
        return False
    token = _OPENING.split(words[-1])[-1]
    stops = _stops().get(language)
    if stops and _goes_on_by_list(token, words[:-1], rest, stops):
        return True
    if language == ENGLISH:
        # sentencex is at its best in English, and people write it without capitals: only `Max. temp` is sure.
        return rest[0].islower() and bool(_SHORTENED.match(token))
    # A small letter of any script, and what is joined (n.º, c.-à-d.).
    if rest[0].islower() or after[0] in "ªº°-":
        return _ITEM.match(rest) is None
    is_unit = bool(words[-2:-1]) and words[-2][-1:].isdigit()
    return bool((_INITIAL.match(token) and not is_unit) or (_SPACED.match(token) and _SPACED_NEXT.match(rest)))


def _goes_on_by_list(token: str, words: list[str], rest: str, stops: _Stops) -> bool:
    """Whether abbreviations.toml says that a sentence goes on between `words` and `token`, and `rest`."""
    if _is_abbreviation(token, stops) or (rest[0].isdigit() and token in stops.before_number):
        return True
    is_number = stops.before_ordinal is not None and bool(_NUMBER.match(token))
    if is_number and _is_ordinal(words, stops):
        return True
    if not is_number and not _is_hour(token, words):
        return False
    following = _WORD.match(rest)
    return following is not None and not stops.days.isdisjoint((following.group(), following.group().lower()))


def ends_unseen(language: str, text: str) -> Iterator[int]:
    """Where sentences of `text` end that sentencex does not see, for it takes their last words for abbreviations."""
    stops = _stops().get(language)
    if stops and stops.ends:
        for found in stops.ends.finditer(text):
            if text[found.end() : found.end() + 80].lstrip()[:1].isupper():
                yield found.end()


def _is_abbreviation(token: str, stops: _Stops) -> bool:
    for part in (token, token.rpartition("-")[2]) if "-" in token else (token,):
        if part in stops.abbreviations or part.lower() in stops.abbreviations:
            return True
    return token.endswith(stops.endings) and any(
        len(token) > len(ending) + 2 and token.endswith(ending) for ending in stops.endings
    )


def _is_hour(token: str, words: list[str]) -> bool:
    """Whether an hour ends with `token`, or with it and the last of `words`: 9 p.m, 9 p. m."""
    return token[-1:] in ("m", "M", "") and bool(_HOUR.search(token) or (words and _HOUR.search(f"{words[-1]}{token}")))


def _is_ordinal(words: list[str], stops: _Stops) -> bool:
    """Whether a number behind `words` is an ordinal: `am 3.`, `der 1. und 2.`."""
    if len(words) > 1 and words[-1].isalpha() and _ORDINAL.match(words[-2]):
        words = words[:-2]
    return bool(words and stops.before_ordinal) and words[-1].rstrip(".").lower() in (stops.before_ordinal or ())


def _any_of(words: list[str]) -> re.Pattern[str]:
    # Full stops are soon found, and what stands before them is looked at there only.
    behind = "|".join(rf"(?<=\b{word}\.)" for word in words)
    return re.compile(rf"\.(?=\s)(?:{behind})")


@cache
def _stops() -> dict[str, _Stops]:
    with _DATA.open("rb") as file:
        data = tomllib.load(file)
    return {
        language: _Stops(
            frozenset(of["abbreviations"].split()),
            frozenset(of["before_number"].split()),
            tuple(of.get("endings", "").split()),
            frozenset(of["before_ordinal"].split()) if "before_ordinal" in of else None,
            frozenset(of["days"].split()),
            _any_of(of["ends"].split()) if "ends" in of else None,
        )
        for language, of in data.items()
    }
