"""From passages to an answer, by quoting: the sentences that come closest to the question."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import snowballstemmer
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.base.response.schema import RESPONSE_TYPE, Response
from llama_index.core.llms import MockLLM
from llama_index.core.response_synthesizers import BaseSynthesizer
from llama_index.core.schema import NodeWithScore, QueryBundle, QueryType, TextNode

from rag.answer import NOT_IN_DOCUMENTS, Answer
from rag.cite import cite_quotes, with_markers
from rag.embed import TextVectors
from rag.retrieve import as_passage
from rag.sentences import Span, is_heading, sentence_spans, trim_marker
from rag.words import content_words

ANSWER = "answer"
"""Key of the Answer in a Response's metadata."""

LEAST_SHARE_OF_BEST = 0.9
"""A further sentence is quoted if its score is at least this share of the best one's."""


def answer_of(response: RESPONSE_TYPE) -> Answer:
    """The Answer that a response of this project's engine or synthesizers carries. Raises KeyError for others'."""
    answer: Answer = (response.metadata or {})[ANSWER]
    return answer


class ScoredSentence(NamedTuple):
    """A sentence: which passage, its range there, and how well it fits the question, 0 to 1."""

    passage: int
    span: Span
    score: float


class QuoteSynthesizer(BaseSynthesizer):
    """An Answer that quotes whole sentences, so that nothing in it can be invented; no language model is involved.

    The Response's text is the answer with markers, its metadata holds the Answer under ANSWER. It refuses only where
    there is nothing to quote; whether confidence suffices is for rag.refusal to decide.
    """

    def __init__(self, embedding: BaseEmbedding, max_answer_sentences: int) -> None:
        # The base class would otherwise look for an OpenAI key.
        super().__init__(llm=MockLLM())
        self._embedding = embedding
        self._vectors = TextVectors(embedding)
        self._max_answer_sentences = max_answer_sentences

    def synthesize(
        self,
        query: QueryType,
        nodes: list[NodeWithScore],
        additional_source_nodes: Sequence[NodeWithScore] | None = None,
        **response_kwargs: Any,
    ) -> Response:
        """The answer to `query` from `nodes`, best node first."""
        question = query.query_str if isinstance(query, QueryBundle) else str(query)
        texts = [node.node for node in nodes if isinstance(node.node, TextNode)]
        # The store knows the vectors of its passages.
        self._vectors.remember({node.text: node.embedding for node in texts if node.embedding})
        chosen = self._choose(question, [node.text for node in texts])
        sentences, citations = cite_quotes([(texts[s.passage], s.span) for s in chosen])
        answer = Answer(
            question=question,
            answer=with_markers(sentences) if sentences else NOT_IN_DOCUMENTS,
            short_answer=None,
            confidence=round(max((sentence.score for sentence in chosen), default=0.0), 4),
            refused=not sentences,
            reason=None if sentences else "No passage of the documents has a sentence that could be quoted.",
            sentences=sentences,
            citations=citations,
            passages=[as_passage(node) for node in nodes],
        )
        return Response(answer.answer, source_nodes=list(nodes), metadata={ANSWER: answer})

    async def asynthesize(
        self,
        query: QueryType,
        nodes: list[NodeWithScore],
        additional_source_nodes: Sequence[NodeWithScore] | None = None,
        **response_kwargs: Any,
    ) -> Response:
        """The same as `synthesize`."""
        return self.synthesize(query, nodes)

    def get_response(self, query_str: str, text_chunks: Sequence[str], **response_kwargs: Any) -> str:
        """The best sentences of plain texts, without citations."""
        chosen = self._choose(query_str, text_chunks)
        return " ".join(text_chunks[s.passage][slice(*s.span)] for s in chosen)

    async def aget_response(self, query_str: str, text_chunks: Sequence[str], **response_kwargs: Any) -> str:
        """The same as `get_response`."""
        return self.get_response(query_str, text_chunks)

    def _get_prompts(self) -> dict[str, Any]:
        return {}

    def _update_prompts(self, prompts: dict[str, Any]) -> None:
        """Nothing to update: quoting has no prompts."""

    def _choose(self, question: str, passages: Sequence[str]) -> list[ScoredSentence]:
        """The best sentence and those nearly as good, at most `max_answer_sentences`, best first."""
        ranked = score_sentences(question, passages, self._embedding, self._vectors)
        chosen: list[ScoredSentence] = []
        texts: set[str] = set()
        for sentence in ranked:
            text = passages[sentence.passage][slice(*sentence.span)]
            if sentence.score < LEAST_SHARE_OF_BEST * ranked[0].score:
                break
            if text not in texts:
                texts.add(text)
                chosen.append(sentence)
        return chosen[: self._max_answer_sentences]


def score_sentences(
    question: str, passages: Sequence[str], embedding: BaseEmbedding, vectors: TextVectors | None = None
) -> list[ScoredSentence]:
    """The quotable sentences of `passages`, best first, ties as they stand; a score is the mean of the features.

    Equal weights did best of a grid on squad2's 15 training articles: training/fit_quoting.py.
    """
    places, features = sentence_features(question, passages, embedding, vectors)
    if not places:
        return []
    scores = features.mean(axis=1)
    order = np.argsort(-scores, kind="stable")
    return [ScoredSentence(places[i][0], places[i][1], float(scores[i])) for i in order]


def sentence_features(
    question: str, passages: Sequence[str], embedding: BaseEmbedding, vectors: TextVectors | None = None
) -> tuple[list[tuple[int, Span]], npt.NDArray[np.float64]]:
    """Passage number and range of each quotable sentence, and its features, float64 [sentences, 3], each 0 to 1.

    The cosine of question and sentence; the share of the question's words that the sentence holds, stemmed, each
    weighing the logarithm of its rarity among these sentences; the cosine of question and passage. Negative cosines
    count as 0. `vectors` may know those of earlier questions' sentences.
    """
    places = [(i, span) for i, passage in enumerate(passages) for span in quotable_spans(passage)]
    if not places:
        return [], np.empty((0, 3))
    sentences = [passages[i][slice(*span)] for i, span in places]
    rows = (vectors or TextVectors(embedding)).of([*sentences, *passages])
    cosines = np.clip(rows @ np.array(embedding.get_query_embedding(question)), 0, 1)
    of_passage = cosines[len(sentences) :][[i for i, _ in places]]
    return places, np.stack([cosines[: len(sentences)], _overlap(question, sentences), of_passage], axis=1)


def quotable_spans(passage: str) -> list[Span]:
    """Ranges of the sentences that can stand in an answer, without list markers: no headings, no bare punctuation."""
    spans = (trim_marker(passage, span) for span in sentence_spans(passage) if not is_heading(passage, span))
    return [span for span in spans if any(letter.isalnum() for letter in passage[slice(*span)])]


def _overlap(question: str, sentences: list[str]) -> npt.NDArray[np.float64]:
    # A stemmer holds the word at hand, so threads must not share one.
    stem = snowballstemmer.stemmer("english").stemWord
    asked = {stem(word) for word in content_words(question)}
    held = [asked & {stem(word) for word in content_words(sentence)} for sentence in sentences]
    weights = {word: math.log((len(held) + 1) / (sum(word in words for words in held) + 0.5)) for word in asked}
    total = sum(weights.values())
    return np.array([sum(weights[word] for word in words) / total if total else 0.0 for words in held])
