"""Footnote: answers from your own documents, each sentence with a citation that holds.

The names below are what other programs may rely on; docs/python.md shows each. They are imported when they are used,
so that `import rag` costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from rag.no_telemetry import switch_off_telemetry

# Every way in passes here before it can load a library that counts its users.
switch_off_telemetry()

if TYPE_CHECKING:
    from rag.answer import Answer, Citation, Passage, Sentence, Turn
    from rag.answering.synthesizer import answer_of
    from rag.build import build_index, list_documents, open_engine, remove_document
    from rag.config import Config, load_config
    from rag.engine import CitedQueryEngine
    from rag.errors import RagError
    from rag.formats.document_reader import DocumentReader
    from rag.ingest.chunker import SentenceChunker
    from rag.models.embedding import load_embedding
    from rag.retrieval.follow_up import FollowUpTransform
    from rag.retrieval.hybrid import HybridRetriever
    from rag.store.vector_store import FaissStore

__version__ = "0.1.0"

DEFAULT_INDEX = "seeds"

__all__ = [
    "Answer",
    "Citation",
    "CitedQueryEngine",
    "Config",
    "DocumentReader",
    "FaissStore",
    "FollowUpTransform",
    "HybridRetriever",
    "Passage",
    "RagError",
    "Sentence",
    "SentenceChunker",
    "Turn",
    "answer_of",
    "build_index",
    "list_documents",
    "load_config",
    "load_embedding",
    "open_engine",
    "remove_document",
]

_HOMES = {
    "rag.answer": ("Answer", "Citation", "Passage", "Sentence", "Turn"),
    "rag.answering.synthesizer": ("answer_of",),
    "rag.build": ("build_index", "list_documents", "open_engine", "remove_document"),
    "rag.config": ("Config", "load_config"),
    "rag.engine": ("CitedQueryEngine",),
    "rag.errors": ("RagError",),
    "rag.formats.document_reader": ("DocumentReader",),
    "rag.ingest.chunker": ("SentenceChunker",),
    "rag.models.embedding": ("load_embedding",),
    "rag.retrieval.follow_up": ("FollowUpTransform",),
    "rag.retrieval.hybrid": ("HybridRetriever",),
    "rag.store.vector_store": ("FaissStore",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(_HOME_OF[name]), name)
    return found
