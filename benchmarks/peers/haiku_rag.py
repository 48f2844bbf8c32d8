"""haiku.rag: its SQLite store, hybrid. It asks servers for embeddings; here it has the model in its own process.

Its passages are cut by `passages`, because its own cutter needs a model that docling fetches from a hub. The vocabulary
by which it counts tokens is the copy that LlamaIndex brings, and SQLite that of pysqlite3, because many builds of
Python cannot load the extension that it stores vectors with.
"""

import asyncio
import os
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from benchmarks.peers.protocol import PASSAGES, Search, passages, run

_DIMENSION = 384
_FILE = "haiku.sqlite"


def ingest(files: Path, index: Path, model: Path) -> None:
    client = _client(index, model)

    async def add() -> None:
        from haiku.rag.store.models.chunk import Chunk

        for file in sorted(files.iterdir()):
            text = file.read_text(encoding="utf-8")
            chunks = [Chunk(content=passage, metadata={"order": n}) for n, passage in enumerate(passages(text))]
            await client.create_document(text, uri=file.name, chunks=chunks)

    asyncio.run(add())


def opened(index: Path, model: Path) -> Search:
    client = _client(index, model)
    loop = asyncio.new_event_loop()
    return lambda question: [
        chunk.content for chunk, _ in loop.run_until_complete(client.search(question, limit=PASSAGES))
    ]


def serve(index: Path, model: Path, port: int) -> None:
    """Its own server, which speaks MCP: what `haiku-rag serve` begins."""
    prepare(model)
    from haiku.rag.mcp import create_mcp_server

    create_mcp_server(index / _FILE).run("http", host="127.0.0.1", port=port, show_banner=False)


def _client(index: Path, model: Path) -> Any:
    prepare(model)
    from haiku.rag.client import HaikuRAG

    return HaikuRAG(index / _FILE, skip_validation=True)


def prepare(model: Path) -> None:
    """Give it the model, the vocabulary and SQLite."""
    spec = find_spec("llama_index.core")
    if spec and spec.origin:
        os.environ["TIKTOKEN_CACHE_DIR"] = str(Path(spec.origin).parent / "_static" / "tiktoken_cache")
    os.environ |= {"EMBEDDINGS_VECTOR_DIM": str(_DIMENSION), "RERANK_PROVIDER": ""}
    sys.modules["sqlite3"] = import_module("pysqlite3")
    from haiku.rag.embeddings.base import EmbedderBase
    from haiku.rag.store.repositories import chunk
    from sentence_transformers import SentenceTransformer

    encoder = SentenceTransformer(str(model), device="cpu")

    class Embedder(EmbedderBase):
        async def embed(self, text: str) -> list[float]:
            return encoder.encode(text).tolist()

    chunk.get_embedder = lambda: Embedder(model.name, _DIMENSION)


if __name__ == "__main__":
    run(ingest, opened, serve)
