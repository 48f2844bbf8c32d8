"""DocumentReader: every format that is read, as a LlamaIndex reader."""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from llama_index.core.readers.base import BaseReader
from llama_index.core.schema import Document

from rag.errors import DocumentError
from rag.formats.folder import SkippedFile, as_document, find_files, source_files
from rag.formats.process import ReaderProcess
from rag.formats.readers import READERS

_log = logging.getLogger(__name__)


def _name_in_log(file: SkippedFile) -> None:
    _log.warning("not read: %s: %s", file.path, file.reason)


class DocumentReader(BaseReader):
    """Files as Documents, the text of each the one that citations point into, its id the path below the folder.

    Reads a folder with all below it, or one file, so that it serves SimpleDirectoryReader's `file_extractor` too. A
    file that breaks its reader costs that file only: `on_skipped` is called with what of a folder is not read.
    """

    def __init__(self, max_file_megabytes: int = 50, on_skipped: Callable[[SkippedFile], Any] = _name_in_log) -> None:
        self._max_file_megabytes = max_file_megabytes
        self._on_skipped = on_skipped

    def lazy_load_data(
        self, path: Path | str, extra_info: dict[str, Any] | None = None, **load_kwargs: Any
    ) -> Iterator[Document]:
        """The Documents of a folder or a file, `extra_info` among their metadata. Raises DocumentError.

        Their metadata holds title, type, folder, date and the sha256 of the file.
        """
        path = Path(path).absolute()
        if path.is_dir():
            yield from self._read(path, find_files(path), extra_info or {}, self._on_skipped)
        elif path.suffix.lower() in READERS:
            yield from self._read(path.parent, [path], extra_info or {}, _refuse)
        else:
            raise DocumentError(f"{path}: files of the type {path.suffix or '(none)'} are not read.")

    def _read(
        self, folder: Path, files: list[Path], extra_info: dict[str, Any], on_skipped: Callable[[SkippedFile], Any]
    ) -> Iterator[Document]:
        with ReaderProcess() as reader:
            for file in source_files(folder, files, self._max_file_megabytes):
                if isinstance(file, SkippedFile):
                    on_skipped(file)
                    continue
                try:
                    document = as_document(file, reader.read(file.raw, file.suffix))
                except DocumentError as error:
                    on_skipped(SkippedFile(file.path, str(error)))
                    continue
                document.metadata |= extra_info
                yield document


def _refuse(file: SkippedFile) -> None:
    raise DocumentError(f"{file.path}: {file.reason}")
