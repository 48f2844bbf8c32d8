"""Summaries: of a document, a section of one, several documents, or what all say of a topic."""

from collections.abc import Callable, Sequence

from llama_index.core.schema import TextNode

from rag.answering.citations import Statement
from rag.metadata import HEADINGS
from rag.overviews.catalogue import MAILS, plain_words
from rag.overviews.central_sentences import Embed, central_sentences
from rag.overviews.forms import split_at
from rag.overviews.matching_documents import Near, matching_documents
from rag.overviews.named_documents import documents_meant, names_nothing, part_meant, section_meant
from rag.overviews.overview import Overview
from rag.overviews.requests import DocumentsRequest, SummaryRequest, documents_request
from rag.overviews.sources import DocumentSentence, Sources, sentences_of
from rag.store.document_info import DocumentInfo
from rag.text.emphasis import without_marks

MOST_DOCUMENTS = 12
"""Documents that a summary of several has a sentence of each."""

MOST_ASKED = 20
"""Sentences that a summary has at most, whatever is asked for."""

MORE = "{count} more documents are not in this summary: ask for one by its name."
NOTHING = "No document of this index is called “{target}”, and no passage is about it."

Passages = Callable[[str], Sequence[TextNode]]
"""The passages about a topic, in the order of their documents and places."""


def summary(
    request: SummaryRequest, sources: Sources, embed: Embed, near: Near, passages: Passages, cited: Sequence[str]
) -> Overview | None:
    """The sentences that carry what is named; `cited` are the documents that the conversation was about."""
    count = min(request.count, MOST_ASKED)
    if section := section_meant(request.target, sources):
        return _of(section, embed, count)
    documents = _documents(request.target, sources, near, cited)
    if not documents and (part := part_meant(request.target, sources)):
        return _of(part, embed, count)
    # What a person talks about the documents say; what a mail is about its subject does.
    if request.is_of_document and (not documents or all(info.type in MAILS for info in documents)):
        return None
    if len(documents) == 1 and (sentences := sources.sentences(documents[0].id)):
        return _of(sentences, embed, count)
    return (
        _of_each(documents, sources, embed) if documents else _of_topic(request.target, sources, embed, passages, count)
    )


def _of_topic(target: str, sources: Sources, embed: Embed, passages: Passages, count: int) -> Overview:
    """What the passages near to a topic say, where they have all its words."""
    wanted = plain_words(target)
    nodes = [
        node for node in passages(target) if wanted <= plain_words(f"{node.metadata.get(HEADINGS, '')} {node.text}")
    ]
    about = sentences_of(nodes)
    if not about:
        return Overview("summary", reason=NOTHING.format(target=target))
    return _of(about, embed, count)


def _documents(target: str, sources: Sources, near: Near, cited: Sequence[str]) -> Sequence[DocumentInfo]:
    both = split_at(target, "joining")
    if len(both) > 1:
        named = [documents_meant(part, sources) for part in both]
        if all(len(found) == 1 for found in named) and not any(map(names_nothing, both)):
            return list({found[0].id: found[0] for found in named}.values())
    described = documents_request(target)
    if described and described != DocumentsRequest("") and (found := matching_documents(described, sources, near)):
        return found[0]
    return documents_meant(target, sources, cited)


def _of(sentences: Sequence[DocumentSentence], embed: Embed, count: int) -> Overview:
    central = central_sentences(sentences, embed, count)
    return Overview("summary", [Statement(without_marks(s.text), "quoted", [s.quote]) for s in central])


def _of_each(documents: Sequence[DocumentInfo], sources: Sources, embed: Embed) -> Overview:
    shown = documents[:MOST_DOCUMENTS]
    statements = [
        Statement(f"{info.title}: {without_marks(sentence.text)}", "quoted", [sentence.quote])
        for info in shown
        for sentence in central_sentences(sources.sentences(info.id), embed, 1)
    ]
    more = len(documents) - len(shown)
    return Overview("summary", statements, [MORE.format(count=more)] if more else [])
