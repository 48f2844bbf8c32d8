"""Questions that a sentence answers, made from its own words by forms of English so narrow that little comes of them.

A question that is not made is missed by nobody, a clumsy one is seen by all: what is in doubt makes none.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from rag.overviews.statement_forms import DOER, FORMS, SHORT_FORM
from rag.text.words import is_function_word, stems

ABBREVIATION = "abbreviation"
"""The kind of what asks what letters stand for."""


class Statement(NamedTuple):
    """A sentence with what stands around it: the next one, the passage of both, the titles over them.

    Those are a line each, the document's first. It is `among_few` where there are so few documents that whoever asks
    knows which "the notice period" is meant.
    """

    text: str
    following: str
    passage: str
    titles: str
    among_few: bool


class MadeQuestion(NamedTuple):
    """A question, its kind, and what its short answer has all words of, "" where that may be anything."""

    text: str
    kind: str
    expected: str


_POINTS = frozenset(
    """above also average current fifth final first following former fourth last latter main mean median new next only
    original other overall past previous problem reason rest result same second third total typical whole""".split()  # noqa: SIM905
)
"""Words that point to something said around them: the second is, the average is one of many."""

_OF_ANY = frozenset(["how long", "how much", "how many", "what does"])
"""What may be asked of "a repair", which is any."""

_OF_MEASURES = frozenset(["when", "how long", "how much", "figure"])
"""What may be asked of "the notice period" where there are few documents."""


def questions_from(said: Statement) -> Iterator[MadeQuestion]:
    """The questions that an English sentence answers."""
    yield from _abbreviations(said.text)
    if found := DOER.match(said.text):
        yield MadeQuestion(f"Who {found['deed']}?", "who", found["name"])
    for form in FORMS:
        found = form.pattern.match(said.text)
        if found and _stands_alone(found, form.kind, said):
            subject = found["subject"]
            is_common = re.search(rf"\b{re.escape(subject.lower())}\b", said.passage)
            if is_common or subject.startswith(("The ", "A ", "An ")):
                subject = subject[0].lower() + subject[1:]
            yield MadeQuestion(f"{form.question(found).format(subject)}?", form.kind, found["expected"])


def _stands_alone(found: re.Match[str], kind: str, said: Statement) -> bool:
    """Whether the subject says to somebody who has not read the passage what is meant."""
    subject = found["subject"]
    first, *others = subject.split()
    is_common = found["common"] is not None or found["any"] is not None
    # The last word of a name is never one of them.
    if _POINTS & {first.lower(), *(others if is_common else others[:-1])} or subject.endswith("ly"):
        return False
    # "The Red line was" opened.
    if others and is_function_word(others[-1]):
        return False
    if found["any"]:
        return kind in _OF_ANY
    if found["common"]:
        is_named_above = stems(subject) <= stems(said.titles) and kind != "what"
        return is_named_above or (said.among_few and len(others) > 1 and kind in _OF_MEASURES)
    if first == "The":
        is_name = len(others) > 1 or others[0] in said.titles.split()
    else:
        is_name = not is_function_word(first) and _is_name(first, said)
    return is_name and (kind not in ("what", "figure", "aim") or _is_thing(subject, kind, said))


def _is_name(word: str, said: Statement) -> bool:
    """Whether a sentence begins with a capital for more than being its first word."""
    own = re.escape(re.sub(r"['’]s?$", "", word))
    if not word[1:].islower() or re.search(rf"\b{own}\b", said.titles):
        return True
    return re.search(rf"[a-z,;] {own}\b", said.passage) is not None and not re.search(
        rf"\b{own.lower()}\b", said.passage
    )


def _is_thing(subject: str, kind: str, said: Statement) -> bool:
    """Whether it is asked what a name is: of a person it would be who, of most names where or how large."""
    if kind != "what":
        return " of " in subject or re.search(r"['’]s? ", subject) is not None
    if (
        subject.rsplit(maxsplit=1)[-1].islower()
        or re.match(r"(?:He|She|His|Her)\b", said.following)
        or re.search(r"\(born|\bwho\b", said.text[:120])
    ):
        return False
    if " " not in subject:
        return subject == said.titles.partition("\n")[0]
    return (
        re.match(r"(?:It|Its)\b", said.following) is not None
        or any(character.isdigit() for character in subject)
        or (subject.startswith("The ") and " " in subject[4:])
    )


def _abbreviations(sentence: str) -> Iterator[MadeQuestion]:
    """What short forms stand for that stand in brackets behind words that begin with their letters."""
    for found in SHORT_FORM.finditer(sentence):
        letters = found["letters"]
        words = re.findall(r"\w+", sentence[: found.start()])[-len(letters) :]
        if "".join(word[0].upper() for word in words) == letters and not is_function_word(words[0]):
            yield MadeQuestion(f"What does {letters} stand for?", ABBREVIATION, " ".join(words))
