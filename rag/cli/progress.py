"""What is shown on a terminal while somebody waits: how far indexing is, and what a language model is writing."""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

from rag.answer import Answer
from rag.terminal import printable

if TYPE_CHECKING:
    from rag.ingest.report import OnProgress, Progress


@contextmanager
def indexing() -> "Iterator[OnProgress]":
    """A function that draws how far an update is on standard error; silent where that is no terminal."""
    from rich import progress
    from rich.console import Console

    console = Console(stderr=True)
    columns = (
        progress.BarColumn(bar_width=24),
        progress.TextColumn("{task.fields[documents]}"),
        progress.TextColumn("{task.fields[speed]}"),
        progress.TimeRemainingColumn(compact=True),
        progress.TextColumn("{task.description}", markup=False),
    )
    with progress.Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=None, documents="", speed="")
        started = time.monotonic()

        def show(now: "Progress") -> None:
            bar.update(
                task,
                completed=now.bytes_done,
                total=max(1, now.bytes),
                description=printable(now.path),
                documents=f"{int(now.files_done):,}/{now.files:,} documents",
                speed=f"{now.tokens / max(1e-9, time.monotonic() - started):,.0f} tokens/s" if now.tokens else "",
            )

        yield show


def shown_while_written(answers: Iterable[Answer]) -> Answer:
    """The last of the answers; on a terminal, what a language model has written of it until then."""
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    console = Console(stderr=True)
    answer = None
    with Live(console=console, transient=True, refresh_per_second=8) if console.is_terminal else nullcontext() as live:
        for answer in answers:
            if live and answer.is_draft:
                live.update(Text(f"Being written, not checked yet: {printable(answer.answer)}", style="dim"))
    assert answer is not None  # noqa: S101 - an engine gives at least one
    return answer
