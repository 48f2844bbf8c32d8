"""Files of FAISS that are mapped, not read: unit vectors of a segment, searched exactly."""

from functools import partial
from pathlib import Path
from typing import Any, cast

import faiss
import numpy as np
import numpy.typing as npt

from rag.models.unit_vectors import UNIT_LENGTH_TOLERANCE

Matrix = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
_made: Any = faiss

_WRITTEN_AT_ONCE = 1 << 20  # bytes

FaissIndex = Any
"""A faiss.Index: most of its names in Python come about when it is loaded, unknown to type checkers."""

Selector = Any
"""A faiss.IDSelector."""


def new_flat(dimension: int) -> FaissIndex:
    """An empty index for exact search by inner product."""
    return faiss.IndexFlatIP(dimension)


def open_mapped(file: Path) -> FaissIndex:
    """The index in `file`, whose vectors stay on the disk until they are looked at. Raises RuntimeError."""
    return faiss.read_index(str(file), faiss.IO_FLAG_MMAP_IFC)


def open_flat(file: Path) -> FaissIndex:
    """The flat index in `file`, mapped. Raises RuntimeError."""
    index = open_mapped(file)
    if not isinstance(index, faiss.IndexFlatIP):
        raise RuntimeError(f"{file.name} holds no flat index")
    return index


def vectors_of(index: FaissIndex) -> Matrix:
    """All vectors of a flat index, float32 [n, dimension], without copying; valid as long as the index."""
    if not index.ntotal:
        return np.empty((0, index.d), dtype=np.float32)
    return cast(Matrix, faiss.rev_swig_ptr(index.get_xb(), index.ntotal * index.d).reshape(-1, index.d))


def selected(mask: Mask) -> Selector:
    """The ids that a search is limited to: those under `mask`, bool [ids]."""
    return _made.IDSelectorBitmap(np.packbits(mask, bitorder="little"))


def search(
    index: FaissIndex, query: Matrix, count: int, among: Selector | None = None, nprobe: int | None = None
) -> list[tuple[int, float]]:
    """Ids and inner products of the nearest vectors to one, float32 [dimension], nearest first.

    Of the ids `among`, where given; in `nprobe` inverted lists where the index has such.
    """
    count = min(count, index.ntotal)
    if count < 1:
        return []
    limits = {} if among is None else {"sel": among}
    make = _made.SearchParameters if nprobe is None else partial(_made.SearchParametersIVF, nprobe=nprobe)
    # A search that shares one question among threads waits for the slowest, and they spin meanwhile.
    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        similarities, ids = index.search(query[np.newaxis], count, params=make(**limits))
    finally:
        faiss.omp_set_num_threads(threads)
    return [(int(n), float(s)) for n, s in zip(ids[0], similarities[0], strict=True) if n >= 0]


def count_not_unit(vectors: Matrix) -> int:
    """How many of `vectors` are not finite or not of unit length."""
    return int(np.sum(~(np.abs(np.linalg.norm(vectors, axis=1) - 1) < UNIT_LENGTH_TOLERANCE)))


def write_index(index: FaissIndex, file: Path) -> None:
    """Write an index, without a second copy of it in memory. Raises OSError.

    To a name, faiss.write_index does not tell of a write that fails on closing the file.
    """
    with file.open("wb") as written:
        faiss.write_index(index, _made.PyCallbackIOWriter(written.write, _WRITTEN_AT_ONCE))
