"""PassageReader: the retrieved passages read against the question, ranked by it, and the spans that may answer it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from llama_index.core.postprocessor.types import BaseNodePostprocessor
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode
from pydantic import Field, PrivateAttr

from rag.metadata import HEADINGS, LANGUAGE, add_metadata
from rag.models.calibrated import Fitted, logit, probability
from rag.models.reader import PairScores, ReaderModel
from rag.models.spans import best_span
from rag.retrieval.passage import READING, RETRIEVAL_SCORE
from rag.retrieval.passage_tables import rows_in
from rag.text.headings import as_title
from rag.text.languages import ENGLISH
from rag.text.sentences import Span, quotable_spans
from rag.text.words import share_of_words, stems

NO_SPAN = -30.0
"""What a passage without any span scores, less than any that has been seen."""


@dataclass(frozen=True, slots=True)
class SentenceSpan:
    """A quotable sentence of a passage, the span in it that answers best, and the logit that this one is right.

    Ranges count in the passage's text.
    """

    sentence: Span
    span: Span
    logit: float


@dataclass(frozen=True, slots=True)
class Reading:
    """What the reader says of a passage: the probability that it answers the question, and each sentence's span."""

    score: float
    spans: list[SentenceSpan]


class PassageFeatures(NamedTuple):
    """Span score, answerable and relevance logit, and retrieval score: of the best span, and of each sentence's.

    Of a sentence also the share of the question's content words, stemmed, that stand in it beside the span: rows of a
    table are told apart by it.
    """

    passage: tuple[float, float, float, float]
    spans: list[tuple[Span, Span, tuple[float, float, float, float, float]]]


class PassageReader(BaseNodePostprocessor):
    """Nodes in the order of how likely they answer, each with its Reading; the `read_count` best nodes are read.

    The rest follow in their order. With `ranks` False the order and the scores stay. Changes the nodes it is given.
    """

    read_count: int = Field(description="nodes that are read, the best ones")
    ranks: bool = Field(True, description="whether reading decides the order")
    least_score: float = Field(0.0, description="least score of the best passage at which reading decides the order")
    _model: ReaderModel = PrivateAttr()

    def __init__(self, model: ReaderModel, read_count: int, ranks: bool = True, least_score: float = 0.0) -> None:
        super().__init__(read_count=read_count, ranks=ranks, least_score=least_score)
        self._model = model

    @classmethod
    def class_name(cls) -> str:
        """The name under which LlamaIndex serialises this postprocessor."""
        return "PassageReader"

    @property
    def model(self) -> ReaderModel:
        """The model that reads."""
        return self._model

    def _postprocess_nodes(
        self, nodes: list[NodeWithScore], query_bundle: QueryBundle | None = None
    ) -> list[NodeWithScore]:
        if query_bundle is None:
            raise ValueError("a PassageReader needs the question: pass query_str or query_bundle")
        chosen = [node for node in nodes if isinstance(node.node, TextNode)][: self.read_count]
        question = query_bundle.query_str
        headings = [heading_to_read(question, node) for node in chosen]
        scores = self._model.score(question, [node.text for node in chosen], headings)
        read_scores: dict[str, float] = {}
        for node, scored in zip(chosen, scores, strict=True):
            # Behind another ranker the score is that one's. Else what may be kept is of an earlier question.
            kept = None if self.ranks else node.node.metadata.get(RETRIEVAL_SCORE)
            retrieval = kept or node.score or 0.0
            language = node.node.metadata.get(LANGUAGE)
            features = features_of(question, node.text, scored, retrieval, language, rows_in(node.node))
            reading = weigh(features, self._model.fitted)
            attach(node, question, reading, retrieval)
            read_scores[node.node_id] = reading.score
        if not self.ranks or max(read_scores.values(), default=0.0) < self.least_score:
            return nodes
        for node in chosen:
            node.score = read_scores[node.node_id]
        chosen.sort(key=lambda node: (-(node.score or 0.0), node.node_id))
        read = {id(node) for node in chosen}
        return [*chosen, *(node for node in nodes if id(node) not in read)]


def heading_to_read(question: str, node: NodeWithScore) -> str:
    """The headings that a passage stands under, where they hold a word of the question that the passage lacks.

    Read always they gain nothing that can be told from chance, and take longer (docs/reader.md).
    """
    title = as_title(str(node.node.metadata.get(HEADINGS, "")))
    language = node.node.metadata.get(LANGUAGE) or ENGLISH
    says_more = title and (stems(question, language) & stems(title, language)) - stems(node.text, language)
    return title if says_more else ""


def features_of(
    question: str,
    text: str,
    scored: PairScores,
    retrieval: float,
    language: str | None = None,
    rows: Sequence[Span] = (),
) -> PassageFeatures:
    """What is told by a passage's scores and the score it was retrieved with, before weights make logits of it.

    `rows` are the ranges of rows of tables in `text`.
    """
    asked, spans = stems(question, language or ENGLISH), []
    for sentence in quotable_spans(text, language, rows):
        if found := best_span(scored.tokens, sentence):
            beside = f"{text[sentence[0] : found.span[0]]} {text[found.span[1] : sentence[1]]}"
            around = share_of_words(asked, beside, language or ENGLISH)
            features = (found.score, scored.answerable, scored.relevance, retrieval, around)
            spans.append((sentence, found.span, features))
    best = max((features[0] for _, _, features in spans), default=NO_SPAN)
    return PassageFeatures((best, scored.answerable, scored.relevance, retrieval), spans)


def weigh(features: PassageFeatures, fitted: Fitted) -> Reading:
    """The Reading that fitted weights make of features."""
    spans = [SentenceSpan(sentence, span, logit(fitted.span, of)) for sentence, span, of in features.spans]
    return Reading(probability(logit(fitted.passage, features.passage)), spans)


def reading_of(node: NodeWithScore, question: str) -> Reading | None:
    """The Reading that a PassageReader left with a node, None where it did not read it for this question."""
    kept = node.node.metadata.get(READING)
    if kept is None or kept["question"] != question:
        return None
    spans = [SentenceSpan((a, b), (start, end), value) for a, b, start, end, value in kept["spans"]]
    return Reading(kept["score"], spans)


def attach(node: NodeWithScore, question: str, reading: Reading, retrieval: float) -> None:
    """Leave the Reading of a question, and the score before it, with a node."""
    # Plain lists and numbers, so that LlamaIndex can write a node as JSON.
    spans = [[*found.sentence, *found.span, found.logit] for found in reading.spans]
    kept = {"question": question, "score": reading.score, "spans": spans}
    add_metadata(node.node, {READING: kept, RETRIEVAL_SCORE: retrieval})
