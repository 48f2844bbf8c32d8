"""What the index itself knows: how many documents, which ones, by whom, how long, of when."""

from collections.abc import Sequence

from rag.answering.citations import Quote, Statement
from rag.answering.table_question import matched_words
from rag.overviews.catalogue import MAILS, name_words
from rag.overviews.matching_documents import Near, Quotes, matching_documents
from rag.overviews.named_documents import documents_meant, names_nothing
from rag.overviews.overview import Overview, counted
from rag.overviews.requests import AttributeRequest, DocumentsRequest
from rag.overviews.sources import Sources
from rag.store.document_info import DocumentInfo
from rag.text.emphasis import without_marks

MOST_SHOWN = 30
"""Documents that a list names."""

MOST_MENTIONED = 4
"""Words that documents are said not to mention; of more it is asked in what they are said otherwise."""

MOST_OF_NAME = 0.5
"""Share of a title's words that must be named where its day is asked for."""

MORE = "{count} more are not listed here: rag documents lists all."
NOT_ABOUT = "No document of this index seems to be about {topic}."
NO_SUCH_DAY = (
    "No document of this index has this day in its name, or says so of itself. Ask what happened then instead."
)
NO_SUCH_AUTHOR = "No file of this index names {who} as its author; a signature in a text is not looked at."


def documents_asked(request: DocumentsRequest, sources: Sources, near: Near) -> Overview | None:
    """The documents that are asked for, each cited, and their number; None where no kind of them is named."""
    found = matching_documents(request, sources, near)
    if found is None:
        return None
    documents, quotes, notes = found
    if not documents and len(request.mentions.split()) > MOST_MENTIONED:
        return None
    days = request.when or request.before or request.after or request.since
    if not documents and (request.about or request.by or days):
        return Overview("documents", reason=_why_none(request))
    return _listed(request, documents, sources, quotes, notes)


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
        if request.attribute in ("author", "date") and info.type in MAILS:
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
