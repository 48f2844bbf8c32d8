"""Which documents meet what is said of them: their kind, format, day, author, topic, words."""

from collections.abc import Callable, Sequence
from typing import Any

from rag.answering.citations import Quote
from rag.overviews.catalogue import days_of, name_words, plain_words, when_of
from rag.overviews.forms import split_at
from rag.overviews.overview import counted
from rag.overviews.requests import DocumentsRequest
from rag.overviews.sources import MOST_SEARCHED, Sources
from rag.store.document_info import DocumentInfo
from rag.text.words import stems

LEAST_ABOUT = 0.45
"""Cosine of a topic and a passage from which on a document has something about it that does not name it."""

UNDATED = "{count} more say not of which day they are."
SOME_SEARCHED = "Looked for in the {count} documents that have most of these words."
SOME_AUTHORS = "Only {named} of {every} files say who wrote them."

Near = Callable[[str], Sequence[tuple[str, float, Quote]]]
"""The documents that come nearest to a topic, best first: id, cosine, and what of it is nearest."""

Quotes = dict[str, Quote]
"""By document the place that shows why it was chosen."""


def matching_documents(
    request: DocumentsRequest, sources: Sources, near: Near
) -> tuple[list[DocumentInfo], Quotes, list[str]] | None:
    """The documents that are asked for, why, and what is to be said of them; None where no kind of them is named."""
    catalogue = sources.catalogue
    documents = catalogue.documents
    notes: list[str] = []
    if request.noun:
        documents = catalogue.of_kind(request.noun)
        if not documents:
            return None
    if request.types:
        documents = [info for info in documents if info.type in request.types]
    of_days = _of_days(request, documents, sources)
    if of_days is None:
        return None
    documents = of_days
    if request.by:
        named = [info for info in catalogue.documents if info.author]
        notes += [SOME_AUTHORS.format(named=len(named), every=len(catalogue.documents))]
        someone = [stems(who) for way in split_at(request.by, "choosing") for who in split_at(way, "joining")]
        documents = [info for info in documents if info.author and any(who <= stems(info.author) for who in someone)]
    quotes: Quotes = {}
    if request.mentions:
        quotes = _mentioning(request.mentions, documents, sources)
    elif request.about:
        quotes = _about(request.about, documents, sources, near)
    if request.mentions or request.about:
        if len(documents) > MOST_SEARCHED:
            notes += [SOME_SEARCHED.format(count=MOST_SEARCHED)]
        by_id = {info.id: info for info in documents}
        documents = [by_id[document] for document in quotes]
    if request.most:
        documents, more = _most(request.most, documents, sources)
        notes += more
    return documents, quotes, notes


def _of_days(request: DocumentsRequest, documents: list[DocumentInfo], sources: Sources) -> list[DocumentInfo] | None:
    """The documents of a day, month or year, before or after one; None where what is said is more than that."""
    if request.when:
        when = when_of(request.when)
        # The summer of 2024 is more than a year, and less.
        if when is None or name_words(request.when):
            return None
        dated = {info.id for info in sources.catalogue.dated(when)}
        documents = [info for info in documents if info.id in dated]
    for relation in ("before", "after", "since"):
        if said := getattr(request, relation):
            other = _first_letters(said)
            if not other:
                return None
            days = {info.id: day for info in documents if (day := _day(info, sources))}
            documents = [info for info in documents if info.id in days and _holds(relation, days[info.id], other)]
    return documents


def _most(most: str, documents: Sequence[DocumentInfo], sources: Sources) -> tuple[list[DocumentInfo], list[str]]:
    """The newest, oldest, longest, shortest or last changed documents, those that are so alike; what to say of it."""
    values: dict[str, Any] = {info.id: info.characters for info in documents}
    notes: list[str] = []
    if most == "changed":
        values = {info.id: info.modified or "" for info in documents}
    elif most in ("newest", "oldest"):
        values = {info.id: day for info in documents if (day := _day(info, sources))}
        undated = [info for info in documents if info.id not in values]
        # Files that were all changed on one day were copied then.
        if len(undated) == 1 or len({info.modified for info in undated}) > 1 or not values:
            values |= {info.id: info.modified or "" for info in undated}
        elif undated:
            notes = [UNDATED.format(count=counted(len(undated), "document"))]
    best = (min if most in ("oldest", "shortest") else max)(values.values(), default="")
    return [info for info in documents if info.id in values and values[info.id] == best], notes


def _first_letters(said: str) -> str:
    """A day, month or year as days in ISO 8601 begin; "" where more is said, or no year."""
    when = when_of(said)
    if when is None or not when.year or name_words(said):
        return ""
    parts = [f"{when.year:04}", *(f"{part:02}" for part in (when.month, when.day) if part)]
    return "-".join(parts)


def _holds(relation: str, day: str, other: str) -> bool:
    begins = day[: len(other)]
    return begins < other if relation == "before" else begins > other if relation == "after" else begins >= other


def _day(info: DocumentInfo, sources: Sources) -> str:
    """The day of a document that can be compared, ISO 8601: that of its name, else its own; "" where it has none."""
    whens = [when for when in days_of(sources.catalogue.entry(info)) if when.year]
    return f"{whens[0].year:04}-{whens[0].month or 1:02}-{whens[0].day or 1:02}" if whens else info.own_date or ""


def _mentioning(said: str, documents: Sequence[DocumentInfo], sources: Sources) -> Quotes:
    """By document the first place that has all the words, of any of those between "or", of each between "and"."""
    ways = [
        [plain_words(term) or stems(term) for term in split_at(way, "joining")] for way in split_at(said, "choosing")
    ]
    found: Quotes = {}
    for info in sources.holding(said, documents):
        for terms in ways:
            places = [_place(term, info, sources) for term in terms]
            if places and all(places) and info.id not in found:
                found[info.id] = next(place for place in places if place)
    return found


def _place(term: frozenset[str] | set[str], info: DocumentInfo, sources: Sources) -> Quote | None:
    """The first sentence with all the words, or what stands below a heading, or a title, that has them."""
    if not term <= sources.words(info.id) | plain_words(info.title):
        return None
    sentences = sources.sentences(info.id)
    said = next((s.quote for s in sentences if term <= plain_words(s.text)), None)
    below = said or next((s.quote for s in sentences if any(term <= plain_words(title) for title in s.path)), None)
    return below or (sources.beginning(info.id) if term <= plain_words(info.title) else None)


def _about(topic: str, documents: Sequence[DocumentInfo], sources: Sources, near: Near) -> Quotes:
    """By document what it says of a topic: those that are named after it or have a heading of it, and those near it."""
    among = {info.id for info in documents}
    wanted = plain_words(topic)
    found: Quotes = {}
    for info in sources.holding(topic, documents):
        sentences = sources.sentences(info.id)
        below = next((s.quote for s in sentences if any(wanted <= plain_words(title) for title in s.path)), None)
        if quote := below or (wanted <= plain_words(f"{info.title} {info.id}") and sources.beginning(info.id)):
            found[info.id] = quote
    for document, cosine, quote in near(topic):
        if document in among and document not in found and cosine >= LEAST_ABOUT:
            found[document] = quote
    return found
