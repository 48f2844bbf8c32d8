"""Whatever lies in a folder of documents: every file is indexed, or named with the reason."""

import re
from pathlib import Path

from rag.ingest.chunker import SentenceChunker
from rag.ingest.update import update_index
from rag.store.folder_catalog import FolderIndex
from rag.store.vector_store import FaissStore
from tests.bad_files import BadFile, make_bad_files
from tests.conftest import HashEmbedding

Outcomes = tuple[dict[str, str], dict[str, str]]
"""Texts of the files that are indexed and reasons of those that are not, by path."""


def index_all(folder: Path, index: Path, chunker: SentenceChunker) -> Outcomes:
    report = update_index(folder, FolderIndex(index), HashEmbedding(), chunker, max_file_megabytes=5)
    store = FaissStore.open(index)
    try:
        texts = {path: store.contents.document(path).text for path in report.added}
    finally:
        store.close()
    return texts, {file.path: file.reason for file in report.skipped}


def is_as_expected(file: BadFile, text: str | None, reason: str | None) -> bool:
    match file.expected:
        case "read":
            return reason is None and text is not None and file.detail in text
        case "named":
            return text is None and reason is not None and re.search(file.detail, reason) is not None
        case "either":
            return (text is None) != (reason is None)
        case "ignored":
            return text is None and reason is None


def test_every_file_is_indexed_or_named_with_its_reason(tmp_path: Path, chunker: SentenceChunker) -> None:
    folder = tmp_path / "documents"
    folder.mkdir()
    files = make_bad_files(folder)
    assert len(files) > 400
    texts, reasons = index_all(folder, tmp_path / "index", chunker)
    outcomes = [(file, texts.get(file.path), reasons.get(file.path)) for file in files]
    assert [
        (file, text and text[:200], reason) for file, text, reason in outcomes if not is_as_expected(file, text, reason)
    ] == []
    assert texts.keys() | reasons.keys() == {file.path for file in files if file.expected != "ignored"}
    for reason in reasons.values():
        assert re.fullmatch(r"[^\n]{10,250}\.", reason)
        # What a reader did not foresee, or did not live to say.
        assert not reason.startswith("its reader")
    # No external entity was loaded from /etc/passwd.
    assert not [path for path, text in texts.items() if "root:" in text]
