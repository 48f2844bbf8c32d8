"""What short texts have in common by their meaning: cosines of an embedding's vectors, the last of which are kept."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from llama_index.core.base.embeddings.base import BaseEmbedding

_KEPT = 2_000


class TextSimilarity:
    """Cosines of a question and of texts by an embedding. Safe to share between threads."""

    def __init__(self, embedding: BaseEmbedding) -> None:
        self._vector = lru_cache(_KEPT)(embedding.get_text_embedding)
        self._question = lru_cache(_KEPT)(embedding.get_query_embedding)

    def __call__(self, question: str, texts: Sequence[str]) -> list[float]:
        """The cosine of each text, whose vectors are of length one."""
        asked = np.array(self._question(question))
        return [float(np.dot(asked, np.array(self._vector(text)))) for text in texts]
