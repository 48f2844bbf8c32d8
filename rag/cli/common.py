"""What the commands share: the Typer app, options, settings, progress, and the two ways to print."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.progress import Progress

    from rag.cluster.connection import Cluster
    from rag.config import Config
    from rag.engine import CitedQueryEngine

app = typer.Typer(
    help="Ask your own documents; every sentence of an answer cites an exact place in them.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

IndexName = Annotated[str, typer.Option("--index", metavar="NAME", help="Index to use.")]
ModelName = Annotated[
    str | None,
    typer.Option("--llm", metavar="PROVIDER/MODEL", help="Language model that writes the answer; see docs/llms.md."),
]
On = Annotated[
    str | None,
    typer.Option(
        metavar="ray[://HOST:PORT]", help="Work on a Ray cluster: ray on this machine's cores, or the one named."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def read_config(**flags: str | int | None) -> "Config":
    """The Config, `flags` winning where they are not None."""
    from rag.config import load_config

    config = load_config(**flags)
    # Else matplotlib keeps its list of fonts in a folder that `rag where` does not name.
    os.environ.setdefault("MPLCONFIGDIR", str(config.cache_dir / "matplotlib"))
    return config


def open_index(index: str, where: list[str] | None = None, **flags: str | int | None) -> "CitedQueryEngine":
    """The engine over an index, over what meets the filters `where` in it."""
    config = read_config(**flags)
    from rag.build import open_engine
    from rag.store.filters import parse_filters

    return open_engine(config, index, notify, parse_filters(where or []))


@contextmanager
def work_on(on: str | None) -> "Iterator[Cluster | None]":
    """The cluster that --on names; None where nothing does."""
    if on is None:
        yield None
        return
    from rag.cluster.connection import connected

    with connected(on) as cluster:
        yield cluster


def progress_bar() -> "Progress":
    """A bar on standard error; silent where that is no terminal."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    return Progress(console=console, transient=True, disable=not console.is_terminal)


def notify(message: str) -> None:
    """Tell the person who waits."""
    typer.echo(message, err=True)


def print_json(value: object) -> None:
    """Print `value` as indented JSON."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))
