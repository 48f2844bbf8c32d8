"""HTML of the tab of documents: the collection, its documents, how far indexing is, and what it did."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from markupsafe import Markup

from rag.formats.folder import SkippedFile
from rag.ingest.report import IndexReport
from rag.library.document_rows import DocumentRow
from rag.library.library import OWN_NAME
from rag.library.sizes import size_text
from rag.library.updates import FileState, Updating
from ui.common.notices import alert_html, notice_html, status_html
from ui.common.said import capital, translated
from ui.common.templates import joined, rendered
from ui.common.texts import text

DOCUMENTS_SHOWN = 500
"""Documents listed at once; the box above finds the others."""

FILES_SHOWN = 40
"""Files of an upload up to which each is listed while they are indexed; of more, the count and the one at hand say
enough."""

_CHANGES = ("added", "changed", "moved", "removed", "unchanged")


def about_html(name: str, folder: Path | None, is_own: bool) -> Markup:
    """Where the documents of a collection are, and where files go that are dropped here."""
    if folder is None:
        return notice_html(text("documents.no_folder", name=name))
    key = "documents.about_own" if is_own else "documents.about_mirror"
    return notice_html(text(key, name=name, folder=folder, own=OWN_NAME))


def table_html(rows: Sequence[DocumentRow], words: str | None, mirrored: Path | None = None) -> Markup:
    """The documents whose name or title holds `words`, of a collection made here or of a `mirrored` folder."""
    sought = (words or "").casefold().strip()
    found = [row for row in rows if sought in f"{row.id} {row.title}".casefold()]
    if not found:
        return notice_html(text("documents.none_found" if rows else "documents.none"))
    more = len(found) - DOCUMENTS_SHOWN
    return rendered(
        "documents/table.html.j2",
        rows=found[:DOCUMENTS_SHOWN],
        more=more,
        size_text=size_text,
        sentence=sentence,
        mirrored=mirrored,
    )


def update_html(updating: Updating | None) -> Markup:
    """How far an update is, or what came of it; nothing where there is none."""
    if updating is None:
        return Markup()
    if not updating.job.is_over:
        return _progress_html(updating)
    if report := updating.job.result:
        return report_html(replace(report, skipped=_of(updating, report.skipped)), updating.refused)
    refused = report_html(None, updating.refused) if updating.refused else ""
    if updating.job.message:
        return joined([alert_html(sentence(updating.job.message)), refused])
    return joined([status_html(text("documents.stopped")), refused])


def _of(updating: Updating, skipped: Sequence[SkippedFile]) -> list[SkippedFile]:
    """Those that were given to an update, where some were; the table tells of the others."""
    given = {file.path for file in updating.files}
    return [file for file in skipped if not given or file.path in given]


def _progress_html(updating: Updating) -> Markup:
    now = updating.now
    if updating.is_waiting:
        said = text("documents.waits")
    elif now is None:
        said = text("documents.begins")
    else:
        figures = {"done": int(now.files_done), "files": now.files, "tokens": f"{now.tokens:,}"}
        said = text("documents.progress", path=now.path, **figures)
    percent = round(100 * now.bytes_done / max(1, now.bytes)) if now else None
    files = [*updating.files, *(FileState(file.path, "refused", file.reason) for file in updating.refused)]
    shown = files if len(files) <= FILES_SHOWN else []
    return rendered("documents/progress.html.j2", percent=percent, said=said, files=shown, sentence=sentence)


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
    return rendered("documents/report.html.j2", lines=lines, skipped=skipped, sentence=sentence)


def sentence(said: str) -> str:
    """What is said after a colon elsewhere, as a sentence of its own."""
    return capital(translated(said))
