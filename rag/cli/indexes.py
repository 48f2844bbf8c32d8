"""Commands over an index and its documents: bring it in step, watch a folder, list, remove, verify."""

import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rag import DEFAULT_INDEX
from rag.cli.common import AsJson, IndexName, On, app, notify, print_json, progress_bar, read_config, work_on
from rag.errors import DatabaseLostError, RagError
from rag.terminal import printable

if TYPE_CHECKING:
    from rag.ingest.report import IndexReport

Folder = Annotated[Path, typer.Argument(help="Folder of documents.")]

WIDTH_OF_FIGURES = 43
"""Of the columns of `rag documents` after the first two, with what is between."""

SHORTEST_TITLE, LONGEST_TITLE = 10, 60
"""Characters of a title in a narrow terminal, and where there is none."""

SECONDS_BETWEEN_TRIES = 5.0

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it."""


@app.command(epilog="Example: rag index ~/papers --index papers")
def index(
    folder: Folder,
    index: IndexName = DEFAULT_INDEX,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Replace the index whatever it holds.")] = False,
    on: On = None,
    as_json: AsJson = False,
) -> None:
    """Bring an index in step with a folder of documents; only what changed is read and embedded again."""
    report = _update(folder, index, rebuild, on)
    _tell(report, as_json)
    if report.skipped:
        raise typer.Exit(2)


@app.command(epilog="Example: rag watch ~/papers --index papers")
def watch(folder: Folder, index: IndexName = DEFAULT_INDEX, as_json: AsJson = False) -> None:
    """Keep an index in step with a folder for as long as this runs; Ctrl-C ends it."""
    from rag.formats.watch import changes

    _tell(_update(folder, index), as_json)
    notify(f"Watching {printable(str(folder))} (Ctrl-C ends it)")
    for _ in changes(folder):
        try:
            report = _update_once_there(folder, index)
        except RagError as error:
            notify(f"Error: {printable(str(error))}")
            continue
        if report.added or report.changed or report.moved or report.removed or report.skipped:
            _tell(report, as_json)


@app.command(epilog="Example: rag documents --index papers")
def documents(index: IndexName = DEFAULT_INDEX, as_json: AsJson = False) -> None:
    """List the documents of an index, and the files that could not be read."""
    config = read_config()
    from rag.build import list_documents, open_catalog

    found = list_documents(config, index)
    if as_json:
        print_json([asdict(document) for document in found])
        return
    from rich.cells import cell_len
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    longest = max((cell_len(printable(document.id)) for document in found), default=0)
    console = Console(width=None if sys.stdout.isatty() else longest + LONGEST_TITLE + WIDTH_OF_FIGURES)
    # The name is what other commands take, so that the rest makes room: first the figures, then the title.
    with_figures = console.width - WIDTH_OF_FIGURES >= min(longest, console.width // 2) + SHORTEST_TITLE
    room = console.width - longest - (WIDTH_OF_FIGURES if with_figures else 2)
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("document", overflow="fold")
    table.add_column("title", no_wrap=True, overflow="ellipsis", max_width=max(SHORTEST_TITLE, room))
    if with_figures:
        table.add_column("date", no_wrap=True)
        for name in ("pages", "characters", "passages"):
            table.add_column(name, justify="right", no_wrap=True)
    for document in found:
        title = f"same as {document.same_as}" if document.same_as else document.title
        figures = [
            document.date or "",
            f"{document.pages:,}" if document.pages else "",
            f"{document.characters:,}",
            f"{document.passages:,}",
        ]
        # Text, so that brackets in a name are not taken for markup.
        table.add_row(Text(printable(document.id)), Text(printable(title)), *(figures if with_figures else []))
    console.print(table)
    failures = open_catalog(config).index(index).manifest().failures
    if failures:
        typer.echo("\nCould not be read when the index was last brought in step:")
    for path, failure in sorted(failures.items()):
        typer.echo(f"  {printable(path)}: {printable(failure.reason)}")


@app.command(epilog="Example: rag remove old/notes.md --index papers")
def remove(
    document: Annotated[str, typer.Argument(help="Document, as citations name it.")],
    index: IndexName = DEFAULT_INDEX,
    as_json: AsJson = False,
) -> None:
    """Remove a document from an index, not from the disk."""
    config = read_config()
    from rag.build import remove_document

    left = remove_document(config, index, document)
    if as_json:
        print_json({"index": index, "removed": document, "documents": left.documents, "passages": left.passages})
        return
    typer.echo(f"{index}: removed {printable(document)}; {left.documents} documents, {left.passages} passages are left")
    if (Path(left.folder) / document).exists():
        notify(f"The file is still in {printable(left.folder)}: the next rag index puts it back unless you move it.")


@app.command(epilog="Example: rag verify --index papers")
def verify(index: IndexName = DEFAULT_INDEX, as_json: AsJson = False) -> None:
    """Look whether everything in an index is as it was written; exit code 1 where it is not."""
    config = read_config()
    from rag.build import open_catalog
    from rag.store.manifest import build_again

    stored = open_catalog(config).index(index)
    with progress_bar() as progress:
        task = progress.add_task("Verifying", total=1.0)
        report = stored.verify(
            lambda share, what: progress.update(task, completed=share, description=f"Verifying {what}")
        )
    if as_json:
        print_json(asdict(report))
    else:
        typer.echo(
            f"{index}: {report.documents} documents, {report.passages} passages,"
            f" {f'{report.files} files of ' if report.files else ''}{report.bytes / 1e6:.1f} MB: "
            + ("all is as it was written" if not report.problems else f"{len(report.problems)} problems")
        )
    for problem in report.problems:
        notify(printable(problem))
    if report.problems:
        notify(build_again(stored.manifest().folder, index))
        raise typer.Exit(1)


@app.command(epilog="Example: rag copy --to postgresql://footnote@db.example.org/footnote --index papers")
def copy(
    to: Annotated[str, typer.Option(metavar="STORE", help="Store to copy to: folders, or postgresql://….")],
    index: IndexName = DEFAULT_INDEX,
    replace: Annotated[bool, typer.Option("--replace", help="Replace the index of that name there.")] = False,
    as_json: AsJson = False,
) -> None:
    """Copy an index from the store that is set into another, and look whether it is the same there."""
    config = read_config()
    from rag.build import copy_index

    given = read_config(store=to).store.get_secret_value()
    with progress_bar() as progress:
        task = progress.add_task("Copying", total=1.0)
        manifest = copy_index(
            config,
            index,
            given,
            replace,
            lambda share, what: progress.update(task, completed=share, description=what),
        )
    if as_json:
        print_json({"index": index, "documents": manifest.documents, "passages": manifest.passages})
    else:
        typer.echo(
            f"{index}: copied {manifest.documents} documents, {manifest.passages} passages; all is the same there"
        )


def _update_once_there(folder: Path, index: str) -> "IndexReport":
    """Bring an index in step with a folder, as soon as its database can be reached."""
    is_told = False
    while True:
        try:
            return _update(folder, index)
        except DatabaseLostError as error:
            if not is_told:
                notify(f"Error: {printable(str(error))} It is tried again.")
            is_told = True
            time.sleep(SECONDS_BETWEEN_TRIES)


def _update(folder: Path, index: str, rebuild: bool = False, on: str | None = None) -> "IndexReport":
    """Bring an index in step with a folder, with progress."""
    config = read_config()
    from rag.build import build_index
    from rag.cli.progress import indexing

    try:
        with work_on(on) as cluster, indexing() as on_progress:
            return build_index(
                folder, config, index, rebuild=rebuild, on_progress=on_progress, notify=notify, cluster=cluster
            )
    except KeyboardInterrupt:
        notify("Stopped: the index is as it was. What was embedded is kept, so the next run goes on from there.")
        raise typer.Exit(INTERRUPTED) from None


def _tell(report: "IndexReport", as_json: bool) -> None:
    """Print what an update did."""
    if as_json:
        print_json(asdict(report))
    else:
        changes = {name: len(getattr(report, name)) for name in ("added", "changed", "moved", "removed", "unchanged")}
        said = ", ".join(f"{count} {name}" for name, count in changes.items() if count or name != "moved")
        speed = f", {report.tokens / report.seconds:,.0f} tokens/s" if report.tokens else ""
        typer.echo(
            f"{report.index}: {report.documents} documents, {report.passages} passages ({said})"
            f" in {report.seconds:.1f} s{speed}"
        )
        for path, same_as in report.duplicates:
            typer.echo(f"{printable(path)} has the same content as {printable(same_as)}: stored once, cited under both")
    for path, note in report.notes:
        notify(f"Note on {printable(path)}: {printable(note)}")
    for file in report.skipped:
        notify(f"Skipped {printable(file.path)}: {printable(file.reason)}")
    if report.skipped:
        notify(f"{len(report.skipped)} files were skipped.")
    if report.advice:
        notify(report.advice)
