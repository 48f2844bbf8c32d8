"""Overviews: answers about whole documents and folders, where a question asks for one."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.schema import NodeWithScore, TextNode
from llama_index.core.vector_stores.types import MetadataFilters

from rag.answer import NOT_IN_DOCUMENTS, Answer
from rag.answering.citations import Quote, cite
from rag.models.unit_vectors import as_unit
from rag.overviews.comparison import comparison
from rag.overviews.document_facts import attribute_asked, documents_asked
from rag.overviews.listing import listing
from rag.overviews.overview import Overview
from rag.overviews.requests import (
    AttributeRequest,
    ComparisonRequest,
    DocumentsRequest,
    ListRequest,
    Request,
    SummaryRequest,
    requests_of,
)
from rag.overviews.sources import Sources, Vectors
from rag.overviews.summary import summary
from rag.store.index_store import IndexStore
from rag.text.sentences import quotable_spans

AnswerWithNodes = tuple[Answer, list[NodeWithScore]]

LEAST_OF_TOPIC = 0.3
"""Cosine of a topic and a passage that may be summed up, where all words of the topic are in such."""

MOST_PASSAGES_OF_TOPIC = 8
"""Passages that a topic is summed up from."""

NEAREST = 200
"""Passages among which documents about a topic are looked for."""


class Overviews:
    """Answers about whole documents, made of their sentences and of what the index knows of them."""

    def __init__(self, store: IndexStore, embedding: BaseEmbedding, filters: MetadataFilters | None = None) -> None:
        self._sources = Sources(store, filters)
        self._embedding = embedding

    def answer(self, question: str, cited: Sequence[str], is_refused: bool = False) -> AnswerWithNodes | None:
        """The answer to a question about whole documents, with the passages that it cites; None to any other.

        `cited` are the documents that the conversation was about last. Where the question `is_refused` otherwise, what
        may be such a question is taken for one.
        """
        refusal: Overview | None = None
        for request, is_sure in requests_of(question):
            found = self._overview(request, cited) if is_sure != is_refused else None
            if found and found.statements:
                nodes = {node.node_id: node for statement in found.statements for node, _ in statement.quotes}
                return _as_answer(question, found), [NodeWithScore(node=node) for node in nodes.values()]
            # Another way to understand it may lead to an answer.
            refusal = refusal or found
        return (_as_answer(question, refusal), []) if refusal else None

    def _overview(self, request: Request, cited: Sequence[str]) -> Overview | None:
        match request:
            case SummaryRequest():
                return summary(request, self._sources, self._embed, self._near, self._passages, cited)
            case ComparisonRequest():
                return comparison(request, self._sources, self._embed)
            case AttributeRequest():
                return attribute_asked(request, self._sources, cited)
            case DocumentsRequest():
                return documents_asked(request, self._sources, self._near)
            case ListRequest():
                return listing(request, self._sources)

    def _embed(self, texts: Sequence[str]) -> Vectors:
        return as_unit(np.array(self._embedding.get_text_embedding_batch(list(texts)), dtype=np.float32))

    def _passages(self, topic: str) -> list[TextNode]:
        """The passages that are near to a topic, in the order of their documents and places."""
        ranking = self._sources.nearest(self._query(topic), MOST_PASSAGES_OF_TOPIC)
        nodes = self._sources.contents.nodes([row for row, cosine in ranking if cosine >= LEAST_OF_TOPIC])
        return sorted(nodes.values(), key=lambda node: (node.ref_doc_id or "", node.start_char_idx or 0))

    def _query(self, topic: str) -> Vectors:
        vectors: Vectors = as_unit(np.array([self._embedding.get_query_embedding(topic)], dtype=np.float32))
        return np.asarray(vectors[0])

    def _near(self, topic: str) -> list[tuple[str, float, Quote]]:
        """The documents whose passages are nearest to a topic, with the first sentence of each one's best passage."""
        ranking = self._sources.nearest(self._query(topic), NEAREST)
        nodes = self._sources.contents.nodes([row for row, _ in ranking])
        found: dict[str, tuple[str, float, Quote]] = {}
        for row, cosine in ranking:
            node = nodes[row]
            spans = quotable_spans(node.text)
            if node.ref_doc_id and spans:
                found.setdefault(node.ref_doc_id, (node.ref_doc_id, cosine, (node, spans[0])))
        return list(found.values())


def _as_answer(question: str, found: Overview) -> Answer:
    sentences, citations = cite(found.statements)
    answer = Answer(
        question=question,
        answer=NOT_IN_DOCUMENTS,
        short_answer=None,
        confidence=float(bool(sentences)),
        refused=not sentences,
        reason=found.reason or None,
        sentences=sentences,
        citations=citations,
        passages=[],
        notes=list(found.notes),
        kind=found.kind,
    )
    said = [*(f"{sentence.text}{sentence.markers}" for sentence in sentences), *found.notes]
    return replace(answer, answer=answer.between.join(said)) if sentences else answer
