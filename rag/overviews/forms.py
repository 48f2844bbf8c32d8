"""Forms of questions, as forms/*.toml has them, one file a language: compiled, and matched against a question."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

LANGUAGES = ("en", "de")
SUPERLATIVES = ("newest", "oldest", "longest", "shortest", "changed")

_PIECE = re.compile(r"[\[\]()|]|\{\w+\}|<\w+>|[^\s\[\]()|{}<>]+")
_FURTHER = ("by", "when", "before", "after", "since", "mentions", "about")
"""Conditions that may stand behind another one."""

_UNSURE = "? "
_EDGES = ' ,;:?!."“”„«»'
_BRACKETS = {"(": "(?:", ")": ")", "|": "|"}


@dataclass(frozen=True, slots=True)
class Form:
    """A pattern for a question's words, with the kind of request that it is and what else it says of it.

    One that is not sure may ask, too, what the documents say of something.
    """

    pattern: re.Pattern[str]
    kind: str
    is_sure: bool
    says: Mapping[str, Any]


def normal(question: str) -> str:
    """The words of a question with a space behind each, which forms are matched against."""
    words = [word.strip(_EDGES).replace("’", "'") for word in question.split()]
    return "".join(f"{word} " for word in words if word)


def compiled(form: str, words: Mapping[str, str] = {}) -> str:
    """A form as a regular expression over `normal` text."""
    parts: list[str] = []
    closing: list[str] = []
    pieces = _PIECE.findall(form)
    for piece, following in zip(pieces, [*pieces[1:], ""], strict=True):
        if piece in _BRACKETS:
            parts.append(_BRACKETS[piece])
        elif piece == "[":
            parts.append("(?:")
            # What is named takes no word that what follows it has a meaning for.
            closing.append(")??" if following.startswith("{") else ")?")
        elif piece == "]":
            parts.append(closing.pop())
        elif piece.startswith("{"):
            parts.append(rf"(?P<{piece[1:-1]}>(?:\S+ )+?)")
        elif piece.startswith("<"):
            parts.append(f"(?:{compiled(words[piece[1:-1]], words)})")
        else:
            parts.append(re.escape(piece) + " ")
    return "".join(parts)


@dataclass(frozen=True, slots=True)
class Language:
    """What a language has: forms, those that win first; what is only polite at either end of a question.

    `tails` match a condition with another one behind it, `documents` what any document may be called. `formats` are the
    file types that a word means, `months` and `numbers` are by word, from 1. `roles` are words by what they do: those
    that are nameless name no document, deictic ones point to the one at hand, restricting ones begin what is said of a
    noun, others tell where one question ends and the next begins.
    """

    forms: Sequence[Form]
    courtesies: re.Pattern[str]
    endings: re.Pattern[str]
    tails: Sequence[re.Pattern[str]]
    documents: re.Pattern[str]
    formats: Mapping[str, frozenset[str]]
    months: Mapping[str, int]
    numbers: Mapping[str, int]
    roles: Mapping[str, frozenset[str]]


@cache
def language(name: str) -> Language:
    """The forms of a language, of LANGUAGES."""
    said = tomllib.loads(files("rag.overviews").joinpath(f"forms/{name}.toml").read_text(encoding="utf-8"))
    words: dict[str, str] = said["words"]
    forms: list[Form] = []

    def add(kind: str, form: str, **says: Any) -> None:
        forms.append(Form(_pattern(form.removeprefix(_UNSURE), words), kind, not form.startswith(_UNSURE), says))

    documents = said["documents"]
    for form in (*documents["all"], *documents["mentioned"]):
        add("documents", form)
    for kind in ("comparison", "summary"):
        for form in said[kind]["forms"]:
            add(kind, form)
    for form in said["summary"]["of_documents"]:
        add("summary", form, is_of_document=True)
    for attribute, of_attribute in said["attribute"].items():
        for form in of_attribute:
            add("attribute", form, attribute=attribute)
    for most in SUPERLATIVES:
        for form in documents["superlatives"]["forms"]:
            add("documents", form.replace("<most>", f"<{most}>"), most=most)
    for counts, heads in ((True, documents["counting"]), (False, documents["naming"])):
        for tail, tails in documents["tails"].items():
            for form in tails:
                says = {"most": tail} if tail in SUPERLATIVES else {}
                add("documents", f"({'|'.join(heads)}) {{noun}} {form}", counts=counts, **says)
    for form in (*said["list"]["forms"], *said["list"]["counting"]):
        add("list", form, counts=form in said["list"]["counting"])
    return Language(
        forms,
        _pattern(f"({'|'.join(said['courtesies'])})", words, "+"),
        _pattern(f"({'|'.join(said['endings'])})", words, r"\Z", r"(?<=\s)"),
        [_pattern(f"{{first}} {form}", words) for tail in _FURTHER for form in documents["tails"][tail]],
        _pattern("<document>", words),
        _types(said["formats"]),
        _numbered(said["months"]),
        _numbered(said["numbers"]),
        {role: frozenset(of_role) for role, of_role in said["roles"].items()},
    )


@cache
def words_of_role(role: str) -> frozenset[str]:
    """The words that have a role in any of LANGUAGES."""
    return frozenset[str]().union(*(language(name).roles[role] for name in LANGUAGES))


def split_at(said: str, role: str) -> list[str]:
    """What stands between the words of a role: A and B."""
    parts: list[list[str]] = [[]]
    for word in said.split():
        if word.casefold() in words_of_role(role):
            parts.append([])
        else:
            parts[-1].append(word)
    return [" ".join(words) for words in parts if words]


def _numbered(words: Sequence[str]) -> dict[str, int]:
    return {word: number for number, of_number in enumerate(words, 1) for word in of_number.split()}


def _types(formats: Mapping[str, str]) -> dict[str, frozenset[str]]:
    words = {word for called in formats.values() for word in called.split()}
    return {word: frozenset(name for name, called in formats.items() if word in called.split()) for word in words}


def _pattern(form: str, words: Mapping[str, str], behind: str = "", before: str = "") -> re.Pattern[str]:
    return re.compile(before + compiled(form, words) + behind, re.IGNORECASE)
