"""Whether an index is what it was when it was written: every file, every offset, every vector, every word's passage."""

from collections.abc import Iterator
from pathlib import Path

from rag.errors import IndexFolderError
from rag.store.catalog import OnShare, VerifyReport
from rag.store.faiss_flat import count_not_unit
from rag.store.manifest import Manifest, file_info, load_manifest
from rag.store.segment import OpenSegment
from rag.store.snapshot import FolderContents
from rag.store.vector_store import FaissStore

_LONGEST_LIST = 20
_AT_ONCE = 50_000


def verify_index(folder: Path, on_progress: OnShare = lambda share, what: None) -> VerifyReport:
    """Look at everything in an index. Raises IndexFolderError where it cannot even be opened.

    The sha256 of every file; counts; that each passage is the text of its document at its offsets, in order and apart
    from the next; that vectors are finite and of unit length; that exactly the passages are in the full-text index;
    that what has the text of another finds it; that pages have as many boxes as characters.
    """
    manifest = load_manifest(folder)
    report = VerifyReport(
        index=folder.name,
        documents=manifest.documents,
        passages=manifest.passages,
        files=len(manifest.files) + 1,
        bytes=sum(info.size for info in manifest.files.values()),
    )
    report.problems += _damaged_files(folder, manifest, on_progress)
    if report.problems:
        # What is in damaged files is not worth looking at, and may not even be readable.
        return report
    try:
        contents = FaissStore.open(folder).contents
    except IndexFolderError as error:
        report.problems.append(str(error))
        return report
    try:
        report.problems += [*_wrong_contents(contents, manifest, on_progress)][:_LONGEST_LIST]
    finally:
        contents.close()
    return report


def _damaged_files(folder: Path, manifest: Manifest, on_progress: OnShare) -> Iterator[str]:
    total, done = sum(info.size for info in manifest.files.values()) or 1, 0
    for name, info in manifest.files.items():
        on_progress(0.5 * done / total, name)
        try:
            if file_info(folder / name) != info:
                yield f"{name} was changed since it was written: its sha256 differs."
        except OSError as error:
            yield f"{name} cannot be read ({error.strerror})."
        done += info.size


def _wrong_contents(contents: FolderContents, manifest: Manifest, on_progress: OnShare) -> Iterator[str]:
    documents = passages = 0
    rows: set[int] = set()
    for number, segment in enumerate(contents.segments):
        on_progress(0.5 + 0.5 * number / len(contents.segments), segment.info.corpus_file)
        documents += sum(
            same_as is None for row, _, _, same_as in segment.corpus.hashes() if row not in segment.dead_documents
        )
        yield from _wrong_vectors(segment)
        of_segment: list[int] = []
        yield from _wrong_passages(segment, of_segment)
        rows.update(of_segment)
        passages += len(of_segment)
    if (documents, passages) != (manifest.documents, manifest.passages):
        yield (
            f"the index holds {documents} documents and {passages} passages, its manifest says"
            f" {manifest.documents} and {manifest.passages}."
        )
    words = set(contents.words.rows()) if contents.words else set()
    if words != rows:
        yield f"the full-text index lacks {len(rows - words)} passages and has {len(words - rows)} that do not exist."
    for holder in contents.also:
        found = contents.find(holder)
        if not found:
            yield f"documents are stored as the same as {holder}, which is not there."


def _wrong_vectors(segment: OpenSegment) -> Iterator[str]:
    for first in range(0, segment.info.passages, _AT_ONCE):
        wrong = count_not_unit(segment.vectors[first : first + _AT_ONCE])
        if wrong:
            yield f"{segment.info.vectors_file}: {wrong} vectors are not finite or not of unit length."


def _wrong_passages(segment: OpenSegment, rows: list[int]) -> Iterator[str]:
    """What is wrong with the passages of a segment, whose rows are put into `rows`."""
    text: str | None = None
    at: int | None = None
    last_end = 0
    for row, document, passage_id, start, end, passage in segment.corpus.texts():
        if row in segment.dead_passages:
            continue
        rows.append(row)
        if document != at:
            at, last_end = document, 0
            found, _ = segment.corpus.document(document)
            text = found.text if found else None
            if found:
                yield from _wrong_boxes(segment, document, found.node_id)
        if text is None or start is None or end is None:
            continue
        if text[start:end] != passage:
            yield f"passage {passage_id} is not the text of its document at {start} to {end}."
        if start < last_end:
            yield f"passage {passage_id} begins at {start}, before the one before it ends."
        last_end = end


def _wrong_boxes(segment: OpenSegment, row: int, document_id: str) -> Iterator[str]:
    pages = {s.number: s for s in segment.corpus.sections(row) if s.kind == "page"}
    for page, boxes in segment.corpus.all_boxes(row).items():
        section = pages.get(page)
        if section is None or section.end - section.start != len(boxes):
            yield f"page {page} of {document_id} has boxes for {len(boxes)} characters, not those of its text."
