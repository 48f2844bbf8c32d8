"""Whether an index in PostgreSQL is whole: every offset, every vector, every word's passage."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rag.models.unit_vectors import UNIT_LENGTH_TOLERANCE
from rag.store.catalog import OnShare, VerifyReport
from rag.store.postgres.contents import PostgresContents
from rag.store.postgres.store import PostgresStore

if TYPE_CHECKING:
    from rag.store.postgres.catalog import PostgresIndex

_LONGEST_LIST = 20

_WRONG = {
    "passages": (
        "SELECT p.id, p.start, p.end FROM passages p JOIN texts t ON t.document = p.document"
        " WHERE substr(t.text, p.start + 1, p.end - p.start) <> p.text LIMIT 20",
        "passage {} is not the text of its document at {} to {}.",
    ),
    "their order": (
        "SELECT id, start FROM (SELECT id, start, lag(p.end) OVER (PARTITION BY document ORDER BY start, row) AS last"
        " FROM passages p) q WHERE start < last LIMIT 20",
        "passage {} begins at {}, before the one before it ends.",
    ),
    "vectors": (
        "SELECT p.id FROM passages p LEFT JOIN vectors v ON v.row = p.row"
        f" WHERE v.row IS NULL OR NOT abs(vector_norm(v.embedding) - 1) < {UNIT_LENGTH_TOLERANCE} LIMIT 20",
        "passage {} has no vector, or one that is not finite or not of unit length.",
    ),
    "vectors of none": (
        "SELECT v.row FROM vectors v LEFT JOIN passages p ON p.row = v.row WHERE p.row IS NULL LIMIT 20",
        "the vector {} is of no passage.",
    ),
    "documents": (
        "SELECT d.id, d.same_as FROM documents d LEFT JOIN documents h ON h.id = d.same_as"
        " WHERE d.same_as IS NOT NULL AND h.characters IS NULL LIMIT 20",
        "document {} is stored as the same as {}, which is not there.",
    ),
    "texts": (
        "SELECT d.id FROM documents d LEFT JOIN texts t ON t.document = d.row"
        " WHERE d.characters IS NOT NULL AND d.characters IS DISTINCT FROM char_length(t.text) LIMIT 20",
        "document {} has not the characters that it had when it was written.",
    ),
}
"""What finds something wrong, and how that is told; the checksums of pages are PostgreSQL's own affair."""


def verify_index(index: "PostgresIndex", on_progress: OnShare) -> VerifyReport:
    """Look at everything in an index. Raises IndexFolderError where it cannot even be opened.

    That each passage is the text of its document at its offsets, in order and apart from the next; that vectors are of
    unit length; that exactly the passages are in the full-text index; that what has the text of another finds it; that
    pages have as many boxes as characters; counts.
    """
    store: PostgresStore = index.open()
    try:
        manifest = store.manifest
        report = VerifyReport(index.name, manifest.documents, manifest.passages, 0, index.size())
        for number, (what, (statement, told)) in enumerate(_WRONG.items()):
            on_progress(0.6 * number / len(_WRONG), what)
            report.problems += [told.format(*row) for row in store.contents.fetch(statement)]
        on_progress(0.6, "the full-text index")
        report.problems += [*_wrong_counts(store)]
        report.problems += [*_wrong_boxes(store.contents, on_progress)]
        report.problems = report.problems[:_LONGEST_LIST]
        return report
    finally:
        store.close()


def _wrong_counts(store: PostgresStore) -> Iterator[str]:
    contents, manifest = store.contents, store.manifest
    rows, words = set(contents.rows().tolist()), set(contents.words.rows().tolist())
    documents = sum(same_as is None for _, same_as in contents.hashes().values())
    if (documents, len(rows)) != (manifest.documents, manifest.passages):
        yield (
            f"the index holds {documents} documents and {len(rows)} passages, its manifest says"
            f" {manifest.documents} and {manifest.passages}."
        )
    if words != rows:
        yield f"the full-text index lacks {len(rows - words)} passages and has {len(words - rows)} that do not exist."


def _wrong_boxes(contents: PostgresContents, on_progress: OnShare) -> Iterator[str]:
    with_boxes = [
        name
        for (name,) in contents.fetch("SELECT id FROM documents WHERE row IN (SELECT document FROM boxes) ORDER BY id")
    ]
    for number, document_id in enumerate(with_boxes):
        on_progress(0.7 + 0.3 * number / len(with_boxes), document_id)
        layout = contents.layout(document_id)
        pages = {section.number: section for section in layout.sections if section.kind == "page"}
        for page, boxes in (layout.boxes or {}).items():
            section = pages.get(page)
            if section is None or section.end - section.start != len(boxes):
                yield f"page {page} of {document_id} has boxes for {len(boxes)} characters, not those of its text."
