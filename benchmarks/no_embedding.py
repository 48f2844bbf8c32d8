"""An embedding that takes no time, in a module of its own, where other processes find it."""

from llama_index.core.base.embeddings.base import BaseEmbedding


class NoEmbedding(BaseEmbedding):
    """The same vector for every text."""

    model_name: str = "none"

    def _get_text_embedding(self, text: str) -> list[float]:
        return [1.0] + [0.0] * 383

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)
