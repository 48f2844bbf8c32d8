import pytest
from hypothesis import given
from hypothesis import strategies as st
from llama_index.core.schema import TextNode
from llama_index.core.vector_stores.types import (
    VectorStoreQuery,
)

from rag.errors import QuestionError
from rag.store.filters import parse_filters
from rag.store.vector_store import FaissStore
from tests.conftest import HashEmbedding
from tests.store.contract import manifest


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("type", "is no filter"),
        ("colour=red", "no field 'colour'.*Fields: document"),
        ("page=two", "a page is a number"),
    ],
)
def test_what_is_typed_wrong_is_named(typed: str, message: str) -> None:
    with pytest.raises(QuestionError, match=message):
        parse_filters([typed])


@given(
    values=st.lists(st.integers(0, 5), min_size=1, max_size=30),
    sign=st.sampled_from(["=", "!=", "<", "<=", ">", ">="]),
    bound=st.integers(0, 5),
    count=st.integers(1, 8),
)
def test_the_best_under_a_filter_are_those_of_exact_search_among_what_meets_it(
    tmp_path_factory: pytest.TempPathFactory, values: list[int], sign: str, bound: int, count: int
) -> None:
    store = FaissStore.create(manifest(), tmp_path_factory.mktemp("store") / "i")
    embedding = HashEmbedding()
    nodes = [
        TextNode(
            id_=f"{number:02d}",
            text=f"river {number}",
            metadata={"page": value},
            embedding=embedding.get_text_embedding(f"river {number}"),
        )
        for number, value in enumerate(values)
    ]
    store.add(nodes)
    meets = {"=": int.__eq__, "!=": int.__ne__, "<": int.__lt__, "<=": int.__le__, ">": int.__gt__, ">=": int.__ge__}
    allowed = [node for node in nodes if meets[sign](node.metadata["page"], bound)]
    asked = embedding.get_query_embedding("river 7")
    scores = sorted(-sum(a * b for a, b in zip(asked, node.embedding, strict=True)) for node in allowed)[:count]
    query = VectorStoreQuery(
        query_embedding=asked, similarity_top_k=count, filters=parse_filters([f"page{sign}{bound}"])
    )
    result = store.query(query)
    store.close()
    assert [-score for score in result.similarities] == pytest.approx(scores, abs=1e-5)
    assert set(result.ids) <= {node.node_id for node in allowed}
