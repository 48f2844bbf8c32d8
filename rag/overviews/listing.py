"""Lists put together from a whole folder: items below a heading, behind a lead-in or a label, and cells of a column."""

import re
from collections.abc import Iterator, Sequence

from rag.answering.citations import Statement
from rag.answering.lists import list_around
from rag.metadata import LANGUAGE, TITLE
from rag.overviews.catalogue import name_words, when_of
from rag.overviews.named_documents import MOST_SEARCHED, documents_meant
from rag.overviews.overview import Overview
from rag.overviews.requests import ListRequest
from rag.overviews.sources import DocumentSentence, Sources
from rag.retrieval.passage_tables import tables_in
from rag.text.emphasis import without_marks

MOST_SHOWN = 40
"""Items that a list shows."""

MOST_LABEL_WORDS = 6
"""Words before a colon that label what follows."""

COUNTED = "{count} found in {documents}:"
MORE = "{count} more are not shown."

_LABEL = re.compile(r"[\W_]*(?P<label>[^:：\n]{2,80}?)[*_]{0,2}\s*[:：–—]\s*\S")
_NAME = re.compile(r"\b[A-ZÀ-ÞĀ-Ž\d]")


def listing(request: ListRequest, sources: Sources) -> Overview | None:
    """Every item that is asked for, counted, each cited; None where there are fewer than two."""
    wanted = name_words(request.what)
    if not wanted:
        return None
    entries = [entry.info for entry in sources.catalogue.entries]
    documents, which = entries, name_words(request.which)
    if which or when_of(request.which):
        named = documents_meant(request.which, sources, ())
        if named and len(named) < len(entries):
            documents, which = named, frozenset()
    found = _found(wanted, [sources.sentences(info.id) for info in documents[:MOST_SEARCHED]])
    if which:
        meant = [item for item in found if which <= name_words(_said(item))]
        # "Of stream animals" may be said in other words below; a name must be there, and what a clause says.
        found = meant if len(meant) > 1 or request.is_clause or _NAME.search(request.which) else found
    distinct: dict[str, list[DocumentSentence]] = {}
    for item in found:
        distinct.setdefault(" ".join(item.text.casefold().split()), []).append(item)
    if len(distinct) < 2:
        return None
    groups = list(distinct.values())
    statements = [
        Statement(without_marks(group[0].text), "quoted", [item.quote for item in group])
        for group in groups[:MOST_SHOWN]
    ]
    count = len({item.node.ref_doc_id for item in found})
    heading = COUNTED.format(count=len(groups), documents=f"{count} document{'s' if count > 1 else ''}")
    cited = [quote for statement in statements for quote in statement.quotes]
    notes = [MORE.format(count=len(groups) - MOST_SHOWN)] if len(groups) > MOST_SHOWN else []
    return Overview("list", [Statement(heading, "calculated", cited), *statements], notes)


def _found(wanted: frozenset[str], documents: Sequence[Sequence[DocumentSentence]]) -> list[DocumentSentence]:
    """The items of what is wanted, of each document by the first way that finds some.

    Where a column is called so somewhere, a heading over prose is none that items stand below.
    """
    ways = [next(((way, items) for way in _WAYS if (items := list(way(wanted, s)))), None) for s in documents]
    has_column = any(found and found[0] is _in_column for found in ways)
    return [item for found in ways if found and not (has_column and found[0] is _prose) for item in found[1]]


def _below_heading(wanted: frozenset[str], sentences: Sequence[DocumentSentence]) -> Iterator[DocumentSentence]:
    """The items of lists and rows of tables below headings that have all the words."""
    items = [s for s in _prose(wanted, sentences) if s.is_row or s.is_item]
    yield from items if len(items) > 1 else ()


def _prose(wanted: frozenset[str], sentences: Sequence[DocumentSentence]) -> Iterator[DocumentSentence]:
    """All that stands below headings that have all the words."""

    def heads(title: str) -> bool:
        words = name_words(title)
        return wanted <= words or (bool(words) and words < wanted)

    below = [s for s in sentences if any(wanted <= name_words(title) for title in s.path)]
    # Warranty periods stand below "Warranty".
    yield from below or [s for s in sentences if s.path and heads(s.path[-1])]


def _behind_lead(wanted: frozenset[str], sentences: Sequence[DocumentSentence]) -> Iterator[DocumentSentence]:
    """The items of lists whose first words have all the words."""
    for sentence in sentences:
        if sentence.text.rstrip("*_ ").endswith((":", "：")) and wanted <= name_words(sentence.text):
            listed = list_around(sentence.node.text, sentence.span, sentence.node.metadata.get(LANGUAGE))
            if listed and listed[0][0] <= sentence.span[0] < listed[0][1]:
                yield from (sentence._replace(span=item) for item in listed[1])


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


_WAYS = (_below_heading, _in_column, _behind_lead, _labelled, _prose)
