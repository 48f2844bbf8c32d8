"""What a question asks of whole documents, told by its form; whether there is what it names is looked for elsewhere."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from rag.overviews.catalogue import MOST_NOUN_WORDS, when_of
from rag.overviews.forms import LANGUAGES, Language, language, normal
from rag.text.sentences import sentence_spans


@dataclass(frozen=True, slots=True)
class SummaryRequest:
    """Sum up what `target` names: documents, a section, a day's meeting, "" for all.

    In `count` sentences, in as many as it takes where that is 0. What is no document `is_of_document` asks nothing of.
    """

    target: str
    count: int = 0
    is_of_document: bool = False


@dataclass(frozen=True, slots=True)
class ComparisonRequest:
    """Compare what two names stand for, or one for both and "", in what `aspect` says, "" for all."""

    sides: tuple[str, str]
    aspect: str


@dataclass(frozen=True, slots=True)
class ListRequest:
    """All that `what` names, with what `which` says of it: action items, for Ms Brandt; or of all there are.

    `counts` asks how many they are.
    """

    what: str
    which: str
    is_of_every: bool = False
    counts: bool = False


@dataclass(frozen=True, slots=True)
class DocumentsRequest:
    """The documents that `noun` names, "" for all, of these file types, any for none, that fit all that is said.

    `counts` asks how many they are. `about` is a topic, `mentions` words that stand in them, `by` an author, `when` a
    day, month or year, `before`, `after` and `since` others; `most` what one of them is: newest, changed last, ….
    """

    noun: str
    types: frozenset[str] = frozenset()
    counts: bool = False
    about: str = ""
    mentions: str = ""
    by: str = ""
    when: str = ""
    before: str = ""
    after: str = ""
    since: str = ""
    most: str = ""


@dataclass(frozen=True, slots=True)
class AttributeRequest:
    """What the index knows of the document that `target` names: author, pages, date, changed or sections."""

    attribute: str
    target: str


Request = SummaryRequest | ComparisonRequest | ListRequest | DocumentsRequest | AttributeRequest


MOST_WORDS = 50
"""Of a question that may have such a form."""

_FILE = re.compile(r"\w\.[a-z]\w{1,4}\b")


def requests_of(question: str) -> Iterator[tuple[Request, bool]]:
    """What a question may ask of whole documents, the likeliest first; nothing where it has no such form.

    With each, whether that is sure: "How long is the notice?" may ask what the documents say, or for notice.md.
    """
    sentences = [question[slice(*span)] for span in sentence_spans(question)]
    for said in dict.fromkeys(said for said in sentences if len(said.split()) <= MOST_WORDS):
        for name in LANGUAGES:
            forms = language(name)
            ways = _without_courtesies(normal(said), forms)
            for form in forms.forms:
                if found := next(filter(None, map(form.pattern.fullmatch, ways)), None):
                    slots = {key: value.strip() for key, value in found.groupdict().items() if value}
                    names_file = _FILE.search(slots.get("target", "")) is not None
                    if form.kind != "documents" or _may_be_noun(slots.get("noun", ""), forms):
                        yield _request(form.kind, slots | dict(form.says), forms), form.is_sure or names_file


def _may_be_noun(said: str, forms: Language) -> bool:
    """Whether words may name a kind of document, or any: not "is the population" in "What is the population?"."""
    words = said.casefold().split()
    ends = forms.roles["opening"] & {*words[:1], *words[-1:]}
    return len(words) <= MOST_NOUN_WORDS and not ends and not forms.roles["restricting"] & set(words)


def _without_courtesies(asked: str, forms: Language) -> list[str]:
    """The question without what is only polite: first all of that, then less of it, which may say what is wanted."""
    begin = forms.courtesies.match(asked)
    rest = asked[begin.end() :] if begin else asked
    ways = [rest or asked]
    while end := forms.endings.search(rest):
        rest = rest[: end.start()]
        ways.append(rest)
    return ways[::-1]


def _request(kind: str, said: dict[str, Any], forms: Language) -> Request:
    if kind == "summary":
        count = str(said.get("count", "0")).casefold()
        number = int(count) if count.isdecimal() else forms.numbers.get(count, 0)
        return SummaryRequest(said.get("target", ""), number, "is_of_document" in said)
    if kind == "comparison":
        sides = (said["a"], said["b"]) if "a" in said else (said["both"], "")
        return ComparisonRequest(sides, said.get("aspect", ""))
    if kind == "attribute":
        return AttributeRequest(said["attribute"], said.get("target", ""))
    if kind == "list":
        words = said["what"].split()
        first = next(
            (at for at, word in enumerate(words) if at and word.lower() in forms.roles["restricting"]), len(words)
        )
        which = [*words[first:], *said.get("which", "").split()]
        is_of_every = any(word.lower() in forms.roles["every"] for word in which[1:2])
        return ListRequest(" ".join(words[:first]), " ".join(which), is_of_every, said["counts"])
    noun = str(said.pop("noun", ""))
    types = frozenset[str]().union(*(forms.formats.get(word, frozenset()) for word in noun.lower().split()))
    kind = "".join(f"{word} " for word in noun.split() if word.casefold() not in forms.formats)
    is_any = not kind or forms.documents.fullmatch(kind) is not None
    return _further(DocumentsRequest("" if is_any else noun, types, **said), forms)


def documents_request(phrase: str) -> DocumentsRequest | None:
    """The documents that a phrase describes: the documents by Ann from 2023; None where it has no such form."""
    asked = (request for request, _ in requests_of(f"list {phrase}") if isinstance(request, DocumentsRequest))
    return next((request for request in asked if not request.noun), None)


def _further(request: DocumentsRequest, forms: Language) -> DocumentsRequest:
    """A request with the condition that another one ends in: by Ann about the roof, about the roof in 2023."""
    for slot in ("about", "mentions", "by"):
        for tail in forms.tails:
            found = tail.fullmatch(f"{getattr(request, slot)} ")
            added = {name: said.strip() for name, said in found.groupdict().items() if said} if found else {}
            before = added.pop("first", "")
            new = {name: said for name, said in added.items() if not getattr(request, name)}
            days = [new[name] for name in ("when", "before", "after", "since") if name in new]
            if before and new and all(map(when_of, days)):
                return _further(replace(request, **{slot: before} | new), forms)  # type: ignore[arg-type]
    return request
