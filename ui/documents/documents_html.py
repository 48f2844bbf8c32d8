"""HTML of the tab of documents: the collection, its documents, how far indexing is, and what it did."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from rag.formats.folder import SkippedFile
from rag.ingest.update import IndexReport, Progress
from ui.common.notices import notice_html, status_html
from ui.common.templates import rendered
from ui.common.texts import text

DOCUMENTS_SHOWN = 500
"""Documents listed at once; the box above finds the others."""

_CHANGES = ("added", "changed", "moved", "removed", "unchanged")


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """A document as the tab lists it; `size` in bytes, None where its file is gone. `state` names a text.

    `notes` say what of it was not read.
    """

    id: str
    title: str
    type: str
    pages: int
    passages: int
    size: int | None
    state: str
    encoding: str | None = None
    notes: Sequence[str] = ()


def about_html(name: str, folder: Path | None, is_own: bool) -> Markup:
    """Where the documents of a collection are, and where files go that are dropped here."""
    if folder is None:
        return notice_html(text("documents.no_folder", name=name))
    key = "documents.about_own" if is_own else "documents.about_mirror"
    return notice_html(text(key, name=name, folder=folder, own=text("documents.own_name")))


def table_html(rows: Sequence[DocumentRow], words: str) -> Markup:
    """The documents whose name or title holds `words`."""
    sought = words.casefold().strip()
    found = [row for row in rows if sought in f"{row.id} {row.title}".casefold()]
    if not found:
        return notice_html(text("documents.none_found" if rows else "documents.none"))
    more = len(found) - DOCUMENTS_SHOWN
    return rendered("documents/table.html.j2", rows=found[:DOCUMENTS_SHOWN], more=more, size_of=_size_of)


def _size_of(row: DocumentRow) -> str:
    return "–" if row.size is None else f"{-(-row.size // 1000):,} kB"


def delete_html(name: str, is_own: bool) -> Markup:
    """The button that deletes a collection; it asks before, and says what becomes of the documents."""
    ask = text("documents.delete_own_ask" if is_own else "documents.delete_ask", name=name)
    return rendered("documents/delete.html.j2", name=name, ask=ask)


def progress_html(now: Progress | None = None) -> Markup:
    """How far indexing is; that it begins where that is not known yet."""
    if now is None:
        return status_html(text("documents.begins"))
    percent = round(100 * now.bytes_done / max(1, now.bytes))
    said = text(
        "documents.progress", done=int(now.files_done), files=now.files, tokens=f"{now.tokens:,}", path=now.path
    )
    return rendered("documents/progress.html.j2", percent=percent, said=said)


def report_html(report: IndexReport | None, refused: Sequence[SkippedFile]) -> Markup:
    """What an update did, and each file that was not taken, with the reason."""
    lines = []
    if report:
        changes = {name: len(getattr(report, name)) for name in _CHANGES}
        said = ", ".join(text(f"documents.count_{name}", count=count) for name, count in changes.items() if count)
        lines.append(
            text(
                "documents.done",
                documents=report.documents,
                passages=report.passages,
                said=said or text("documents.nothing"),
            )
        )
        lines += [text("documents.same", path=path, of=of) for path, of in report.duplicates]
        lines += [text("documents.note", path=path, note=note) for path, note in report.notes]
    skipped = [*refused, *(report.skipped if report else [])]
    return rendered("documents/report.html.j2", lines=lines, skipped=skipped)
