"""A document as a list shows it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

from rag.metadata import AUTHOR, DATE, ENCODING, LANGUAGE, MODIFIED, NOTES, OWN_DATE, TITLE, TYPE


@dataclass(frozen=True, slots=True)
class DocumentInfo:
    """A document as a list shows it; what is told of its text is that of the document it is the same as.

    `date` is `own_date`, or else `modified`, the day on which its file was changed. `notes` say what of it was
    not read. None, and no notes, where the index was made before these were kept.
    """

    id: str
    title: str
    type: str
    date: str | None
    pages: int
    characters: int
    passages: int
    same_as: str | None
    sha256: str | None
    language: str | None
    encoding: str | None
    notes: list[str]
    author: str | None = None
    own_date: str | None = None
    modified: str | None = None


def document_info(
    document_id: str,
    metadata: str,
    sections: str | None,
    characters: int | None,
    same_as: str | None,
    sha256: str | None,
    passages: int,
) -> DocumentInfo:
    """What is told of a document, from what is stored of it; metadata and sections are JSON."""
    said = json.loads(metadata)
    return DocumentInfo(
        id=document_id,
        title=str(said.get(TITLE, document_id)),
        type=str(said.get(TYPE, "")),
        date=said.get(DATE),
        pages=sum(section[0] in ("page", "slide") for section in json.loads(sections or "[]")),
        characters=characters or 0,
        passages=passages,
        same_as=same_as,
        sha256=sha256,
        language=said.get(LANGUAGE),
        encoding=said.get(ENCODING),
        notes=said.get(NOTES, []),
        author=said.get(AUTHOR),
        own_date=said.get(OWN_DATE),
        modified=said.get(MODIFIED),
    )


def with_holders(own: Mapping[str, DocumentInfo]) -> list[DocumentInfo]:
    """Documents sorted by id, each by its id, with what is told of a text from the one that holds it."""
    return [
        replace(
            info,
            pages=holder.pages,
            characters=holder.characters,
            passages=holder.passages,
            language=holder.language,
            encoding=holder.encoding,
            notes=holder.notes,
        )
        if info.same_as and (holder := own.get(info.same_as))
        else info
        for _, info in sorted(own.items())
    ]
