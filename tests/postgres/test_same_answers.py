"""Questions to the same documents in a folder and in PostgreSQL: the same passages, the same citations."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from llama_index.core.schema import TextNode

from rag.build import copy_index, open_engine
from rag.config import Config
from rag.models.unit_vectors import as_unit
from rag.overviews.starters import starter_questions
from rag.store.postgres.catalog import PostgresCatalog
from rag.store.postgres.change import EXACT_LIMIT
from tests.conftest import SEEDS_QUESTIONS
from tests.postgres_server import PostgresServer
from tests.store.contract import made, manifest


def test_the_seeds_are_answered_alike_with_the_same_citations(seeds_config: Config, url: str, tmp_path: Path) -> None:
    copy_index(seeds_config, "seeds", url)
    shared = seeds_config.model_copy(update={"store": Config(store=url).store})
    engines = [open_engine(config, "seeds") for config in (seeds_config, shared)]
    lines = SEEDS_QUESTIONS.read_text(encoding="utf-8").splitlines()
    questions = [json.loads(line)["question"] for line in lines][::2]
    for question in questions:
        one, other = (engine.ask(question) for engine in engines)
        assert one.answer == other.answer
        assert one.citations == other.citations
        assert [passage.id for passage in one.passages] == [passage.id for passage in other.passages]
    assert [*starter_questions(engines[0])] == [*starter_questions(engines[1])]


@pytest.fixture(scope="module")
def vectors() -> np.ndarray:
    """More than are compared one by one, in groups as texts have them."""
    random = np.random.default_rng(7)
    centres = random.normal(size=(200, 64))
    near = centres[random.integers(0, 200, EXACT_LIMIT + 1000)] + 0.6 * random.normal(size=(EXACT_LIMIT + 1000, 64))
    return as_unit(near.astype(np.float32))


def test_many_passages_are_found_by_hnsw_as_by_exact_search(catalog: PostgresCatalog, vectors: np.ndarray) -> None:
    index = catalog.index("many")
    store = index.create(manifest())
    rows = range(len(vectors))
    for first in range(0, len(vectors), 5_000):
        store.add(nodes(vectors, rows[first : first + 5_000]))
    stages: list[str] = []
    store.persist(on_progress=stages.append)
    assert "Building the approximate index" in stages
    asked = as_unit(vectors[::500] + 0.2 * np.random.default_rng(8).normal(size=(len(vectors[::500]), 64)))
    assert recall(store, vectors, asked.astype(np.float32)) >= 0.95
    # Under a filter, exactly.
    chosen = np.random.default_rng(9).choice(len(vectors), EXACT_LIMIT // 2, replace=False)
    for query in asked[:10].astype(np.float32):
        exact = chosen[np.argsort(-(vectors[chosen] @ query))[:10]]
        assert [row for row, _ in store.contents.nearest(query, 10, np.sort(chosen))] == exact.tolist()
    # It goes on with what is added and deleted since.
    store.add([TextNode(id_="new", text="new", embedding=asked[0].tolist())])
    store.persist()
    assert store.contents.nearest(asked[0].astype(np.float32), 1)[0][0] == len(vectors)
    store.close()


def test_ties_are_ranked_by_row_wherever_the_rows_lie(
    server: PostgresServer, catalog: PostgresCatalog, url: str
) -> None:
    index = catalog.index("i")
    made(catalog, a=[f"lake {number:03}" for number in range(200)])
    store = index.open()
    unit = [1.0] + [0.0] * 63
    store.add([TextNode(id_=f"b{number:03}", text="x", embedding=unit) for number in range(100)])
    store.delete("a")
    store.persist()
    server.sql(url.rsplit("/", 1)[1], "VACUUM footnote_1.vectors")
    # What is added now lies where others were deleted, in front of the rest.
    store.add([TextNode(id_=f"c{number:03}", text="x", embedding=unit) for number in range(100)])
    store.persist()
    assert [row for row, _ in store.contents.nearest(np.array(unit, np.float32), 30)] == list(range(200, 230))
    store.close()


def nodes(vectors: np.ndarray, rows: Sequence[int]) -> list[TextNode]:
    return [TextNode(id_=str(row), text="x", embedding=vectors[row].tolist()) for row in rows]


def recall(store: object, vectors: np.ndarray, asked: np.ndarray) -> float:
    found = [{row for row, _ in store.contents.nearest(query, 10)} for query in asked]
    exact = [set(np.argsort(-(vectors @ query))[:10].tolist()) for query in asked]
    return float(np.mean([len(one & other) / 10 for one, other in zip(found, exact, strict=True)]))
