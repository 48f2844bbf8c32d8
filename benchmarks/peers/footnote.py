"""This project, asked as the others are: what the settings in the environment say, through its own query engine."""

import os
from pathlib import Path

from benchmarks.peers.protocol import PASSAGES, Search, run


def ingest(files: Path, index: Path, model: Path) -> None:
    from rag.engine import build_index

    build_index(files, _config(index), index.name)


def opened(index: Path, model: Path) -> Search:
    from rag.engine import open_engine

    engine = open_engine(_config(index), index.name)
    return lambda question: [passage.text for passage in engine.search(question)]


def _config(index: Path):  # type: ignore[no-untyped-def]
    from rag.config import Config

    reranker = os.environ.get("RAG_RERANKER", "reader")
    cache = Path(os.environ["RAG_CACHE_DIR"])
    return Config(index_dir=index.parent, cache_dir=cache, passage_count=PASSAGES, reranker=reranker)


if __name__ == "__main__":
    run(ingest, opened)
