"""Lists put together from a whole folder: items below a heading, behind a lead-in or a label, and cells of a column."""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from rag.answering.citations import Statement
from rag.metadata import TITLE
from rag.overviews.catalogue import name_words, plain_words
from rag.overviews.named_documents import documents_meant, names_nothing
from rag.overviews.overview import Overview, counted
from rag.overviews.requests import ListRequest
from rag.overviews.sources import DocumentSentence, Sources
from rag.retrieval.passage_tables import tables_in
from rag.store.document_info import DocumentInfo
from rag.text.emphasis import without_marks

MOST_SHOWN = 40
"""Items that a list shows."""

FEWEST = 2
"""Items from which on there is a list."""

MOST_LABEL_WORDS = 6
"""Words before a colon that label what follows."""

COUNTED = "{count} found in {documents}:"
NONE_SUCH = "There are {count} {what}, none of which says “{which}”."
MORE = "{count} more are not shown."

_PARAGRAPH = re.compile(r"[^\n]+(?:\n[^\n]+)*")
_LINE = re.compile(r"[ \t]*(?P<marker>\(?[a-z]\)[ \t]+)?(?P<said>[^\s].*?)[ \t]*(?:\n|\Z)")
_LABEL = re.compile(r"[\W_]*(?P<label>[^:：\n]{2,80}?)[*_]{0,2}\s*[:：–—]\s*\S")


def listing(request: ListRequest, sources: Sources) -> Overview | None:
    """Every item that is asked for, counted, each cited; None where there is no list of such."""
    wanted = name_words(request.what)
    if not wanted:
        return None
    entries = sources.catalogue.documents
    documents, which = entries, plain_words(request.which)
    if not names_nothing(request.which):
        named = _documents(request.which, sources)
        if named and len(named) < len(entries):
            documents, which = named, frozenset()
    found = _found(wanted, [sources.sentences(info.id) for info in sources.holding(request.what, documents)])
    if request.counts and any(item.is_row for item in found):
        # Tables tell what is counted in them, and nobody where there are two of them.
        return None
    if which and not request.is_of_every:
        meant = [item for item in found if which <= plain_words(_said(item))]
        if len(found) >= FEWEST and not meant:
            return Overview("list", reason=NONE_SUCH.format(count=len(found), what=request.what, which=request.which))
        found = meant
    distinct: dict[str, list[DocumentSentence]] = {}
    for item in found:
        distinct.setdefault(" ".join(item.text.casefold().split()), []).append(item)
    if len(distinct) < (1 if which else FEWEST):
        return None
    groups = list(distinct.values())
    statements = [
        Statement(without_marks(group[0].text), "quoted", [item.quote for item in group])
        for group in groups[:MOST_SHOWN]
    ]
    count = len({item.node.ref_doc_id for item in found})
    heading = COUNTED.format(count=len(groups), documents=counted(count, "document"))
    cited = [quote for statement in statements for quote in statement.quotes]
    notes = [MORE.format(count=len(groups) - MOST_SHOWN)] if len(groups) > MOST_SHOWN else []
    return Overview("list", [Statement(heading, "calculated", cited), *statements], notes)


def _documents(which: str, sources: Sources) -> list[DocumentInfo]:
    """The documents that what is said of a list names, at its beginning at least: of the C300 with their causes."""
    words = which.split()
    for end in range(len(words), 1, -1):
        said = " ".join(words[:end])
        if not names_nothing(said) and (named := documents_meant(said, sources)):
            return named
    return []


def _found(wanted: frozenset[str], documents: Sequence[Sequence[DocumentSentence]]) -> list[DocumentSentence]:
    """The items of what is wanted, of each document by the first way that finds some."""
    ways = ([list(way(wanted, sentences)) for way in _WAYS] for sentences in documents)
    return [item for found in ways for item in next(filter(None, found), [])]


def _below_heading(wanted: frozenset[str], sentences: Sequence[DocumentSentence]) -> Iterator[DocumentSentence]:
    """The items of lists and rows of tables below headings that have all the words."""
    for sentence in sentences:
        if (sentence.is_row or sentence.is_item) and any(wanted <= plain_words(title) for title in sentence.path):
            yield sentence


def _behind_lead(wanted: frozenset[str], sentences: Sequence[DocumentSentence]) -> Iterator[DocumentSentence]:
    """The items of lists whose first words have all the words, in whatever passages they stand."""
    leads = False
    before: DocumentSentence | None = None
    for sentence in sentences:
        if sentence.text.rstrip("*_ ").endswith((":", "：")) and wanted <= plain_words(sentence.text):
            leads, before = True, None
        elif leads and sentence.is_item:
            before = sentence
            yield sentence
        elif leads and not _goes_on(before, sentence):
            leads = False


def _goes_on(item: DocumentSentence | None, sentence: DocumentSentence) -> bool:
    """Whether a sentence is one more of an item."""
    if item is None or item.node is not sentence.node:
        return False
    return "\n\n" not in sentence.node.text[item.span[1] : sentence.span[0]]


def _labelled(wanted: frozenset[str], sentences: Sequence[DocumentSentence]) -> Iterator[DocumentSentence]:
    """Sentences that begin with a label that has all the words: Decision 4: The roof is repaired."""
    for sentence in sentences:
        label = _LABEL.match(sentence.text)
        if label and len(label["label"].split()) <= MOST_LABEL_WORDS and wanted <= name_words(label["label"]):
            yield sentence


def _in_column(wanted: frozenset[str], sentences: Sequence[DocumentSentence]) -> Iterator[DocumentSentence]:
    """The cells of a column whose label has all the words."""
    seen = set()
    for sentence in sentences:
        if not sentence.is_row or sentence.node.node_id in seen:
            continue
        seen.add(sentence.node.node_id)
        for _, table in tables_in(sentence.node):
            columns = [at for at, label in enumerate(table.labels) if wanted <= name_words(label)][:1]
            cells = (row.cells[column] for column in columns for row in table.rows)
            yield from (sentence._replace(span=cell) for cell in cells if cell)


def _said(item: DocumentSentence) -> str:
    """An item with what it stands under: its headings and its document's names."""
    metadata = item.node.metadata
    return " ".join(
        [item.text, *item.path, str(metadata.get(TITLE, "")), (item.node.ref_doc_id or "").replace("_", " ")]
    )


def _lines_below_heading(wanted: frozenset[str], sentences: Sequence[DocumentSentence]) -> Iterator[DocumentSentence]:
    """The lines of paragraphs below such headings in which each line begins anew, as prose that is wrapped does not."""
    below = [s for s in sentences if any(wanted <= plain_words(title) for title in s.path)]
    for _, group in groupby(below, key=lambda sentence: sentence.node.node_id):
        of_node = list(group)
        text, start, end = of_node[0].node.text, of_node[0].span[0], of_node[-1].span[1]
        for paragraph in _PARAGRAPH.finditer(text, text.rfind("\n", 0, start) + 1, end):
            lines = list(_LINE.finditer(text, *paragraph.span()))
            if len(lines) > 1 and all(line["said"][:1].isupper() or line["marker"] for line in lines):
                yield from (of_node[0]._replace(span=line.span("said")) for line in lines)


_WAYS = (_below_heading, _in_column, _behind_lead, _labelled, _lines_below_heading)
