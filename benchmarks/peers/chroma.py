"""Chroma: a persistent collection with its own sentence-transformers embedding function."""

from pathlib import Path
from typing import Any

from benchmarks.peers.protocol import PASSAGES, Search, passages, run

_AT_ONCE = 1000
_NAME = "articles"


def ingest(files: Path, index: Path, model: Path) -> None:
    import chromadb

    collection = chromadb.PersistentClient(str(index)).create_collection(_NAME, embedding_function=_embedding(model))
    texts = [text for file in sorted(files.iterdir()) for text in passages(file.read_text(encoding="utf-8"))]
    for first in range(0, len(texts), _AT_ONCE):
        some = texts[first : first + _AT_ONCE]
        collection.add(ids=[str(first + i) for i in range(len(some))], documents=some)


def opened(index: Path, model: Path) -> Search:
    import chromadb

    collection = chromadb.PersistentClient(str(index)).get_collection(_NAME, embedding_function=_embedding(model))
    return lambda question: collection.query(query_texts=[question], n_results=PASSAGES)["documents"][0]


def _embedding(model: Path) -> Any:
    from chromadb.utils.embedding_functions import SentenceTransformerEmbeddingFunction

    return SentenceTransformerEmbeddingFunction(model_name=str(model), device="cpu")


if __name__ == "__main__":
    run(ingest, opened)
