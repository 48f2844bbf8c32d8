"""The words of a question or passage that carry meaning, for lexical search and overlap."""

import re
import unicodedata
from functools import cache, lru_cache
from typing import TYPE_CHECKING

import snowballstemmer

from rag.text.languages import ENGLISH, STEMMERS, WITH_STOP_WORDS

if TYPE_CHECKING:
    import tantivy

# Vowels and tones of Indic scripts, Thai and their like are marks, which Python counts to no word.
_MARKS = (
    r"\u0300-\u036f\u0591-\u05bd\u064b-\u065f\u0900-\u0963\u0966-\u0dff\u0e31-\u0e4e\u0eb1-\u0ecd\u1000-\u109f"
    r"\u1780-\u17d3"
)
_WORD = re.compile(rf"[\w{_MARKS}]+")

# Scripts that put no space between words, and Hangul, which puts particles at their ends.
_UNSPACED = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\U00020000-\U0003ffff]+"
)

_STOP_WORDS = frozenset(
    """a about after again all also am an and any are as at be because been before being between both but by can could
    did do does doing done down during each for from further had has have having he her here him his how i if in into is
    it its just me more most my no nor not now of off on once only or other our out over own s same say said says she
    should so some such t tell than that the their them then there these they this those through to too under until up
    very was we were what when where which while who whom whose why will with would you your""".split()  # noqa: SIM905
)


def words_of(text: str) -> list[str]:
    """Words of `text` as they are written; a run of characters without space, as in Chinese, is one."""
    return _WORD.findall(text)


def content_words(text: str) -> list[str]:
    """Words of `text` in lower case, without English function words; all its words where nothing else is left."""
    words = words_of(text.lower())
    return [word for word in words if word not in _STOP_WORDS] or words


def is_function_word(word: str) -> bool:
    """Whether a word says nothing by itself in English: `the`, `is`, `who`."""
    return word.lower() in _STOP_WORDS


def broken(text: str, singly: bool = False) -> str:
    """`text` in composed characters, its words apart by space: where a script has none, each two neighbours are one.

    With `singly` each character is a word too, so that one alone is found.
    """

    def words(run: re.Match[str]) -> str:
        characters = run.group()
        pairs = [characters[i : i + 2] for i in range(len(characters) - 1)]
        return f" {' '.join([*(characters if singly or not pairs else ()), *pairs])} "

    return _UNSPACED.sub(words, unicodedata.normalize("NFKC", text))


def stems(text: str, language: str = ENGLISH) -> set[str]:
    """The content words of `text`, by the stems of a language (Snowball; Porter 2001); of others as they are."""
    stemmer = STEMMERS.get(language, "")
    words = _without_stop_words(content_words(text), language)
    return {_stem(part, stemmer) for word in words for part in broken(word).split()}


def share_of_words(asked: set[str], text: str, language: str = ENGLISH) -> float:
    """The share, 0 to 1, of the stems that `text` has; 0 of none."""
    return len(asked & stems(text, language)) / len(asked) if asked else 0.0


def _without_stop_words(words: list[str], language: str) -> list[str]:
    if language == ENGLISH or language not in WITH_STOP_WORDS:
        return words
    return _stop_words(language).analyze(" ".join(words)) or words


@cache
def _stop_words(language: str) -> "tantivy.TextAnalyzer":
    import tantivy

    tokenizer = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace())
    return tokenizer.filter(tantivy.Filter.stopword(STEMMERS[language])).build()


@lru_cache(100_000)
def _stem(word: str, stemmer: str) -> str:
    # A stemmer holds the word at hand, so threads must not share one.
    stem: str = snowballstemmer.stemmer(stemmer).stemWord(word) if stemmer else word
    return stem


def is_utf8(text: str) -> bool:
    """Whether `text` can be written as UTF-8: not where it holds a lone surrogate, as bytes that are no text become."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def scripts(text: str) -> set[str]:
    """Names of the scripts that the letters of `text` belong to, as Unicode names letters: LATIN, CYRILLIC, …"""
    return {unicodedata.name(letter, "UNKNOWN").split()[0] for letter in set(text) if letter.isalpha()}
