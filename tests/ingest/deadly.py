"""Documents that kill who reads them, for workers of a cluster to be killed by."""

import os
import signal
from collections.abc import Iterator, Sequence
from pathlib import Path

from llama_index.core.schema import BaseNode, TextNode
from pydantic import PrivateAttr

from rag.formats.parsed_document import Table
from rag.ingest.chunker import SentenceChunker
from rag.models.default_embedding import default_counter

DEADLY_ONCE, DEADLY = "This kills once.", "This kills always."


class DeadlyChunker(SentenceChunker):
    """A chunker as any other, but for DEADLY documents, and the first who reads one that is DEADLY_ONCE."""

    _traces: Path = PrivateAttr()

    def __init__(self, traces: Path) -> None:
        super().__init__(default_counter(), 200)
        self._traces = traces

    def passages(self, document: BaseNode, tables: Sequence[Table] = ()) -> Iterator[TextNode]:
        text = document.get_content()
        trace = self._traces / document.node_id
        if DEADLY in text or (DEADLY_ONCE in text and not trace.exists()):
            with trace.open("a") as file:
                file.write("read\n")
            os.kill(os.getpid(), signal.SIGKILL)
        return super().passages(document, tables)
