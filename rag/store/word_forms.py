"""The forms of words in the full-text index: in small letters, without accents, as stems of a language."""

from collections.abc import Sequence
from functools import cache

import tantivy

from rag.text.languages import ENGLISH, STEMMERS, WITH_STOP_WORDS
from rag.text.words import broken

LONGEST_WORD = 40


def forms_of(text: str, language: str) -> list[str]:
    """The words of a passage in their order, as they are looked up."""
    return list(_analyzer(language, asks=False).analyze(broken(text, singly=True)))


def asked_forms(words: Sequence[str], languages: Sequence[str]) -> list[str]:
    """What words that are asked for are looked up as, among passages in `languages`, without their stop words."""
    text = broken(" ".join(words))
    found = [form for language in languages for form in _analyzer(language, asks=True).analyze(text)]
    return list(dict.fromkeys(found or [form for language in languages for form in forms_of(text, language)]))


@cache
def _analyzer(language: str, asks: bool) -> tantivy.TextAnalyzer:
    builder = (
        tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
        .filter(tantivy.Filter.remove_long(LONGEST_WORD))
        .filter(tantivy.Filter.lowercase())
    )
    stemmer = STEMMERS.get(language)
    # English ones are gone from what is asked, with those of questions.
    if asks and stemmer and language in WITH_STOP_WORDS - {ENGLISH}:
        builder = builder.filter(tantivy.Filter.stopword(stemmer))
    # Other languages have accents in their endings; in English words they are a matter of taste.
    if language == ENGLISH or not stemmer:
        builder = builder.filter(tantivy.Filter.ascii_fold())
    if stemmer:
        builder = builder.filter(tantivy.Filter.stemmer(stemmer)).filter(tantivy.Filter.ascii_fold())
    return builder.build()
