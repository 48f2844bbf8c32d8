"""What the index itself knows: how many documents, which ones, by whom, how long, of when."""

from collections.abc import Callable, Sequence

from rag.answering.citations import Quote, Statement
from rag.answering.table_question import matched_words
from rag.overviews.catalogue import HEADED, days_of, name_words, plain_words, when_of
from rag.overviews.forms import LANGUAGES, language
from rag.overviews.named_documents import documents_meant, names_nothing
from rag.overviews.overview import Overview, counted
from rag.overviews.requests import AttributeRequest, DocumentsRequest
from rag.overviews.sources import MOST_SEARCHED, Sources
from rag.store.corpus import DocumentInfo
from rag.text.emphasis import without_marks
from rag.text.words import stems

MOST_SHOWN = 30
"""Documents that a list names."""

LEAST_ABOUT = 0.45
"""Cosine of a topic and a passage from which on a document has something about it that does not name it."""

MOST_OF_NAME = 0.5
"""Share of a title's words that must be named where its day is asked for."""

MORE = "{count} more are not listed here: rag documents lists all."
NOT_ABOUT = "No document of this index seems to be about {topic}."
NO_SUCH_DAY = (
    "No document of this index has this day in its name, or says so of itself. Ask what happened then instead."
)
NO_SUCH_AUTHOR = "No file of this index names {who} as its author; a signature in a text is not looked at."
UNDATED = "{count} more say not of which day they are."
SOME_SEARCHED = "Looked for in the {count} documents that have most of these words."
SOME_AUTHORS = "Only {named} of {every} files say who wrote them."

Near = Callable[[str], Sequence[tuple[str, float, Quote]]]
"""The documents that come nearest to a topic, best first: id, cosine, and what of it is nearest."""

Quotes = dict[str, Quote]
"""By document the place that shows why it was chosen."""


def documents_asked(request: DocumentsRequest, sources: Sources, near: Near) -> Overview | None:
    """The documents that are asked for, each cited, and their number; None where no kind of them is named."""
    found = matching_documents(request, sources, near)
    if found is None:
        return None
    documents, quotes, notes = found
    if not documents and (request.about or request.by or request.when):
        return Overview("documents", reason=_why_none(request))
    return _listed(request, documents, sources, quotes, notes)


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
    if request.when:
        when = when_of(request.when)
        # The summer of 2024 is more than a year, and less.
        if when is None or name_words(request.when):
            return None
        dated = {info.id for info in catalogue.dated(when)}
        documents = [info for info in documents if info.id in dated]
    if request.by:
        named = [info for info in catalogue.documents if info.author]
        notes += [SOME_AUTHORS.format(named=len(named), every=len(catalogue.documents))]
        someone = [stems(who) for way in _either(request.by) for who in _split(way, "joining")]
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


def attribute_asked(request: AttributeRequest, sources: Sources, cited: Sequence[str]) -> Overview | None:
    """Author, pages, date or sections of the documents that are named; None where none is."""
    if request.attribute == "pages" and not request.target:
        return _pages_in_all(sources)
    if names_nothing(request.target) and not cited and len(sources.catalogue.documents) > 1:
        return None
    documents = documents_meant(request.target, sources, cited)
    # "How long is the notice period?" has words that no name of a document has.
    if not documents or len(documents) > MOST_SHOWN or not _is_whole_name(request, sources, documents):
        return None
    statements = []
    for info in documents:
        if request.attribute in ("author", "date") and info.type in HEADED:
            continue
        quote, told = sources.beginning(info.id), _told(request, info, sources)
        if quote and told:
            statements.append(Statement(told, "indexed", [quote]))
    return Overview("documents", statements) if statements else None


def _pages_in_all(sources: Sources) -> Overview | None:
    paged = [info for info in sources.catalogue.documents if info.pages]
    quotes = [quote for info in paged[:MOST_SHOWN] if (quote := sources.beginning(info.id))]
    if not quotes:
        return None
    pages, every = sum(info.pages for info in paged), len(sources.catalogue.documents)
    said = f"{counted(pages, 'page')} in {len(paged)} of {every} documents; the others have none."
    return Overview("documents", [Statement(said, "indexed", quotes)])


def _is_whole_name(request: AttributeRequest, sources: Sources, documents: Sequence[DocumentInfo]) -> bool:
    """Whether all that is asked about is a name; of a day most of the name too: minutes of a meeting are not it."""
    target = request.target
    if request.attribute == "date" and not sources.catalogue.exactly(target):
        named = [len(name_words(info.title)) for info in documents]
        if any(len(name_words(target)) < MOST_OF_NAME * words for words in named):
            return False
    wanted = name_words(target)
    entries = map(sources.catalogue.entry, documents)
    return all(len(matched_words(wanted, entry.words)) == len(wanted) for entry in entries)


def _told(request: AttributeRequest, info: DocumentInfo, sources: Sources) -> str | None:
    """What the index knows of a document; None where it does not know, and the text may."""
    told: str | None = None
    match request.attribute:
        case "author":
            told = f"is by {info.author}" if info.author else None
        case "date":
            told = f"is dated {info.own_date}" if info.own_date else None
        case "changed":
            told = f"was last changed on {info.modified}" if info.modified else None
        case "pages":
            pages = counted(info.pages, "slide" if info.type == "pptx" else "page") if info.pages else "no pages"
            told = f"has {pages}, about {counted(info.characters // 6, 'word')}"
        case "sections":
            titles = dict.fromkeys(path[-1] for s in sources.sentences(info.id) if (path := s.path))
            listed = f": {'; '.join(map(without_marks, titles))}" if titles else ""
            told = f"has {counted(len(titles), 'section')}{listed}"
    return told and f"{called(info)} {told}."


def called(info: DocumentInfo) -> str:
    """A document's title with its path."""
    stem = info.id.rpartition("/")[2].rpartition(".")[0]
    return info.id if info.title in (stem, info.id) else f"{info.title} ({info.id})"


def _why_none(request: DocumentsRequest) -> str:
    if request.about:
        return NOT_ABOUT.format(topic=request.about)
    return NO_SUCH_AUTHOR.format(who=request.by) if request.by else NO_SUCH_DAY


def _listed(
    request: DocumentsRequest, documents: Sequence[DocumentInfo], sources: Sources, quotes: Quotes, notes: list[str]
) -> Overview:
    shown = documents[:MOST_SHOWN]
    cited = {info.id: quote for info in shown if (quote := quotes.get(info.id) or sources.beginning(info.id))}
    statements = []
    if not request.most:
        many, every = len(documents), len(sources.catalogue.documents)
        said = counted(many, "document") if many == every else f"{many or 'None'} of {counted(every, 'document')}"
        statements.append(Statement(f"{said}{':' if many else '.'}", "indexed", list(cited.values())))
    for info in shown:
        if quote := cited.get(info.id):
            why = f": {_text(quote)}" if info.id in quotes else "".join(f", {fact}" for fact in _facts(info))
            statements.append(Statement(f"{called(info)}{why}", "indexed", [quote]))
    if len(documents) > len(shown):
        notes = [*notes, MORE.format(count=len(documents) - len(shown))]
    return Overview("documents", statements, notes)


def _text(quote: Quote) -> str:
    node, span = quote
    return without_marks(node.text[slice(*span)])


def _facts(info: DocumentInfo) -> list[str]:
    day = f"dated {info.own_date}" if info.own_date else f"changed {info.modified}" if info.modified else ""
    return [
        fact for fact in (info.pages and counted(info.pages, "page"), day, info.author and f"by {info.author}") if fact
    ]


def _most(most: str, documents: Sequence[DocumentInfo], sources: Sources) -> tuple[list[DocumentInfo], list[str]]:
    """The newest, oldest, longest, shortest or last changed documents, those that are so alike; what to say of it."""
    values: dict[str, str | int] = {info.id: info.characters for info in documents}
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
    best = (min if most in ("oldest", "shortest") else max)(values.values(), default="", key=lambda value: value)
    return [info for info in documents if info.id in values and values[info.id] == best], notes


def _day(info: DocumentInfo, sources: Sources) -> str:
    """The day of a document that can be compared, ISO 8601: that of its name, else its own; "" where it has none."""
    whens = [when for when in days_of(sources.catalogue.entry(info)) if when.year]
    return f"{whens[0].year:04}-{whens[0].month or 1:02}-{whens[0].day or 1:02}" if whens else info.own_date or ""


def _either(said: str) -> list[str]:
    """What is said with "or" between."""
    return _split(said, "choosing")


def _split(said: str, role: str) -> list[str]:
    joints = frozenset[str]().union(*(language(name).parts[role] for name in LANGUAGES))
    parts: list[list[str]] = [[]]
    for word in said.replace(",", " , ").split():
        if word.casefold() in joints or (word == "," and role == "joining"):
            parts.append([])
        else:
            parts[-1].append(word)
    return [" ".join(words) for words in parts if words]


def _mentioning(said: str, documents: Sequence[DocumentInfo], sources: Sources) -> Quotes:
    """By document the first place that has all the words, of any of those between "or", of each between "and"."""
    ways = [[plain_words(term) or stems(term) for term in _split(way, "joining")] for way in _either(said)]
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
