"""txtai: its embeddings database with content, vectors and BM25 together."""

from pathlib import Path

from benchmarks.peers.protocol import PASSAGES, Search, passages, run


def ingest(files: Path, index: Path, model: Path) -> None:
    from txtai import Embeddings

    embeddings = Embeddings(path=str(model), content=True, hybrid=True)
    embeddings.index(text for file in sorted(files.iterdir()) for text in passages(file.read_text(encoding="utf-8")))
    embeddings.save(str(index))


def opened(index: Path, model: Path) -> Search:
    from txtai import Embeddings

    embeddings = Embeddings()
    embeddings.load(str(index))
    return lambda question: [row["text"] for row in embeddings.search(question, PASSAGES)]


if __name__ == "__main__":
    run(ingest, opened)
