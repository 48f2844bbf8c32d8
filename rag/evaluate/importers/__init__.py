"""Public question sets as a folder of documents and a question file."""

import os
from collections.abc import Callable
from pathlib import Path

from rag.errors import DocumentError
from rag.evaluate.importers.beir import read_beir
from rag.evaluate.importers.clapnq import read_clapnq
from rag.evaluate.importers.collection import Collection
from rag.evaluate.importers.cranfield import read_cranfield
from rag.evaluate.importers.inscit import read_inscit
from rag.evaluate.importers.output import ImportReport, check_out, write_set
from rag.evaluate.importers.scifact import read_scifact
from rag.evaluate.importers.squad import read_policyqa, read_squad

__all__ = ["KINDS", "ImportReport", "import_set"]

_READERS: dict[str, Callable[[Path, Collection], None]] = {
    "squad": read_squad,
    "clapnq": read_clapnq,
    "scifact": read_scifact,
    "inscit": read_inscit,
    "beir": read_beir,
    "policyqa": read_policyqa,
    "cranfield": read_cranfield,
}
KINDS: tuple[str, ...] = tuple(_READERS)


def import_set(
    kind: str, path: Path, out: Path, on_progress: Callable[[int, int], None] = lambda done, total: None
) -> ImportReport:
    """Write the set of a kind at `path` to `out`: documents/, then questions.jsonl; the same bytes each time.

    The set is read whole before anything is written. Raises DocumentError for a set that is missing or damaged, and
    for an `out` that holds anything.
    """
    if kind not in _READERS:
        raise DocumentError(f"{kind!r} is no kind of question set. Known: {', '.join(KINDS)}.")
    check_out(out)
    if not os.path.exists(path):
        raise DocumentError(f"{path}: no such file or folder. Check the path and the permissions on the way to it.")
    found = Collection()
    try:
        _READERS[kind](path, found)
    except OSError as error:
        raise DocumentError(f"{path}: cannot be read ({error.strerror}). Check its permissions.") from None
    for name, items in (("document", found.documents), ("question", found.questions)):
        if not items:
            raise DocumentError(f"{path}: no {name} in it that can be used. Check that it is a {kind} set.")
    return write_set(kind, found, out, on_progress)
