"""LangChain with FAISS: text loader, recursive splitter sized by the model's tokenizer, Hugging Face embeddings."""

from pathlib import Path
from typing import Any

from benchmarks.peers.protocol import PASSAGE_TOKENS, PASSAGES, Search, run


def ingest(files: Path, index: Path, model: Path) -> None:
    from langchain_community.document_loaders import DirectoryLoader, TextLoader
    from langchain_community.vectorstores import FAISS
    from langchain_text_splitters import RecursiveCharacterTextSplitter
    from transformers import AutoTokenizer

    documents = DirectoryLoader(
        str(files), glob="*.txt", loader_cls=TextLoader, loader_kwargs={"encoding": "utf-8"}
    ).load()
    splitter = RecursiveCharacterTextSplitter.from_huggingface_tokenizer(
        AutoTokenizer.from_pretrained(str(model)), chunk_size=PASSAGE_TOKENS, chunk_overlap=0
    )
    FAISS.from_documents(splitter.split_documents(documents), _embeddings(model)).save_local(str(index))


def opened(index: Path, model: Path) -> Search:
    from langchain_community.vectorstores import FAISS

    store = FAISS.load_local(str(index), _embeddings(model), allow_dangerous_deserialization=True)
    return lambda question: [found.page_content for found in store.similarity_search(question, k=PASSAGES)]


def _embeddings(model: Path) -> Any:
    from langchain_huggingface import HuggingFaceEmbeddings

    return HuggingFaceEmbeddings(model_name=str(model), model_kwargs={"device": "cpu"})


if __name__ == "__main__":
    run(ingest, opened)
