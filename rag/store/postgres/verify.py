"""Whether an index in PostgreSQL is whole: every offset, every vector, every word's passage."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from llama_index.core.schema import MetadataMode

from rag.metadata import LANGUAGE
from rag.models.unit_vectors import UNIT_LENGTH_TOLERANCE
from rag.store.catalog import OnShare, VerifyReport
from rag.store.postgres.contents import PostgresContents
from rag.store.postgres.postings import IN_BLOCK, Postings
from rag.store.postgres.store import PostgresStore
from rag.store.postgres.tables import BLOCK_BITS
from rag.text.languages import ENGLISH

if TYPE_CHECKING:
    from rag.store.postgres.catalog import PostgresIndex

_LONGEST_LIST = 20
_DOCUMENTS_AT_ONCE = 10

_WRONG = {
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
    "counters": (
        "SELECT next_document, next_passage FROM counters WHERE next_document <= (SELECT max(row) FROM documents)"
        " OR next_passage <= (SELECT max(row) FROM passages)",
        "the next rows are {} and {}, which there are already.",
    ),
}
"""What finds something wrong, and how that is told; the checksums of pages are PostgreSQL's own affair."""


def verify_index(index: "PostgresIndex", on_progress: OnShare) -> VerifyReport:
    """Look at everything in an index. Raises IndexFolderError where it cannot even be opened.

    That each passage is the text of its document at its offsets, in order and apart from the next; that vectors are of
    unit length; that the full-text index is the one that its passages make; that what has the text of another finds it;
    that pages have as many boxes as characters; counts. What somebody else wrote into metadata it does not tell.
    """
    store: PostgresStore = index.open()
    try:
        manifest = store.manifest
        report = VerifyReport(index.name, manifest.documents, manifest.passages, 0, index.size())
        for number, (what, (statement, told)) in enumerate(_WRONG.items()):
            on_progress(0.1 * number / len(_WRONG), what)
            report.problems += [told.format(*row) for row in store.contents.fetch(statement)]
        report.problems += [*_wrong_counts(store)]
        report.problems += [*_wrong_passages(store.contents, on_progress)]
        report.problems += [*_wrong_words(store.contents, on_progress)]
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


def _wrong_passages(contents: PostgresContents, on_progress: OnShare) -> Iterator[str]:
    """Texts and offsets, a few documents at a time: SQL would count up to each passage from the start of its text."""
    rows = [row for (row,) in contents.fetch("SELECT row FROM documents WHERE characters IS NOT NULL ORDER BY row")]
    for first in range(0, len(rows), _DOCUMENTS_AT_ONCE):
        on_progress(0.1 + 0.3 * first / len(rows), "passages")
        some = (rows[first : first + _DOCUMENTS_AT_ONCE],)
        passages: dict[int, list[tuple[Any, ...]]] = {}
        for document, *passage in contents.fetch(
            'SELECT document, id, start, "end", text FROM passages WHERE document = ANY(%s::bigint[])'
            " ORDER BY document, start, row",
            some,
        ):
            passages.setdefault(document, []).append(tuple(passage))
        for row, document_id, characters, text in contents.fetch(
            "SELECT row, id, characters, text FROM documents LEFT JOIN texts ON document = row"
            " WHERE row = ANY(%s::bigint[])",
            some,
        ):
            if characters != len(text or ""):
                yield f"document {document_id} has not the {characters} characters that it had when it was written."
            yield from _wrong_offsets(text or "", passages.get(row, []))


def _wrong_offsets(text: str, passages: Sequence[tuple[Any, ...]]) -> Iterator[str]:
    last = 0
    for passage_id, start, end, passage in passages:
        if start is None or end is None:
            continue
        if text[start:end] != passage:
            yield f"passage {passage_id} is not the text of its document at {start} to {end}."
        if start < last:
            yield f"passage {passage_id} begins at {start}, before the one before it ends."
        last = end


def _wrong_words(contents: PostgresContents, on_progress: OnShare) -> Iterator[str]:
    """What of the postings is not what the passages make."""
    rows = contents.rows()
    blocks = np.unique(rows >> BLOCK_BITS).tolist()
    known = {name for (name,) in contents.fetch("SELECT name FROM languages")}
    for number, block in enumerate(blocks):
        on_progress(0.4 + 0.3 * number / len(blocks), "the full-text index")
        made = Postings()
        of_block = rows[rows >> BLOCK_BITS == block]
        for row, node in contents.plain_nodes(of_block.tolist()).items():
            language = str(node.metadata.get(LANGUAGE) or ENGLISH)
            made.add(row & IN_BLOCK, node.get_content(MetadataMode.EMBED), language)
        expected = {form: (places.tobytes(), bytes(counts)) for form, (places, counts) in made.postings.items()}
        alive = np.isin(np.arange(IN_BLOCK + 1), of_block & IN_BLOCK)
        found = {}
        stored = contents.fetch("SELECT form, places, counts FROM postings WHERE block = %s", (block,))
        for form, places, counts in stored:
            kept = alive[np.frombuffer(places, np.uint16)]
            if kept.any():
                found[form] = np.frombuffer(places, np.uint16)[kept].tobytes(), _kept(counts, kept)
        wrong = sum(found.get(form) != expected.get(form) for form in found.keys() | expected.keys())
        if wrong:
            yield f"{wrong} forms of words are not found where passages {block << BLOCK_BITS} and after hold them."
        if not made.languages <= known:
            yield f"passages in {', '.join(sorted(made.languages - known))} are not looked for in their language."


def _kept(counts: bytes, kept: Any) -> bytes:
    return bytes(np.frombuffer(counts, np.uint8)[kept].tobytes()) if len(counts) == len(kept) else b""


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
