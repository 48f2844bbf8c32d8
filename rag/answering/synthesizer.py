"""What all that answers here has in common: a LlamaIndex synthesizer whose Response carries an Answer."""

import asyncio
from abc import abstractmethod
from collections.abc import Generator, Sequence
from typing import Any

from llama_index.core.base.response.schema import RESPONSE_TYPE, Response
from llama_index.core.indices.prompt_helper import ChatPromptHelper, PromptHelper
from llama_index.core.llms import LLM, MockLLM
from llama_index.core.response_synthesizers.base import BaseSynthesizer
from llama_index.core.schema import NodeWithScore, QueryBundle, QueryType, TextNode

from rag.answer import Answer

ANSWER = "answer"
"""Key of the Answer in a Response's metadata."""


def answer_of(response: RESPONSE_TYPE) -> Answer:
    """The Answer that a response of this project's engine or synthesizers carries. Raises KeyError for others'."""
    answer: Answer = (response.metadata or {})[ANSWER]
    return answer


class AnswerSynthesizer(BaseSynthesizer):
    """From a question and nodes, best first, to an Answer, which the Response carries under ANSWER in its metadata.

    Async methods run on a thread of their own.
    """

    def __init__(self, llm: LLM | None = None) -> None:
        # The base class would otherwise look for an OpenAI key, and read a tokenizer of its own for half a second.
        super().__init__(
            llm=llm or MockLLM(),
            prompt_helper=PromptHelper(tokenizer=str.split),
            chat_prompt_helper=ChatPromptHelper(tokenizer=str.split),
        )

    @abstractmethod
    def stream(self, question: str, nodes: list[NodeWithScore]) -> Generator[Answer, None, None]:
        """Answers that hold what is written so far, as drafts without sentences; the last one is complete."""

    @property
    def model_problem(self) -> str | None:
        """Why a language model that writes here did not when it was last asked; None where it did, or none does."""
        return None

    @property
    def model_hung_at(self) -> float | None:
        """When it gave no words for too long, in seconds of time.monotonic; None where it answered since."""
        return None

    def worded(self, question: str, answer: Answer, nodes: list[NodeWithScore]) -> Generator[Answer, None, None]:
        """`answer`, which `nodes` were quoted for, in the words of what writes here; as it is where nothing writes."""
        yield answer

    def in_quotes(self) -> "AnswerSynthesizer":
        """What answers in quotes alone: itself where nothing writes."""
        return self

    def synthesize(
        self,
        query: QueryType,
        nodes: list[NodeWithScore],
        additional_source_nodes: Sequence[NodeWithScore] | None = None,
        **response_kwargs: Any,
    ) -> Response:
        """The answer to `query` from `nodes`, best node first."""
        *_, answer = self.stream(query.query_str if isinstance(query, QueryBundle) else str(query), nodes)
        return Response(answer.answer, source_nodes=list(nodes), metadata={ANSWER: answer})

    async def asynthesize(
        self,
        query: QueryType,
        nodes: list[NodeWithScore],
        additional_source_nodes: Sequence[NodeWithScore] | None = None,
        **response_kwargs: Any,
    ) -> Response:
        """The same as `synthesize`."""
        return await asyncio.to_thread(self.synthesize, query, nodes)

    def get_response(self, query_str: str, text_chunks: Sequence[str], **response_kwargs: Any) -> str:
        """The answer to plain texts, which have no places to cite, as a text without markers."""
        nodes = [NodeWithScore(node=TextNode(text=text)) for text in text_chunks]
        *_, answer = self.stream(query_str, nodes)
        return " ".join(sentence.text for sentence in answer.sentences)

    async def aget_response(self, query_str: str, text_chunks: Sequence[str], **response_kwargs: Any) -> str:
        """The same as `get_response`."""
        return await asyncio.to_thread(self.get_response, query_str, text_chunks, **response_kwargs)

    def _get_prompts(self) -> dict[str, Any]:
        return {}

    def _update_prompts(self, prompts: dict[str, Any]) -> None:
        """Nothing to update where there are no prompts."""
