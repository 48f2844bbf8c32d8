"""Commands that ask: ask, search, show; and where, what they ask."""

import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rag import DEFAULT_INDEX
from rag.cli.common import AsJson, IndexName, ModelName, app, open_index, print_json, read_config
from rag.cli.progress import shown_while_written
from rag.errors import RagError
from rag.metadata import TITLE
from rag.terminal import answer_text, passages_text, printable

if TYPE_CHECKING:
    from rag.answer import Turn

Where = Annotated[
    list[str] | None,
    typer.Option(
        metavar="FILTER",
        help="Only what meets this: type=pdf, folder=reports, date>=2024-01-01, page<3, title~draft. May be repeated.",
    ),
]


@app.command(epilog='Example: rag search "Constitutional Committee" -k 3')
def search(
    question: Annotated[str, typer.Argument(help="Question or words.")],
    k: Annotated[int, typer.Option("-k", min=1, max=100, help="Number of passages.")] = 5,
    where: Where = None,
    index: IndexName = DEFAULT_INDEX,
    as_json: AsJson = False,
) -> None:
    """Print the passages nearest to a question, best first."""
    passages = open_index(index, where, passage_count=k).search(question)
    if as_json:
        print_json([asdict(passage) for passage in passages])
    else:
        typer.echo(passages_text(passages))


@app.command(epilog='Example: rag ask "Who led the Russian delegation?"')
def ask(
    question: Annotated[str, typer.Argument(help="Question.")],
    after: Annotated[
        list[str] | None, typer.Option(metavar="QUESTION", help="Asked before, and followed up now. May be repeated.")
    ] = None,
    where: Where = None,
    llm: ModelName = None,
    index: IndexName = DEFAULT_INDEX,
    as_json: AsJson = False,
) -> None:
    """Answer a question from the documents, with a citation under every sentence."""
    started = time.perf_counter()
    engine = open_index(index, where, llm=llm)
    from rag.answer import turn_of

    history: list[Turn] = []
    for earlier in after or []:
        history.append(turn_of(engine.ask(earlier, history=history)))
    load_seconds = time.perf_counter() - started
    answer = shown_while_written(engine.stream(question, history)).after(load_seconds)
    if as_json:
        print_json(answer.as_json())
    else:
        typer.echo(answer_text(answer, bold=sys.stdout.isatty()))


@app.command(epilog="Example: rag show astana-round-22.md --start 60 --end 160")
def show(
    document: Annotated[str, typer.Argument(help="Document, as citations name it.")],
    start: Annotated[int, typer.Option(help="First character.")] = 0,
    end: Annotated[int | None, typer.Option(help="Character after the last one.")] = None,
    index: IndexName = DEFAULT_INDEX,
    as_json: AsJson = False,
) -> None:
    """Print a document's text, or a range of it: what the start and end of a citation count in."""
    found = open_index(index).document(document)
    length = len(found.text)
    end = length if end is None else end
    if not 0 <= start <= end <= length:
        raise RagError(f"{document} has the characters 0 to {length}; {start} to {end} is no range of it.")
    text = found.text[start:end]
    if as_json:
        print_json({"document": document, "title": found.metadata[TITLE], "start": start, "end": end, "text": text})
    elif sys.stdout.isatty():
        typer.echo(printable(text, keep_lines=True))
    else:
        sys.stdout.write(text)


@app.command(epilog="Example: rag where --json")
def where(index: IndexName = DEFAULT_INDEX, as_json: AsJson = False) -> None:
    """Print the folders that anything is written to, and where settings and the seeds are."""
    config = read_config()
    from rag.config import CONFIG_FILE, FOLDERS, seeds_folder

    paths: dict[str, Path | str | None] = {
        "indexes": config.index_dir.resolve(),
        "index": config.index_folder(index).resolve(),
        "cache": config.cache_dir.resolve(),
        "data": config.data_dir.resolve(),
        "temporary": Path(tempfile.gettempdir()),
        "settings": CONFIG_FILE.absolute(),
        "seeds": seeds_folder(),
    }
    if config.store.get_secret_value() != FOLDERS:
        from rag.build import open_catalog

        catalog = open_catalog(config)
        paths |= {"indexes": catalog.place, "index": catalog.index(index).place}
    if as_json:
        print_json({name: path and str(path) for name, path in paths.items()})
    else:
        for name, path in paths.items():
            is_missing = path is None or (isinstance(path, Path) and not path.exists())
            typer.echo(f"{name:<11}{path or 'none'}" + ("  (not there)" if is_missing else ""))
