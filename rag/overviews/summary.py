"""Summaries: of a document, a section of one, or several documents."""

from collections.abc import Sequence

from rag.answering.citations import Statement
from rag.overviews.central_sentences import Embed, central_sentences
from rag.overviews.named_documents import documents_meant, section_meant
from rag.overviews.overview import Overview
from rag.overviews.requests import SummaryRequest
from rag.overviews.sources import DocumentSentence, Sources
from rag.text.emphasis import without_marks

MOST_DOCUMENTS = 12
"""Documents that a summary of several has a sentence of each."""

MOST_ASKED = 20
"""Sentences that a summary has at most, whatever is asked for."""

MORE = "{count} more documents are not in this summary: ask for one by its name."


def summary(request: SummaryRequest, sources: Sources, embed: Embed, cited: Sequence[str]) -> Overview | None:
    """The sentences that carry what is named; `cited` are the documents that the conversation was about.

    None where nothing is named that the index has.
    """
    count = min(request.count, MOST_ASKED)
    if section := section_meant(request.target, sources):
        return Overview("summary", _statements(central_sentences(section, embed, count)))
    documents = documents_meant(request.target, sources, cited)
    if not documents:
        return None
    if len(documents) == 1:
        sentences = sources.sentences(documents[0].id)
        return Overview("summary", _statements(central_sentences(sentences, embed, count))) if sentences else None
    shown = documents[:MOST_DOCUMENTS]
    statements = []
    for info in shown:
        best = central_sentences(sources.sentences(info.id), embed, 1)
        statements += [Statement(f"{info.title}: {without_marks(s.text)}", "quoted", [s.quote]) for s in best]
    notes = [MORE.format(count=len(documents) - len(shown))] if len(documents) > len(shown) else []
    return Overview("summary", statements, notes)


def _statements(sentences: Sequence[DocumentSentence]) -> list[Statement]:
    return [Statement(without_marks(sentence.text), "quoted", [sentence.quote]) for sentence in sentences]
