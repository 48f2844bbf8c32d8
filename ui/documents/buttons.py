"""What errors of an index advise as a command, told by the buttons that do it."""

from collections.abc import Iterator
from contextlib import contextmanager

from rag.errors import IndexBusyError, IndexFolderError
from rag.store.catalog import StoredIndex
from rag.store.manifest import build_again
from ui.common.texts import text


@contextmanager
def told_by_buttons(index: StoredIndex) -> Iterator[None]:
    """Raise what is said of `index` with the buttons that build it again in place of the command."""
    try:
        yield
    except IndexBusyError:
        raise
    except IndexFolderError as error:
        message = str(error)
        buttons = text("documents.build_again", update=text("documents.update"), rebuild=text("documents.rebuild"))
        for folder in ("FOLDER", str(index.documents_folder())):
            message = message.replace(build_again(folder, index.name), buttons)
        raise IndexFolderError(message) from None
