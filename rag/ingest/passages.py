"""A document's passages by any LlamaIndex NodeParser, each at the exact place where its text stands."""

import hashlib
import json
from collections.abc import Sequence

from llama_index.core.node_parser.interface import NodeParser
from llama_index.core.schema import BaseNode, Document, MetadataMode

from rag.errors import DocumentError
from rag.formats.parsed_document import Table
from rag.ingest.chunker import SentenceChunker, new_passage
from rag.metadata import add_metadata
from rag.text.places import find_place

_NOT_FOUND = (
    "{parser} makes passages of it that do not stand in its text, and so cannot be cited (“{text}”)."
    " Index with a node parser that leaves the text as it is."
)


def passages_of(parser: NodeParser, document: Document, tables: Sequence[Table] = ()) -> list[BaseNode]:
    """The passages of `document`, ids derived from document, ordinal and content, starts strictly increasing.

    Other parsers' offsets are wrong where a text repeats (llama-index-core 0.14), so each passage is looked for behind
    the start of the one before; ours keeps the rows of `tables` whole. What a parser says of a passage in its metadata
    stays. Raises DocumentError where a passage does not stand in the document.
    """
    if isinstance(parser, SentenceChunker):
        return list(parser.passages(document, tables))
    try:
        # The text alone: others count the metadata among what a passage may hold.
        nodes = parser.get_nodes_from_documents([Document(id_=document.node_id, text=document.text)])
    except Exception as error:  # each parser has errors of its own
        raise DocumentError(f"{type(parser).__name__} cannot cut it into passages ({error}).") from error
    source = document.as_related_node_info()
    passages: list[BaseNode] = []
    start = -1
    for node in nodes:
        text = node.get_content(MetadataMode.NONE).strip()
        if not text:
            continue
        found = find_place(document.text, text, start + 1)
        if found is None:
            raise DocumentError(_NOT_FOUND.format(parser=type(parser).__name__, text=text[:60]))
        start, end = found
        passage = new_passage(document, source, len(passages), start, end)
        add_metadata(passage, node.metadata)
        passages.append(passage)
    return passages


def description_of(parser: NodeParser) -> str:
    """A parser's name, and behind it what tells its settings from others of its kind."""
    if isinstance(parser, SentenceChunker):
        return parser.class_name()
    settings = parser.model_dump(mode="json", exclude={"callback_manager"}, fallback=lambda value: type(value).__name__)
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:12]
    return f"{parser.class_name()}@{digest}"
