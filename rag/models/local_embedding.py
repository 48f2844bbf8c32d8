"""What embeddings whose model is on this machine have in common."""

import asyncio
from abc import abstractmethod

from llama_index.core.base.embeddings.base import BaseEmbedding

from rag.text.tokens import TokenCounter


class LocalEmbedding(BaseEmbedding):
    """Unit vectors, float32, of texts by a model on this machine, which says how much it takes of one.

    Async methods run on a thread of their own.
    """

    @property
    @abstractmethod
    def window(self) -> int:
        """Tokens of a text that the model reads at most, the counter's overhead among them."""

    @abstractmethod
    def token_counter(self) -> TokenCounter:
        """How the model counts the tokens of a passage."""

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._get_text_embeddings([text])[0]

    @abstractmethod
    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        """Vectors of passages."""

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return await asyncio.to_thread(self._get_query_embedding, query)

    async def _aget_text_embedding(self, text: str) -> list[float]:
        return await asyncio.to_thread(self._get_text_embedding, text)

    async def _aget_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        return await asyncio.to_thread(self._get_text_embeddings, texts)
