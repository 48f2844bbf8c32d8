"""Changes in a folder, as they happen."""

from collections.abc import Iterator
from pathlib import Path
from threading import Event

SETTLED_MILLISECONDS = 500
"""How long a folder must rest before its changes count as one."""


def changes(folder: Path, stop: Event | None = None) -> Iterator[set[str]]:
    """Paths of what was changed below `folder`, one set for each time it comes to rest; ends when `stop` is set.

    Hidden files and folders do not count.
    """
    from watchfiles import watch

    folder = folder.resolve()

    def counts(change: object, path: str) -> bool:
        return not any(part.startswith(".") for part in Path(path).relative_to(folder).parts)

    for found in watch(folder, watch_filter=counts, step=SETTLED_MILLISECONDS, stop_event=stop, raise_interrupt=True):
        yield {path for _, path in found}
