"""What documents are cut and embedded with, as settings ask for it or as it was given."""

from pathlib import Path

from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.node_parser.interface import NodeParser

from rag.ingest.chunker import SentenceChunker
from rag.models.embedding import counter_of, window_of
from rag.models.vector_cache import CachedEmbedding


def parts(
    embedding: BaseEmbedding, node_parser: NodeParser | None, max_passage_tokens: int, cache_dir: Path
) -> tuple[CachedEmbedding, NodeParser]:
    """The embedding with what it embedded before; and the node parser, one of whole sentences where none is given."""
    if node_parser is None:
        node_parser = SentenceChunker(counter_of(embedding), min(max_passage_tokens, window_of(embedding)))
    return CachedEmbedding(embedding, cache_dir / "vectors"), node_parser
