import subprocess
import sys

import pytest

LEANLY = "import sys; from rag.cli.lean_imports import import_leanly; import_leanly(); "
COSTLY = (
    "aiohttp",
    "nltk",
    "sqlalchemy",
    "tiktoken",
    "torch",
    "rag.llm.synthesizer",
    "rag.ingest.update",
    "rag.formats.pdf",
)


def run(program: str) -> str:
    """What a program prints in a process of its own, where nothing was imported yet."""
    command = [sys.executable, "-W", "ignore", "-c", program]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def test_a_question_imports_only_what_it_needs() -> None:
    assert run(f"{LEANLY} import rag.engine; print([name for name in {COSTLY!r} if name in sys.modules])") == "[]"


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("llama_index.core", "VectorStoreIndex"),
        ("llama_index.core", "Settings"),
        ("llama_index.core.embeddings", "MockEmbedding"),
        ("llama_index.core.evaluation", "FaithfulnessEvaluator"),
        ("llama_index.core.node_parser", "SentenceSplitter"),
        ("llama_index.core.postprocessor", "SentenceTransformerRerank"),
        ("llama_index.core.response_synthesizers", "TreeSummarize"),
        ("llama_index.core.vector_stores", "SimpleVectorStore"),
    ],
)
def test_all_of_llama_index_is_there_whichever_is_imported_first(module: str, name: str) -> None:
    wanted = f"from {module} import {name}; print({name}.__name__ if isinstance({name}, type) else '{name}'); "
    assert run(f"{LEANLY} {wanted} import rag.engine") == name
    assert run(f"{LEANLY} import rag.engine; {wanted} import llama_index.core; llama_index.core.global_handler") == name


def test_a_name_that_a_package_does_not_have_is_an_import_error() -> None:
    tried = "from llama_index.core import Nothing"
    program = f"{LEANLY}\ntry:\n    {tried}\nexcept ImportError as error:\n    print('cannot import' in str(error))"
    assert run(program) == "True"
