import numpy as np
import pytest

from rag.store.faiss_flat import FaissIndex, Matrix
from rag.store.faiss_ivf import SHARE_OF_LISTS, build_ann, nearest_approximately
from rag.store.manifest import AnnInfo


@pytest.fixture(scope="module")
def vectors() -> Matrix:
    """Unit vectors in groups, as those of texts lie."""
    seeded = np.random.default_rng(0)
    centres = seeded.normal(size=(60, 32))
    made = centres[seeded.integers(60, size=6000)] + 0.6 * seeded.normal(size=(6000, 32))
    return (made / np.linalg.norm(made, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture(scope="module")
def built(vectors: Matrix) -> tuple[FaissIndex, AnnInfo]:
    """The index over rows from 100 on, in two parts."""
    parts = [(100, vectors[:2500]), (2600, vectors[2500:])]
    return build_ann(parts, AnnInfo(7, rows=0, kind="", nprobe=0, recall=0.0))


def test_it_says_what_it_covers_and_what_it_finds(built: tuple[FaissIndex, AnnInfo]) -> None:
    index, info = built
    assert (index.ntotal, info.number, info.rows, info.kind) == (6000, 7, 6100, "IVF309,SQ8")
    assert 0.99 <= info.recall <= 1
    assert info.nprobe == int(309 * SHARE_OF_LISTS)


def test_it_finds_what_exact_search_finds(vectors: Matrix, built: tuple[FaissIndex, AnnInfo]) -> None:
    seeded = np.random.default_rng(1)
    found = 0
    for _ in range(100):
        query = vectors[seeded.integers(6000)] + 0.1 * seeded.normal(size=32).astype(np.float32)
        ten = set((100 + np.argsort(-(vectors @ query))[:10]).tolist())
        found += len(ten & set(nearest_approximately(*built, query / np.linalg.norm(query), 10)))
    assert found / 1000 >= 0.98


def test_what_is_deleted_is_not_found(vectors: Matrix, built: tuple[FaissIndex, AnnInfo]) -> None:
    alive = np.zeros(6100, dtype=np.bool_)
    alive[200:400] = True
    found = nearest_approximately(*built, vectors[300 - 100], 10, alive)
    assert found[0] == 300
    assert set(found) <= set(range(200, 400))
