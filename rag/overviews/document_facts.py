"""What the index itself knows: how many documents, which ones, by whom, how long, of when."""

from collections.abc import Callable, Sequence

from rag.answering.citations import Quote, Statement
from rag.overviews.catalogue import name_words, when_of
from rag.overviews.named_documents import documents_meant
from rag.overviews.overview import Overview
from rag.overviews.requests import AttributeRequest, DocumentsRequest
from rag.overviews.sources import Sources
from rag.store.corpus import DocumentInfo
from rag.text.emphasis import without_marks
from rag.text.words import stems

MOST_SHOWN = 30
"""Documents that a list names."""

LEAST_ABOUT = 0.45
"""Cosine of a topic and a passage from which on a document has something about it that does not name it."""

MORE = "{count} more are not listed here: rag documents lists all."

Near = Callable[[str], Sequence[tuple[str, float, Quote]]]
"""The documents that come nearest to a topic, best first: id, cosine, and what of it is nearest."""


def documents_asked(request: DocumentsRequest, sources: Sources, near: Near) -> Overview | None:
    """The documents that are asked for, each cited, and their number; None where no kind of them is named."""
    catalogue = sources.catalogue
    documents = [entry.info for entry in catalogue.entries]
    if request.noun:
        documents = catalogue.of_kind(request.noun)
        if not documents:
            return None
    if request.types:
        documents = [info for info in documents if info.type in request.types]
    if request.when:
        when = when_of(request.when)
        if when is None:
            return None
        dated = {info.id for info in catalogue.dated(when)}
        documents = [info for info in documents if info.id in dated]
    if request.by:
        wanted = stems(request.by)
        documents = [info for info in documents if info.author and wanted <= stems(info.author)]
    quotes: dict[str, Quote] = {}
    if request.mentions:
        quotes = _mentioning(request.mentions, documents, sources)
    elif request.about:
        quotes = _about(request.about, documents, sources, near)
    if request.mentions or request.about:
        documents = [info for info in documents if info.id in quotes]
        documents.sort(key=lambda info: list(quotes).index(info.id))
    if request.most and documents:
        documents = [_most(request.most, documents)]
    return _listed(request, documents, sources, quotes)


def attribute_asked(request: AttributeRequest, sources: Sources, cited: Sequence[str]) -> Overview | None:
    """Author, pages, date or sections of the documents that are named; None where none is."""
    is_nameless = not name_words(request.target) and request.target
    if is_nameless and not when_of(request.target) and not cited and len(sources.catalogue.entries) > 1:
        return None
    if request.attribute == "pages" and not request.target:
        return _pages_in_all(sources)
    documents = documents_meant(request.target, sources, cited)
    if not documents or len(documents) > MOST_SHOWN:
        return None
    # "How long is the notice period?" has words that no name of a document has.
    if not _is_whole_name(request.target, documents):
        return None
    statements = []
    for info in documents:
        quote, told = sources.beginning(info.id), _told(request.attribute, info, sources)
        if quote and told:
            statements.append(Statement(told, "indexed", [quote]))
    return Overview("documents", statements) if statements else None


def _pages_in_all(sources: Sources) -> Overview | None:
    paged = [info for entry in sources.catalogue.entries if (info := entry.info).pages]
    quotes = [quote for info in paged[:MOST_SHOWN] if (quote := sources.beginning(info.id))]
    if not quotes:
        return None
    pages, every = sum(info.pages for info in paged), len(sources.catalogue.entries)
    said = f"{pages:,} pages in {len(paged)} of {every} documents; the others have none."
    return Overview("documents", [Statement(said, "indexed", quotes)])


def _is_whole_name(target: str, documents: Sequence[DocumentInfo]) -> bool:
    wanted = name_words(target)
    return all(wanted <= name_words(f"{info.title} {info.id.replace('_', ' ')} {info.type}") for info in documents)


def _told(attribute: str, info: DocumentInfo, sources: Sources) -> str | None:
    """What the index knows of a document; None where it may stand in the text."""
    name = called(info)
    if attribute == "author":
        return f"{name} is by {info.author}." if info.author else None
    if attribute == "pages":
        words = f"about {info.characters // 6:,} words"
        if not info.pages:
            return f"{name} has no pages, {words}."
        kind = "slide" if info.type == "pptx" else "page"
        return f"{name} has {_times(info.pages, kind)}, {words}."
    if attribute == "date":
        return f"{name} is dated {info.date}." if info.date else f"{name} has no date."
    titles = list(dict.fromkeys(path[-1] for s in sources.sentences(info.id) if (path := s.path)))
    if not titles:
        return f"{name} has no headings."
    return f"{name} has {_times(len(titles), 'section')}: {'; '.join(map(without_marks, titles))}."


def _times(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'s' if count != 1 else ''}"


def called(info: DocumentInfo) -> str:
    """A document's title with its path."""
    stem = info.id.rpartition("/")[2].rpartition(".")[0]
    return info.id if info.title in (stem, info.id) else f"{info.title} ({info.id})"


def _listed(
    request: DocumentsRequest, documents: Sequence[DocumentInfo], sources: Sources, quotes: dict[str, Quote]
) -> Overview | None:
    shown = documents[:MOST_SHOWN]
    statements = []
    if not request.most:
        opening = [quote for info in shown if (quote := quotes.get(info.id) or sources.beginning(info.id))]
        many = len(documents)
        every = len(sources.catalogue.entries)
        said = f"{many} documents" if many == every else f"{many or 'None'} of {every} documents"
        statements.append(Statement(f"{said}{':' if many else '.'}", "indexed", opening))
    for info in shown:
        quote = quotes.get(info.id) or sources.beginning(info.id)
        if quote is None:
            continue
        told = [_times(info.pages, "page")] if info.pages else []
        told += [info.date] if info.date else []
        told += [f"by {info.author}"] if info.author else []
        node, span = quote
        said = (
            f": {without_marks(node.text[slice(*span)])}"
            if info.id in quotes
            else f", {', '.join(told)}"
            if told
            else ""
        )
        statements.append(Statement(f"{called(info)}{said}", "indexed", [quote]))
    notes = [MORE.format(count=len(documents) - len(shown))] if len(documents) > len(shown) else []
    # That nothing is about a topic is only guessed.
    return Overview("documents", statements, notes) if statements and (documents or not request.about) else None


def _most(most: str, documents: Sequence[DocumentInfo]) -> DocumentInfo:
    if most in ("newest", "oldest"):
        dated = [info for info in documents if info.date] or list(documents)
        return (max if most == "newest" else min)(dated, key=lambda info: info.date or "")
    return (max if most == "longest" else min)(documents, key=lambda info: info.characters)


def _mentioning(words: str, documents: Sequence[DocumentInfo], sources: Sources) -> dict[str, Quote]:
    """By document the first sentence that has all the words, where one does."""
    wanted = name_words(words) or stems(words)
    found = {}
    for info in documents:
        best = next((s for s in sources.sentences(info.id) if wanted <= name_words(s.text)), None)
        if best:
            found[info.id] = best.quote
    return found


def _about(topic: str, documents: Sequence[DocumentInfo], sources: Sources, near: Near) -> dict[str, Quote]:
    """By document what it says of a topic: those that are named after it or have a heading of it, and those near it."""
    among = {info.id for info in documents}
    wanted = name_words(topic)
    found = {}
    for info in documents:
        sentences = sources.sentences(info.id)
        below = next((s.quote for s in sentences if any(wanted <= name_words(title) for title in s.path)), None)
        if quote := below or (wanted <= name_words(f"{info.title} {info.id}") and sources.beginning(info.id)):
            found[info.id] = quote
    for document, cosine, quote in near(topic):
        if document in among and document not in found and cosine >= LEAST_ABOUT:
            found[document] = quote
    return found
