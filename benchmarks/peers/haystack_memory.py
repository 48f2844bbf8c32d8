"""Haystack: its in-memory store saved to a file, document splitter and sentence-transformers embedders, hybrid."""

from pathlib import Path

from benchmarks.peers.protocol import PASSAGE_WORDS, PASSAGES, Search, run

_FILE = "store.json"


def ingest(files: Path, index: Path, model: Path) -> None:
    from haystack import Pipeline
    from haystack.components.converters import TextFileToDocument
    from haystack.components.preprocessors import DocumentSplitter
    from haystack.components.writers import DocumentWriter
    from haystack.document_stores.in_memory import InMemoryDocumentStore
    from haystack_integrations.components.embedders.sentence_transformers import SentenceTransformersDocumentEmbedder

    store = InMemoryDocumentStore(embedding_similarity_function="cosine")
    pipeline = Pipeline()
    pipeline.add_component("read", TextFileToDocument())
    pipeline.add_component("split", DocumentSplitter(split_by="word", split_length=PASSAGE_WORDS))
    pipeline.add_component("embed", SentenceTransformersDocumentEmbedder(model=str(model), progress_bar=False))
    pipeline.add_component("write", DocumentWriter(store))
    for before, after in (("read", "split"), ("split", "embed"), ("embed", "write")):
        pipeline.connect(before, after)
    pipeline.run({"read": {"sources": sorted(files.iterdir())}})
    index.mkdir(parents=True)
    store.save_to_disk(str(index / _FILE))


def opened(index: Path, model: Path) -> Search:
    from haystack import Pipeline
    from haystack.components.joiners import DocumentJoiner
    from haystack.components.retrievers.in_memory import InMemoryBM25Retriever, InMemoryEmbeddingRetriever
    from haystack.document_stores.in_memory import InMemoryDocumentStore
    from haystack_integrations.components.embedders.sentence_transformers import SentenceTransformersTextEmbedder

    store = InMemoryDocumentStore.load_from_disk(str(index / _FILE))
    pipeline = Pipeline()
    pipeline.add_component("embed", SentenceTransformersTextEmbedder(model=str(model), progress_bar=False))
    pipeline.add_component("dense", InMemoryEmbeddingRetriever(store))
    pipeline.add_component("lexical", InMemoryBM25Retriever(store))
    pipeline.add_component("join", DocumentJoiner(join_mode="reciprocal_rank_fusion", top_k=PASSAGES))
    pipeline.connect("embed.embedding", "dense.query_embedding")
    pipeline.connect("dense", "join")
    pipeline.connect("lexical", "join")

    def search(question: str) -> list[str]:
        found = pipeline.run({"embed": {"text": question}, "lexical": {"query": question}})
        return [document.content for document in found["join"]["documents"]]

    return search


if __name__ == "__main__":
    run(ingest, opened)
