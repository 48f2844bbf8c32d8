"""The texts of the window, one file a language, each said in the language of whoever is answered.

Gradio's own gr.I18n was tried: it follows the browser alone, which no setting changes, and leaves out the names of
tabs, the choices of menus and the buttons inside a box. So the server chooses, for all texts alike.
"""

import json
import re
import tomllib
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote, unquote

from gradio.context import Context, LocalContext
from markupsafe import escape
from starlette.requests import HTTPConnection

from rag.answer import NOT_IN_DOCUMENTS

LANGUAGES = {"en": "English", "de": "Deutsch"}
"""The languages, as their speakers call them. The first is spoken to those who understand none of them."""

COOKIE = "footnote_language"
"""What a person chose, before what the browser asks for."""

_DEFAULT = next(iter(LANGUAGES))
_TEXTS: dict[str, dict[str, dict[str, str]]] = {
    language: tomllib.loads((Path(__file__).parent / f"{language}.toml").read_text(encoding="utf-8"))
    for language in LANGUAGES
}
# Of characters that no text of ours holds, and that mean nothing in HTML and JSON; its values are so written, too.
_LATER = re.compile(r"⟦(\w+)\.(\w+)\?([\w%.~-]*)⟧")


def text(key: str, **values: object) -> str:
    """The text under a key such as `chat.ask`, with `values` for what stands in braces. Raises KeyError.

    The page is built once, for all: there it is a mark that `said_in` resolves for each visitor. In a thread that a
    handler starts, the language is the visitor's where it runs in the handler's context.
    """
    if Context.root_block is not None:
        return f"⟦{key}?{quote(json.dumps(values, default=str), safe='')}⟧"
    return _said(key, _spoken(), **values)


def translation(key: str, otherwise: str, **values: object) -> str:
    """The text under `key` in a language that has it; in one that it is written in anyway, that."""
    section, _, name = key.partition(".")
    language = _spoken()
    return _said(key, language, **values) if name in _TEXTS[language].get(section, {}) else otherwise


def shown_answer(answer: str) -> str:
    """An answer as it is shown: the sentence that refuses is the window's own; all else is as it was written."""
    return text("app.not_in_documents") if answer == NOT_IN_DOCUMENTS else answer


def said_in(language: str, page: str, quoted: Callable[[str], str]) -> str:
    """What was built with `text`, its marks resolved; `quoted` gives a text as it may stand there, values escaped."""

    def said(mark: re.Match[str]) -> str:
        section, name, values = mark.groups()
        # A mark that is not ours came from a person, who is shown it as it is.
        if name not in _TEXTS[_DEFAULT].get(section, {}):
            return mark[0]
        escaped = {key: escape(value) for key, value in json.loads(unquote(values)).items()}
        return quoted(_said(f"{section}.{name}", language, **escaped))

    return _LATER.sub(said, page)


def language_of(request: HTTPConnection) -> str:
    """Which of LANGUAGES whoever asks is answered in."""
    chosen = request.cookies.get(COOKIE, "")
    return chosen if chosen in LANGUAGES else _wanted(request.headers.get("accept-language", ""))


def _spoken() -> str:
    """The language of whoever is answered now."""
    request = LocalContext.request.get(None)
    return language_of(request.request) if request and request.request else _DEFAULT


def _said(key: str, language: str, **values: object) -> str:
    section, _, name = key.partition(".")
    return _TEXTS[language][section][name].format(**values)


@lru_cache(256)
def _wanted(accepted: str) -> str:
    """The most wanted of our languages among those that an Accept-Language names (RFC 9110, 12.5.4)."""
    found = []
    for item in accepted.split(","):
        tag, _, quality = item.partition(";")
        language = tag.strip().lower().split("-")[0]
        weight = re.fullmatch(r"\s*q=([01](?:\.\d{0,3})?)\s*", quality)
        if language in LANGUAGES and (wanted := float(weight[1]) if weight else 1.0):
            found.append((language, wanted))
    # Of those wanted alike, the one named first.
    return max(found, key=lambda one: one[1], default=(_DEFAULT, 0.0))[0]
