"""Any model that sentence-transformers opens, as a LlamaIndex embedding."""

import hashlib
import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import PrivateAttr

from rag.errors import ModelError
from rag.models.local_embedding import LocalEmbedding
from rag.text.tokens import FunctionCounter, TokenCounter, TokenizerCounter

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

LARGEST_WINDOW = 8192
"""Taken where a model does not say how much it reads."""

_PREFIXES = {
    "e5": ("query: ", "passage: "),
    "bge": ("Represent this sentence for searching relevant passages: ", ""),
}
"""Before questions and before passages: what families of models were trained with and do not say in their own files.

Wang et al. 2022 (E5), Xiao et al. 2023 (BGE, the English models).
"""

_TRAINED_OTHERWISE = {"m3", "zh", "mistral", "instruct", "gemma2", "icl"}
"""In the names of later members of these families."""

_QUERY, _PASSAGE = "query", "document"


class SentenceTransformerEmbedding(LocalEmbedding):
    """Unit vectors, float32, by a model of the hub or in a folder; its prefixes are put before questions and passages.

    Code that comes with a model is never run.
    """

    _model: "SentenceTransformer" = PrivateAttr()
    _before: tuple[str, str] = PrivateAttr()

    def __init__(self, name: str, on_download: Callable[[], Any] = lambda: None) -> None:
        """`name` is a folder, or a model of the hub, which is downloaded after `on_download()` where it is not here.

        Raises ModelError.
        """
        model = _opened(name, on_download)
        super().__init__(model_name=f"{Path(name).name}@{_fingerprint(model, name)}", embed_batch_size=64)
        self._model = model
        self._before = _prefixes(model, name)

    @classmethod
    def class_name(cls) -> str:
        """The name under which LlamaIndex serialises this embedding."""
        return "SentenceTransformerEmbedding"

    @property
    def window(self) -> int:
        """Tokens of a text at most."""
        return min(self._model.max_seq_length or LARGEST_WINDOW, LARGEST_WINDOW)

    def token_counter(self) -> TokenCounter:
        """How the model's own tokenizer counts."""
        tokenizer, prefix = self._model.tokenizer, self._before[1]
        if fast := getattr(tokenizer, "backend_tokenizer", None):
            # A copy: the model's own is set to cut and to pad.
            own = type(fast).from_str(fast.to_str())
            own.no_padding()
            own.no_truncation()
            return TokenizerCounter(own, prefix)
        return FunctionCounter(lambda text: len(tokenizer(prefix + text)["input_ids"]))

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        return self._encoded([self._before[1] + text for text in texts])

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._encoded([self._before[0] + query])[0]

    def _encoded(self, texts: list[str]) -> list[list[float]]:
        # No prompt: what stands before a text is counted among its tokens here.
        vectors: list[list[float]] = self._model.encode(
            texts, prompt="", normalize_embeddings=True, show_progress_bar=False, convert_to_numpy=True
        ).tolist()
        return vectors


def _opened(name: str, on_download: Callable[[], Any]) -> "SentenceTransformer":
    from sentence_transformers import SentenceTransformer

    settings: dict[str, Any] = {"device": "cpu", "trust_remote_code": False}
    folder = os.path.expanduser(name)
    try:
        if os.path.isdir(folder):
            return SentenceTransformer(folder, local_files_only=True, **settings)
        try:
            # What is here is not looked for elsewhere.
            return SentenceTransformer(name, local_files_only=True, **settings)
        except (OSError, ValueError):
            on_download()
            return SentenceTransformer(name, **settings)
    except (OSError, ValueError, RuntimeError, ImportError, KeyError, AttributeError) as error:
        first = str(error).strip().splitlines()[:1]
        raise ModelError(
            f"embedding: {name!r} cannot be opened by sentence-transformers ({''.join(first)[:200]}). Name a folder"
            " with a model, or a model of huggingface.co that can be reached or has been downloaded; or default,"
            " multilingual, openai/MODEL, ollama/MODEL."
        ) from None


def _prefixes(model: "SentenceTransformer", name: str) -> tuple[str, str]:
    """What stands before a question and before a passage: as the model's files say, else as its family is known for."""
    own = model.prompts or {}
    question, passage = own.get(_QUERY) or "", own.get(_PASSAGE) or own.get("passage") or ""
    if question or passage:
        return question, passage
    words = set(re.split(r"[^a-z0-9]+", Path(name).name.lower()))
    family = next((family for family in _PREFIXES if family in words and not words & _TRAINED_OTHERWISE), None)
    return _PREFIXES[family] if family else ("", "")


def _fingerprint(model: "SentenceTransformer", name: str) -> str:
    """Tells one state of a model from another: its commit on the hub, else a hash of its weights and settings."""
    settings = getattr(getattr(model[0], "auto_model", None), "config", None)
    commit = getattr(settings, "_commit_hash", None)
    if commit:
        return str(commit)[:12]
    digest = hashlib.sha256(json.dumps(model.prompts, sort_keys=True).encode())
    for file in sorted(Path(os.path.expanduser(name)).rglob("*")):
        if file.suffix in (".safetensors", ".bin", ".json", ".txt"):
            with file.open("rb") as handle:
                digest.update(hashlib.file_digest(handle, "sha256").digest())
    return digest.hexdigest()[:12]
