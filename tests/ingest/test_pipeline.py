from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from llama_index.core.schema import Document, NodeRelationship, RelatedNodeInfo, TextNode

from rag.ingest.pipeline import EMBEDDED_AT_ONCE, Pipeline
from rag.store.compatibility import new_manifest
from rag.store.vector_store import FaissStore
from tests.conftest import HashEmbedding

EMBEDDING = HashEmbedding()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[FaissStore]:
    made = FaissStore.create(new_manifest(tmp_path, EMBEDDING, 200), tmp_path / "index")
    yield made
    made.close()


def document(name: str, passages: int) -> tuple[Document, list[TextNode]]:
    """A document of as many passages."""
    texts = [f"Passage {number} of {name}." for number in range(passages)]
    nodes = []
    start = 0
    for number, text in enumerate(texts):
        source = {NodeRelationship.SOURCE: RelatedNodeInfo(node_id=name)}
        place = {"start_char_idx": start, "end_char_idx": start + len(text)}
        nodes.append(TextNode(id_=f"{name}#{number}", text=text, relationships=source, **place))
        start += len(text) + 1
    return Document(id_=name, text=" ".join(texts), metadata={"title": name, "sha256": name}), nodes


def test_documents_of_all_sizes_arrive_whole_and_in_order(store: FaissStore) -> None:
    sizes = [3, EMBEDDED_AT_ONCE - 3, 1, 0, 3 * EMBEDDED_AT_ONCE + 5, 2]
    order: list[str] = []
    stored: dict[str, float] = {}
    batches: list[int] = []

    def put(one: Document) -> None:
        order.append(one.node_id)
        store.put_document(one)

    def on_stored(name: str, share: float) -> None:
        stored[name] = stored.get(name, 0.0) + share

    with Pipeline(store, EMBEDDING, lambda texts: batches.append(len(texts))) as pipeline:
        for number, size in enumerate(sizes):
            one, nodes = document(f"d{number}", size)
            pipeline.put(partial(put, one), nodes, partial(on_stored, one.node_id))
    store.persist()

    assert order == [f"d{number}" for number in range(len(sizes))]
    assert stored == {name: pytest.approx(1.0) for name in order}
    assert sum(batches) == store.manifest.passages == sum(sizes)
    assert max(batches) == EMBEDDED_AT_ONCE
    found = {info.id: info.passages for info in store.contents.documents()}
    assert found == dict(zip(order, sizes, strict=True))


def test_what_is_called_off_is_not_put(store: FaissStore) -> None:
    one, nodes = document("d", 2)
    put: list[str] = []

    def interrupted() -> None:
        with Pipeline(store, EMBEDDING, lambda texts: None) as pipeline:
            pipeline.put(lambda: put.append(one.node_id), nodes)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert put == []


def test_an_error_of_the_embedding_comes_out(store: FaissStore) -> None:
    class Broken(HashEmbedding):
        def _get_text_embedding(self, text: str) -> list[float]:
            raise ValueError("no vector")

    one, nodes = document("d", 2)
    with pytest.raises(ValueError, match="no vector"), Pipeline(store, Broken(), lambda texts: None) as pipeline:
        pipeline.put(partial(store.put_document, one), nodes)
