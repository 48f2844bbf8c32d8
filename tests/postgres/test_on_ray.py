"""A folder indexed into PostgreSQL by the workers of a Ray cluster: the index that one process makes."""

from pathlib import Path

import numpy as np
import pytest

from rag.build import build_index
from rag.cluster.connection import connected
from rag.config import Config
from rag.ingest.chunker import SentenceChunker
from rag.store.postgres.catalog import PostgresCatalog
from tests.conftest import REPOSITORY, HashEmbedding


@pytest.mark.ray
def test_workers_index_into_the_database(url: str, chunker: SentenceChunker, tmp_path: Path) -> None:
    config = Config(store=url, cache_dir=tmp_path / "cache", data_dir=tmp_path / "data")
    build_index(REPOSITORY / "seeds", config, "here", embedding=HashEmbedding(), node_parser=chunker)
    with connected("ray") as cluster:
        report = build_index(
            REPOSITORY / "seeds", config, "there", embedding=HashEmbedding(), node_parser=chunker, cluster=cluster
        )
    assert report.documents == 3
    found = []
    for name in ("here", "there"):
        index = PostgresCatalog(url).index(name)
        assert index.verify().problems == []
        store = index.open()
        found.append([*store.contents.nodes(store.contents.rows().tolist()).values()])
        store.close()
    for one, other in zip(*found, strict=True):
        assert (one.node_id, one.text, one.metadata) == (other.node_id, other.text, other.metadata)
        np.testing.assert_allclose(one.embedding, other.embedding, rtol=0, atol=1e-5)
