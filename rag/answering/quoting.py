"""From passages to an answer, by quoting: the sentences that hold what answers the question."""

from collections.abc import Iterator, Sequence
from typing import Any

from llama_index.core.base.response.schema import RESPONSE_TYPE, Response
from llama_index.core.indices.prompt_helper import ChatPromptHelper, PromptHelper
from llama_index.core.llms import MockLLM
from llama_index.core.response_synthesizers.base import BaseSynthesizer
from llama_index.core.schema import NodeWithScore, QueryBundle, QueryType, TextNode

from rag.answer import NOT_IN_DOCUMENTS, Answer
from rag.answering.citations import cite_quotes, with_markers
from rag.answering.selection import Choice, choose
from rag.retrieval.passage import as_passage
from rag.retrieval.reranker import PassageReader, reading_of

ANSWER = "answer"
"""Key of the Answer in a Response's metadata."""

QUESTION_CUT = "The question is longer than the reader's window: its first words were read: “{read}”"


def answer_of(response: RESPONSE_TYPE) -> Answer:
    """The Answer that a response of this project's engine or synthesizers carries. Raises KeyError for others'."""
    answer: Answer = (response.metadata or {})[ANSWER]
    return answer


class QuoteSynthesizer(BaseSynthesizer):
    """An Answer that quotes whole sentences, so that nothing in it can be invented; no language model is involved.

    Nodes that no PassageReader has read are read first. The Response's text is the answer with markers, its metadata
    holds the Answer under ANSWER. It refuses only where there is nothing to quote; whether confidence suffices is for
    rag.answering.refusal to decide.
    """

    def __init__(self, reader: PassageReader, max_answer_sentences: int) -> None:
        # No prompt is made here. The base class would otherwise look for an OpenAI key, and read a tokenizer of its own
        # for half a second.
        super().__init__(
            llm=MockLLM(),
            prompt_helper=PromptHelper(tokenizer=str.split),
            chat_prompt_helper=ChatPromptHelper(tokenizer=str.split),
        )
        self._reader = reader
        self._max_answer_sentences = max_answer_sentences

    def stream(self, question: str, nodes: list[NodeWithScore]) -> Iterator[Answer]:
        """The answer, which is there at once."""
        yield answer_of(self.synthesize(question, nodes))

    def synthesize(
        self,
        query: QueryType,
        nodes: list[NodeWithScore],
        additional_source_nodes: Sequence[NodeWithScore] | None = None,
        **response_kwargs: Any,
    ) -> Response:
        """The answer to `query` from `nodes`, best node first."""
        question = query.query_str if isinstance(query, QueryBundle) else str(query)
        nodes, choice = self._choose(question, nodes)
        quotes = [(_text_node(nodes[c.passage]), c.sentence) for c in choice.quoted] if choice else []
        sentences, citations = cite_quotes(quotes)
        short = choice.best if choice and choice.short else None
        if choice and short:
            at = choice.quoted.index(short)
            sentences[at] = sentences[at].marked(short.span[0] - short.sentence[0], short.span[1] - short.sentence[0])
        answer = Answer(
            question=question,
            answer=with_markers(sentences) if sentences else NOT_IN_DOCUMENTS,
            short_answer=short.said if short else None,
            confidence=round(choice.confidence, 4) if choice else 0.0,
            refused=not sentences,
            reason=None if sentences else "No passage of the documents has a sentence that could be quoted.",
            sentences=sentences,
            citations=citations,
            passages=[as_passage(node) for node in nodes],
            agreement=choice.agreement if choice else "single",
            notes=self._notes(question),
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
        nodes, choice = self._choose(query_str, [NodeWithScore(node=TextNode(text=text)) for text in text_chunks])
        return " ".join(nodes[c.passage].text[slice(*c.sentence)] for c in choice.quoted) if choice else ""

    async def aget_response(self, query_str: str, text_chunks: Sequence[str], **response_kwargs: Any) -> str:
        """The same as `get_response`."""
        return self.get_response(query_str, text_chunks)

    def _get_prompts(self) -> dict[str, Any]:
        return {}

    def _update_prompts(self, prompts: dict[str, Any]) -> None:
        """Nothing to update: quoting has no prompts."""

    def _choose(self, question: str, nodes: list[NodeWithScore]) -> tuple[list[NodeWithScore], Choice | None]:
        """The nodes, read, and what of them is quoted."""
        if not any(reading_of(node, question) for node in nodes):
            nodes = self._reader.postprocess_nodes(nodes, query_str=question)
        return nodes, choose(question, nodes, self._reader.model.fitted, self._max_answer_sentences)

    def _notes(self, question: str) -> list[str]:
        read = self._reader.model.cut(question)
        return [] if read == question else [QUESTION_CUT.format(read=read)]


def _text_node(node: NodeWithScore) -> TextNode:
    assert isinstance(node.node, TextNode)  # noqa: S101 - only these are read
    return node.node
