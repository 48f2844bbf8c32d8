"""How far indexing is, drawn on a terminal: documents, tokens a second, time left."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rag.terminal import printable


@contextmanager
def indexing() -> Iterator[Callable[[Any], None]]:
    """A function that draws a rag.index.Progress on standard error; silent where that is no terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (
        BarColumn(bar_width=24),
        TextColumn("{task.fields[documents]}"),
        TextColumn("{task.fields[speed]}"),
        TimeRemainingColumn(compact=True),
        TextColumn("{task.description}", markup=False),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=None, documents="", speed="")
        started = time.monotonic()

        def show(now: Any) -> None:
            progress.update(
                task,
                completed=now.bytes_done,
                total=max(1, now.bytes),
                description=printable(now.path),
                documents=f"{int(now.files_done):,}/{now.files:,} documents",
                speed=f"{now.tokens / max(1e-9, time.monotonic() - started):,.0f} tokens/s" if now.tokens else "",
            )

        yield show
