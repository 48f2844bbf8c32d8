"""What an index is made with, and whether another has been made likewise."""

from pathlib import Path

from llama_index.core.base.embeddings.base import BaseEmbedding

from rag.errors import IndexFolderError
from rag.formats.parsed_document import READING_VERSION
from rag.store.index_store import IndexStore
from rag.store.manifest import OWN_PARSER, Manifest, build_again

CHUNKING_VERSION = 2
"""Goes up whenever the chunker would cut the same text otherwise, so that an older index asks to be rebuilt."""


def new_manifest(
    folder: Path, embedding: BaseEmbedding, max_passage_tokens: int, node_parser: str = OWN_PARSER
) -> Manifest:
    """The manifest of an empty index of `folder` with these settings."""
    return Manifest(
        folder=str(folder),
        embedding_model=embedding.model_name,
        dimension=len(embedding.get_text_embedding("dimension")),
        chunking_version=CHUNKING_VERSION,
        reading_version=READING_VERSION,
        max_passage_tokens=max_passage_tokens,
        node_parser=node_parser,
    )


def check_settings(store: IndexStore, wanted: Manifest) -> None:
    """Raise IndexFolderError if `store` was made with other settings than `wanted`."""
    difference = store.manifest.difference(wanted)
    if difference:
        other = store.manifest.embedding_model != wanted.embedding_model
        hint = (
            "Set embedding in rag.toml to the one that it was made with, or choose this one for good. " if other else ""
        )
        raise IndexFolderError(
            f"the index {store.place} was {difference}. {hint}{build_again(store.manifest.folder, store.name)}"
        )
