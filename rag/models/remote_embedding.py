"""Embedding models behind a server, as LlamaIndex's integrations ask them."""

import asyncio

import numpy as np
from llama_index.core.base.embeddings.base import BaseEmbedding
from pydantic import PrivateAttr

from rag.errors import ModelError
from rag.models.servers import Server, ask_directly
from rag.models.unit_vectors import as_unit

TEXTS_AT_ONCE = 64
SECONDS_TO_WAIT = 120.0
RETRIES = 2


class RemoteEmbedding(BaseEmbedding):
    """Unit vectors, float32, of texts by another embedding that asks a server; what fails there is a ModelError."""

    _embedding: BaseEmbedding = PrivateAttr()

    def __init__(self, embedding: BaseEmbedding, name: str) -> None:
        super().__init__(model_name=name, embed_batch_size=TEXTS_AT_ONCE)
        self._embedding = embedding

    @classmethod
    def class_name(cls) -> str:
        """The name under which LlamaIndex serialises this embedding."""
        return "RemoteEmbedding"

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._get_text_embeddings([text])[0]

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        try:
            vectors = np.array(self._embedding.get_text_embedding_batch(texts), dtype=np.float32)
        except Exception as error:  # each integration has errors of its own
            said = " ".join(str(error).split())[:200] or type(error).__name__
            raise ModelError(
                f"the embedding {self.model_name} cannot be asked: {said}. Check that its server runs and has it."
            ) from error
        try:
            if vectors.ndim != 2 or len(vectors) != len(texts):
                raise ValueError
            unit: list[list[float]] = as_unit(vectors).tolist()
        except ValueError:
            raise ModelError(
                f"the embedding {self.model_name} gave no vector for some texts. Set another embedding."
            ) from None
        return unit

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return await asyncio.to_thread(self._get_query_embedding, query)


def open_remote(name: str, model: str, server: Server) -> RemoteEmbedding:
    """The embedding `model` of a server of OpenAI's protocol, to be known as `name`. Nothing is sent yet."""
    try:
        from llama_index.embeddings.openai_like import OpenAILikeEmbedding
    except ImportError:
        raise ModelError(f"embedding: {name} needs one more package: pip install 'footnote-rag[llm]'") from None
    ask_directly()
    asked = OpenAILikeEmbedding(
        model_name=model,
        api_base=server.address,
        api_key=server.key,
        embed_batch_size=TEXTS_AT_ONCE,
        timeout=SECONDS_TO_WAIT,
        max_retries=RETRIES,
    )
    return RemoteEmbedding(asked, name)
