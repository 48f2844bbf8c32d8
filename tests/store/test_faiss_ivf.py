from pathlib import Path

import faiss
import numpy as np
import pytest

from rag.store.faiss_flat import FaissIndex, Matrix, open_mapped, selected, write_index
from rag.store.faiss_ivf import SHARE_OF_LISTS, build_ann, centres, nearest_approximately
from rag.store.manifest import AnnInfo

NEW = AnnInfo(1, rows=0, kind="", nprobe=0, recall=0.0)


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
    found = nearest_approximately(*built, vectors[300 - 100], 10, selected(alive))
    assert found[0] == 300
    assert set(found) <= set(range(200, 400))


def found_share(index: FaissIndex, info: AnnInfo, vectors: Matrix, first: int = 0) -> float:
    """Share of the ten nearest that are found, to 100 questions near vectors from `first` on."""
    seeded = np.random.default_rng(2)
    found = 0
    for row in seeded.integers(first, len(vectors), 100):
        query = vectors[row] + 0.1 * seeded.normal(size=32).astype(np.float32)
        ten = set(np.argsort(-(vectors @ query))[:10].tolist())
        found += len(ten & set(nearest_approximately(index, info, query / np.linalg.norm(query), 10)))
    return found / 1000


def test_what_came_since_is_added_to_the_lists_that_are_there(vectors: Matrix, tmp_path: Path) -> None:
    before, _ = build_ann([(0, vectors[:4000])], NEW)
    write_index(before, tmp_path / "before")
    parts = [(0, vectors[:3000]), (3000, vectors[3000:5000]), (5000, vectors[5000:])]
    index, info = build_ann(parts, NEW, tmp_path / "before")
    assert (index.ntotal, info.rows, info.kind) == (6000, 6000, f"IVF{before.nlist},SQ8")
    assert found_share(index, info, vectors, first=4000) >= 0.98
    assert 0.99 <= info.recall <= 1


def test_lists_are_made_anew_once_there_is_twice_as_much(vectors: Matrix, tmp_path: Path) -> None:
    before, _ = build_ann([(0, vectors[:2500])], NEW)
    write_index(before, tmp_path / "before")
    index, info = build_ann([(0, vectors)], NEW, tmp_path / "before")
    assert (before.nlist, index.nlist, index.ntotal) == (200, 309, 6000)
    assert found_share(index, info, vectors) >= 0.98


def test_the_list_of_a_vector_is_found_among_many(vectors: Matrix, tmp_path: Path) -> None:
    many = faiss.index_factory(32, "IVF4100,SQ8", faiss.METRIC_INNER_PRODUCT)
    many.quantizer.add(centres(vectors, 4100))
    many.train(vectors)
    write_index(many, tmp_path / "before")
    index, info = build_ann([(0, vectors)], NEW, tmp_path / "before")
    assert (index.ntotal, info.kind) == (6000, "IVF4100,SQ8")
    assert found_share(index, info, vectors) >= 0.98


@pytest.mark.parametrize("count", [1, 7, 200])
def test_centres_are_as_many_unit_vectors_as_wanted_even_where_vectors_are_alike(vectors: Matrix, count: int) -> None:
    alike = np.concatenate([np.repeat(vectors[:1], 3000, axis=0), vectors[:200]])
    for sample in (vectors, alike):
        found = centres(sample, count)
        assert found.shape == (count, 32)
        assert np.linalg.norm(found, axis=1) == pytest.approx(np.ones(count), abs=1e-4)


def test_an_index_is_read_as_it_was_written(vectors: Matrix, built: tuple[FaissIndex, AnnInfo], tmp_path: Path) -> None:
    write_index(built[0], tmp_path / "index")
    assert (tmp_path / "index").read_bytes() == bytes(faiss.serialize_index(built[0]))
    index, info = built
    read = open_mapped(tmp_path / "index")
    assert nearest_approximately(read, info, vectors[0], 10) == nearest_approximately(index, info, vectors[0], 10)
