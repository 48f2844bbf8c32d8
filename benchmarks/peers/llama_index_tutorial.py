"""LlamaIndex as its tutorial puts it together: directory reader, sentence splitter, Hugging Face embedding, FAISS."""

from pathlib import Path
from typing import Any

from benchmarks.peers.protocol import PASSAGE_TOKENS, PASSAGES, Search, run


def ingest(files: Path, index: Path, model: Path) -> None:
    import faiss
    from llama_index.core import SimpleDirectoryReader, StorageContext, VectorStoreIndex
    from llama_index.core.node_parser import SentenceSplitter
    from llama_index.vector_stores.faiss import FaissVectorStore

    documents = SimpleDirectoryReader(str(files)).load_data()
    store = FaissVectorStore(faiss_index=faiss.IndexFlatIP(384))
    made = VectorStoreIndex.from_documents(
        documents,
        storage_context=StorageContext.from_defaults(vector_store=store),
        transformations=[SentenceSplitter(chunk_size=PASSAGE_TOKENS, chunk_overlap=0)],
        embed_model=_embedding(model),
    )
    made.storage_context.persist(persist_dir=str(index))


def opened(index: Path, model: Path) -> Search:
    from llama_index.core import StorageContext, load_index_from_storage
    from llama_index.vector_stores.faiss import FaissVectorStore

    store = FaissVectorStore.from_persist_dir(str(index))
    context = StorageContext.from_defaults(vector_store=store, persist_dir=str(index))
    loaded = load_index_from_storage(context, embed_model=_embedding(model))
    retriever = loaded.as_retriever(similarity_top_k=PASSAGES)
    return lambda question: [node.get_content() for node in retriever.retrieve(question)]


def serve(index: Path, model: Path, port: int) -> None:
    """Behind FastAPI, as its users put it: a route that calls the retriever, in a thread."""
    import uvicorn
    from fastapi import FastAPI

    search, app = opened(index, model), FastAPI()

    @app.post("/search")
    def found(question: str) -> list[str]:
        return search(question)

    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning")


def _embedding(model: Path) -> Any:
    from llama_index.embeddings.huggingface import HuggingFaceEmbedding

    return HuggingFaceEmbedding(model_name=str(model), device="cpu")


if __name__ == "__main__":
    run(ingest, opened, serve)
