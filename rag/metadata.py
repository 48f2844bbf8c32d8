"""The keys under which documents and passages carry what is known of them, and how a node is given more."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from llama_index.core.schema import BaseNode

TITLE, LANGUAGE = "title", "language"
"""Of a document and of its passages; the language as ISO 639-1 has it."""

TYPE, FOLDER, DATE, SHA256 = "type", "folder", "date", "sha256"
"""Of a document: its file's suffix without the dot, the folder it lies in, its day (ISO 8601), its file's digest."""

AUTHOR, OWN_DATE, MODIFIED = "author", "own_date", "modified"
"""Of a document: who wrote it and of which day it is, as its file says, absent where it does not; and the day on which
the file was changed."""

ENCODING, NOTES = "encoding", "notes"
"""Of a document: the name of its text's encoding, and sentences about what of it was not read; absent where none."""

PAGE, SECTION, ALSO = "page", "section", "also"
"""Of a passage: its page or slide, its sheet, chapter or heading, and further documents with the same text."""

HEADINGS = "headings"
"""Of a passage: the headings that it stands under and does not begin with, a line each, outermost first.

Embeddings and the full-text index are given them as the passage's first lines, the reader where they tell it more.
"""

HEADED = "headed"
"""Of a passage: the headings that begin in it, the place, level and title of each; absent where none does."""

TABLES = "tables"
"""Of a passage: what of tables lies in it, see rag.retrieval.passage_tables."""


def add_metadata(node: "BaseNode", values: Mapping[str, Any]) -> None:
    """Add `values` to a node's metadata, where neither an embedding nor a language model sees them."""
    node.metadata |= values
    for excluded in (node.excluded_embed_metadata_keys, node.excluded_llm_metadata_keys):
        excluded += [key for key in values if key not in excluded]
