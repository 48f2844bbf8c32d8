"""/v1/search and /v1/embeddings: the passages nearest to a question, and the vectors behind that."""

import base64
from dataclasses import asdict
from functools import partial
from typing import Any

import numpy as np
from fastapi import APIRouter
from llama_index.core.base.embeddings.base import BaseEmbedding

from rag.server.asking import Desk
from rag.server.errors import ApiError
from rag.server.schemas import EmbeddingRequest, SearchRequest
from rag.text.words import is_utf8

_OTHER_MODEL = "There is no embedding {name!r} here; {known!r} is."
_OTHER_DIMENSIONS = "Vectors of {known!r} have {dimensions} dimensions."
_EMPTY = "An empty text has no vector, and one that is not UTF-8 none either."


def retrieval_routes(desk: Desk, embedding: BaseEmbedding) -> APIRouter:
    """The routes over what a desk asks, and the model that texts are made vectors with."""
    routes = APIRouter(prefix="/v1")
    known = embedding.model_name.partition("@")[0]

    @routes.post("/search", tags=["Collections"])
    async def search(asked: SearchRequest) -> dict[str, Any]:
        """The passages of a collection that are nearest to a question, best first."""
        engine = await desk.engine(asked.collection)
        passages = await desk.run(partial(engine.search, asked.question))
        return {"data": [asdict(passage) for passage in passages[: asked.k]]}

    @routes.post("/embeddings", tags=["OpenAI"])
    async def embeddings(asked: EmbeddingRequest) -> dict[str, Any]:
        """Unit vectors of texts."""
        texts = [asked.input] if isinstance(asked.input, str) else asked.input
        if asked.model != known:
            raise ApiError(404, _OTHER_MODEL.format(name=asked.model, known=known), "model", "model_not_found")
        if not all(text.strip() and is_utf8(text) for text in texts):
            raise ApiError(400, _EMPTY, "input")
        vectors = await desk.run(partial(embedding.get_text_embedding_batch, texts))
        if asked.dimensions not in (None, len(vectors[0])):
            message = _OTHER_DIMENSIONS.format(known=known, dimensions=len(vectors[0]))
            raise ApiError(400, message, "dimensions")
        data = [
            {"object": "embedding", "index": index, "embedding": _written(vector, asked.encoding_format)}
            for index, vector in enumerate(vectors)
        ]
        return {"object": "list", "data": data, "model": known, "usage": {"prompt_tokens": 0, "total_tokens": 0}}

    return routes


def _written(vector: list[float], format: str) -> list[float] | str:
    if format == "float":
        return vector
    return base64.b64encode(np.asarray(vector, dtype="<f4").tobytes()).decode()
