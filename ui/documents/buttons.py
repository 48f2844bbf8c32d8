"""What errors of an index advise as a command, told by the buttons that do it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rag.errors import IndexBusyError, IndexFolderError
from rag.store.manifest import build_again, folder_of
from ui.common.texts import text


@contextmanager
def told_by_buttons(index: Path) -> Iterator[None]:
    """Raise what is said of `index` with the buttons that build it again in place of the command."""
    try:
        yield
    except IndexBusyError:
        raise
    except IndexFolderError as error:
        message = str(error)
        buttons = text("documents.build_again", update=text("documents.update"), rebuild=text("documents.rebuild"))
        for folder in ("FOLDER", str(folder_of(index))):
            message = message.replace(build_again(folder, index), buttons)
        raise IndexFolderError(message) from None
