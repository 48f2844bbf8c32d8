"""A document of a collection as whoever shows it has it open: its text, its pages, and the pictures of these."""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlencode

from rag.engine import CitedQueryEngine
from rag.errors import DocumentError
from rag.formats.parsed_document import Section
from rag.formats.pdf.page_picture import Picture, page_picture
from rag.formats.titles import title_of
from rag.ingest.sections import PAGE_KINDS
from rag.metadata import SHA256, TITLE, TYPE

PICTURE_PIXELS, LARGE_PIXELS = 1100, 2200
"""Widths of a page's picture: sharp where the pane is as wide as it gets on most screens, and where it is enlarged."""

_PICTURES_KEPT = 32

NO_PAGES = "“{document}” has no pages that can be drawn"
FILE_GONE = "{file} is not there any more"
FILE_CHANGED = "{file} has changed since it was indexed"


@dataclass(frozen=True, slots=True)
class OpenDocument:
    """A document and where its pages or slides lie in its text; `file` is that which was indexed, if it still is."""

    collection: str
    id: str
    title: str
    type: str
    sha256: str
    text: str
    pages: list[Section]
    file: Path

    @classmethod
    def of(cls, engine: CitedQueryEngine, document_id: str) -> "OpenDocument":
        """The document that is called so in a collection. Raises RagError."""
        found = engine.document(document_id)
        return cls(
            engine.store.name,
            document_id,
            title_of(document_id, found.metadata[TITLE]),
            found.metadata[TYPE],
            found.metadata[SHA256],
            found.text,
            [section for section in engine.store.contents.sections(document_id) if section.kind in PAGE_KINDS],
            Path(engine.store.manifest.folder) / document_id,
        )

    @property
    def address(self) -> str:
        """What a query names this version of the document by."""
        return urlencode({"collection": self.collection, "document": self.id, "sha256": self.sha256}, errors="replace")

    @property
    def has_pictures(self) -> bool:
        """Whether its pages can be drawn."""
        return self.type == "pdf"

    def picture(self, page: int, is_large: bool = False) -> Picture:
        """The picture of a page, from 1. Raises DocumentError, also where the file is not the one that was indexed."""
        if not self.has_pictures:
            raise DocumentError(NO_PAGES.format(document=self.title))
        return _picture(self.file, self.sha256, page, LARGE_PIXELS if is_large else PICTURE_PIXELS)


@lru_cache(_PICTURES_KEPT)
def _picture(file: Path, sha256: str, page: int, pixels: int) -> Picture:
    try:
        raw = file.read_bytes()
    except OSError:
        raise DocumentError(FILE_GONE.format(file=file)) from None
    if hashlib.sha256(raw).hexdigest() != sha256:
        raise DocumentError(FILE_CHANGED.format(file=file))
    return page_picture(raw, page, pixels)
