"""The command line: parse, call, print. Every other package returns values; only this one prints."""

import os
import sys
from io import TextIOWrapper
from typing import cast

import typer

from rag.cli import accounts, asking, evaluation, indexes, serving  # noqa: F401 (each registers its commands)
from rag.cli.common import app
from rag.errors import RagError
from rag.lean_imports import import_leanly
from rag.terminal import printable


def main() -> None:
    """Run the command line; what a person can put right is said in a line, with exit code 2."""
    import_leanly()
    for stream in (sys.stdout, sys.stderr):
        # Offsets count the same characters whatever the locale.
        cast(TextIOWrapper, stream).reconfigure(encoding="utf-8", errors="replace")
    try:
        try:
            app()
        finally:
            sys.stdout.flush()
    except RagError as error:
        typer.echo(f"Error: {printable(str(error))}", err=True)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as error:
        typer.echo(f"Error: {printable(str(error))}", err=True)
        # Not sys.exit, which would try to write to a full standard output once more.
        os._exit(2)
