"""Which embedding is used: what the setting `embedding` names."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from llama_index.core.base.embeddings.base import BaseEmbedding

from rag.errors import ConfigError
from rag.models.default_embedding import MAX_MODEL_TOKENS, default_counter, load_default_embedding
from rag.models.local_embedding import LocalEmbedding
from rag.models.servers import ollama_server, openai_server
from rag.text.tokens import TokenCounter

DEFAULT = "default"
MULTILINGUAL = "multilingual"

PREPARING = "Preparing the embedding model (once, about 10 seconds)"
DOWNLOADING = "Downloading {} from huggingface.co (once)"


def load_embedding(name: str, cache_dir: Path, notify: Callable[[str], Any] = lambda message: None) -> BaseEmbedding:
    """The embedding that `name` names; what takes long is told to `notify`. Raises ConfigError and ModelError.

    `default`, `multilingual`, `openai/MODEL` (any server of its protocol), `ollama/MODEL`, or what
    sentence-transformers opens: a model of the hub, or a folder.
    """
    provider, _, model = name.partition("/")
    if name == DEFAULT:
        return load_default_embedding(cache_dir, lambda: notify(PREPARING))
    if name == MULTILINGUAL:
        from rag.models.multilingual_embedding import MultilingualEmbedding

        return MultilingualEmbedding()
    if provider in ("openai", "ollama"):
        from rag.models.remote_embedding import open_remote

        if not model:
            raise ConfigError(f"embedding: {name!r} names no model. Set {provider}/MODEL.")
        server = openai_server("embedding") if provider == "openai" else ollama_server()
        # Ollama speaks OpenAI's protocol there.
        address = server.address if provider == "openai" else f"{server.address.rstrip('/')}/v1"
        return open_remote(name, model, server._replace(address=address))
    from rag.models.sentence_transformer_embedding import SentenceTransformerEmbedding

    return SentenceTransformerEmbedding(name, lambda: notify(DOWNLOADING.format(name)))


def counter_of(embedding: BaseEmbedding) -> TokenCounter:
    """How tokens are counted for an embedding; as the default counts where it does not say."""
    return embedding.token_counter() if isinstance(embedding, LocalEmbedding) else default_counter()


def window_of(embedding: BaseEmbedding) -> int:
    """Tokens of a text that an embedding reads; as many as the default where it does not say."""
    return embedding.window if isinstance(embedding, LocalEmbedding) else MAX_MODEL_TOKENS
