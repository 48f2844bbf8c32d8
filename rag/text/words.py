"""The words of a question or passage that carry meaning, for lexical search and overlap."""

import re
import unicodedata
from functools import lru_cache

import snowballstemmer

_WORD = re.compile(r"\w+")

_STOP_WORDS = frozenset(
    """a about after again all also am an and any are as at be because been before being between both but by can could
    did do does doing done down during each for from further had has have having he her here him his how i if in into is
    it its just me more most my no nor not now of off on once only or other our out over own s same say said says she
    should so some such t tell than that the their them then there these they this those through to too under until up
    very was we were what when where which while who whom whose why will with would you your""".split()  # noqa: SIM905
)


def content_words(text: str) -> list[str]:
    """Words of `text` in lower case, without English function words; all its words where nothing else is left."""
    words = _WORD.findall(text.lower())
    return [word for word in words if word not in _STOP_WORDS] or words


def stems(text: str) -> set[str]:
    """The content words of `text`, by English stems (Porter 2001)."""
    return {_stem(word) for word in content_words(text)}


def share_of_words(asked: set[str], text: str) -> float:
    """The share, 0 to 1, of the stems that `text` has; 0 of none."""
    return len(asked & stems(text)) / len(asked) if asked else 0.0


@lru_cache(100_000)
def _stem(word: str) -> str:
    # A stemmer holds the word at hand, so threads must not share one.
    stem: str = snowballstemmer.stemmer("english").stemWord(word)
    return stem


def is_utf8(text: str) -> bool:
    """Whether `text` can be written as UTF-8: not where it holds a lone surrogate, as bytes that are no text become."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def scripts(text: str) -> set[str]:
    """Names of the scripts that the letters of `text` belong to, as Unicode names letters: LATIN, CYRILLIC, …"""
    return {unicodedata.name(letter, "UNKNOWN").split()[0] for letter in set(text) if letter.isalpha()}
