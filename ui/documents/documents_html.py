"""HTML of the tab of documents: the collection, its documents, how far indexing is, and what it did."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rag.formats.folder import SkippedFile
from rag.ingest.update import IndexReport, Progress
from ui.common.escape import inert
from ui.common.notices import notice_html, status_html
from ui.common.texts import text

DOCUMENTS_SHOWN = 500
"""Documents listed at once; the box above finds the others."""

_COLUMNS = ("document", "type", "pages", "passages", "size", "state")
_NUMBERS = {"pages", "passages", "size"}
_CHANGES = ("added", "changed", "moved", "removed", "unchanged")


@dataclass(frozen=True, slots=True)
class Row:
    """A document as the tab lists it; `size` in bytes, None where its file is gone. `state` names a text."""

    id: str
    title: str
    type: str
    pages: int
    passages: int
    size: int | None
    state: str


def about_html(name: str, folder: Path | None, is_own: bool) -> str:
    """Where the documents of a collection are, and where files go that are dropped here."""
    if folder is None:
        return notice_html(text("documents.no_folder", name=name))
    key = "documents.about_own" if is_own else "documents.about_mirror"
    return notice_html(text(key, name=name, folder=folder, own=text("documents.own_name")))


def table_html(rows: Sequence[Row], words: str) -> str:
    """The documents whose name or title holds `words`."""
    sought = words.casefold().strip()
    found = [row for row in rows if sought in f"{row.id} {row.title}".casefold()]
    if not found:
        return notice_html(text("documents.none_found" if rows else "documents.none"))
    heads = "".join(
        f'<th scope="col"{_number(column)}>{inert(text(f"documents.{column}"))}</th>' for column in _COLUMNS
    )
    actions = f'<th scope="col"><span class="unseen">{inert(text("documents.actions"))}</span></th>'
    more = (
        notice_html(text("documents.more", count=len(found) - DOCUMENTS_SHOWN)) if len(found) > DOCUMENTS_SHOWN else ""
    )
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{inert(text("documents.table"))}"><table>'
        f"<thead><tr>{heads}{actions}</tr></thead>"
        f"<tbody>{''.join(map(_row_html, found[:DOCUMENTS_SHOWN]))}</tbody></table></div>{more}"
    )


def _row_html(row: Row) -> str:
    title = f'<span class="place">{inert(row.title)}</span>' if row.title and row.title != row.id else ""
    size = "–" if row.size is None else f"{-(-row.size // 1000):,} kB"
    ask = inert(text("documents.remove_ask", document=row.id))
    label = inert(text("documents.remove_label", document=row.id))
    button = (
        f'<button type="button" class="tool" data-act="documents:delete" data-document="{inert(row.id)}"'
        f' data-confirm="{ask}" aria-label="{label}">{inert(text("documents.remove"))}</button>'
    )
    return (
        f'<tr><th scope="row">{inert(row.id)}{title}</th><td>{inert(row.type)}</td>'
        f'<td class="number">{row.pages or "–"}</td><td class="number">{row.passages:,}</td>'
        f'<td class="number">{size}</td><td data-state="{row.state}">{inert(text(f"documents.state_{row.state}"))}</td>'
        f"<td>{button if row.state != 'new' else ''}</td></tr>"
    )


def _number(column: str) -> str:
    return ' class="number"' if column in _NUMBERS else ""


def progress_html(now: Progress | None = None) -> str:
    """How far indexing is; that it begins where that is not known yet."""
    if now is None:
        return status_html(text("documents.begins"))
    percent = round(100 * now.bytes_done / max(1, now.bytes))
    said = text(
        "documents.progress", done=int(now.files_done), files=now.files, tokens=f"{now.tokens:,}", path=now.path
    )
    return (
        f'<div class="progress"><progress max="100" value="{percent}" aria-label="{inert(text("documents.indexing"))}">'
        f"</progress>{status_html(said)}</div>"
    )


def report_html(report: IndexReport | None, refused: Sequence[SkippedFile], renamed: Sequence[str] = ()) -> str:
    """What an update did, and each file that was not taken, with the reason."""
    parts = []
    if report:
        changes = {name: len(getattr(report, name)) for name in _CHANGES}
        said = ", ".join(text(f"documents.{name}", count=count) for name, count in changes.items() if count)
        parts.append(
            text(
                "documents.done",
                documents=report.documents,
                passages=report.passages,
                said=said or text("documents.nothing"),
            )
        )
        parts += [text("documents.same", path=path, of=of) for path, of in report.duplicates]
        parts += [text("documents.note", path=path, note=note) for path, note in report.notes]
    lines = "".join(f"<p>{inert(part)}</p>" for part in parts)
    skipped = [*refused, *(report.skipped if report else [])]
    items = "".join(f"<li><strong>{inert(file.path)}</strong>: {inert(file.reason)}</li>" for file in skipped)
    listed = f'<p>{inert(text("documents.skipped"))}</p><ul class="skipped">{items}</ul>' if items else ""
    return f'<div class="report" role="status">{lines}{listed}</div>'
