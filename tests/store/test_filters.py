import pytest
from hypothesis import given
from hypothesis import strategies as st
from llama_index.core.schema import Document, NodeRelationship, RelatedNodeInfo, TextNode
from llama_index.core.vector_stores.types import (
    FilterCondition,
    FilterOperator,
    MetadataFilter,
    MetadataFilters,
    VectorStoreQuery,
    VectorStoreQueryMode,
)

from rag.errors import QuestionError
from rag.store.filters import parse_filters
from rag.store.vector_store import FaissStore
from tests.conftest import HashEmbedding
from tests.store.test_vector_store import EMBEDDING, manifest

DOCUMENTS = {
    "a.md": {"title": "Émile", "type": "md", "folder": "", "date": "2024-01-05"},
    "reports/q1.pdf": {"title": "Q1", "type": "pdf", "folder": "reports", "date": "2024-03-31"},
    "reports/old/q0.pdf": {"title": "Q0", "type": "pdf", "folder": "reports/old", "date": "2023-12-31"},
    "reports2/x.txt": {"title": "X", "type": "txt", "folder": "reports2", "date": "2022-06-01"},
}
PAGES = (1, 2, 3)


def passage(document: str, page: int, **metadata: object) -> TextNode:
    text = f"the river of {document} page {page}"
    return TextNode(
        id_=f"{document}#{page}",
        text=text,
        metadata={"page": page, **metadata},
        embedding=EMBEDDING.get_text_embedding(text),
        relationships={NodeRelationship.SOURCE: RelatedNodeInfo(node_id=document)},
    )


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> FaissStore:
    """Documents in two segments, one of them stored under a second path."""
    store = FaissStore.create(manifest(), tmp_path_factory.mktemp("filters") / "i")
    for number, (name, metadata) in enumerate(DOCUMENTS.items()):
        store.put_document(Document(id_=name, text=name, metadata={**metadata, "sha256": name}))
        store.add([passage(name, page, tags=["even"] if page == 2 else [], size=number) for page in PAGES])
        if number == 1:
            copy = {"title": "copy", "type": "pdf", "folder": "copies", "date": "2020-01-01"}
            store.put_duplicate(Document(id_="copies/q1.pdf", metadata=copy), "reports/q1.pdf")
            store.persist()
    store.persist()
    return FaissStore.open(store.folder)


def found(store: FaissStore, filters: MetadataFilters | None, mode: VectorStoreQueryMode) -> set[str]:
    vector = EMBEDDING.get_query_embedding("river")
    query = VectorStoreQuery(query_embedding=vector, query_str="river", mode=mode, similarity_top_k=99, filters=filters)
    return set(store.query(query).ids)


@pytest.mark.parametrize("mode", [VectorStoreQueryMode.DEFAULT, VectorStoreQueryMode.TEXT_SEARCH])
@pytest.mark.parametrize(
    ("typed", "documents", "pages"),
    [
        (["type=pdf"], ["reports/q1.pdf", "reports/old/q0.pdf"], PAGES),
        (["type=pdf", "type=md"], ["a.md", "reports/q1.pdf", "reports/old/q0.pdf"], PAGES),
        (["type!=pdf"], ["a.md", "reports2/x.txt"], PAGES),
        (["folder=reports"], ["reports/q1.pdf", "reports/old/q0.pdf"], PAGES),
        (["folder=."], list(DOCUMENTS), PAGES),
        (["folder!=reports"], ["a.md", "reports2/x.txt"], PAGES),
        (["document=a.md"], ["a.md"], PAGES),
        (["document~Q"], ["reports/q1.pdf", "reports/old/q0.pdf"], PAGES),
        (["title~éM"], ["a.md"], PAGES),
        (["date>=2024-01-05"], ["a.md", "reports/q1.pdf"], PAGES),
        (["date > 2024-01-05", "date<2025"], ["reports/q1.pdf"], PAGES),
        (["page<=2", "type=md"], ["a.md"], (1, 2)),
        (["page=3"], list(DOCUMENTS), (3,)),
        (["page!=3"], list(DOCUMENTS), (1, 2)),
        (["folder=copies"], ["reports/q1.pdf"], PAGES),
        (["document=copies/q1.pdf", "page=1"], ["reports/q1.pdf"], (1,)),
        (["type=exe"], [], PAGES),
    ],
)
def test_what_is_typed_finds_exactly_what_meets_it(
    store: FaissStore, typed: list[str], documents: list[str], pages: tuple[int, ...], mode: VectorStoreQueryMode
) -> None:
    expected = {f"{document}#{page}" for document in documents for page in pages}
    # A copy has another folder and date than what it is a copy of, and either is enough.
    assert found(store, parse_filters(typed), mode) - {"reports/q1.pdf#1", "reports/q1.pdf#2", "reports/q1.pdf#3"} == (
        expected - {"reports/q1.pdf#1", "reports/q1.pdf#2", "reports/q1.pdf#3"}
    )
    assert expected <= found(store, parse_filters(typed), mode)


@pytest.mark.parametrize(
    ("key", "operator", "value", "pages"),
    [
        ("tags", FilterOperator.CONTAINS, "even", {2}),
        ("tags", FilterOperator.ANY, ["even", "odd"], {2}),
        ("tags", FilterOperator.ALL, ["even", "odd"], set()),
        ("tags", FilterOperator.IS_EMPTY, None, {1, 3}),
        ("page", FilterOperator.IN, [1, 3], {1, 3}),
        ("page", FilterOperator.NIN, [1, 3], {2}),
        ("page", FilterOperator.GT, 1, {2, 3}),
        ("size", FilterOperator.EQ, 0, {1, 2, 3}),
        ("size", FilterOperator.GT, "text", set()),
        ("none", FilterOperator.NE, 1, {1, 2, 3}),
        ("title", FilterOperator.TEXT_MATCH, "mile", {1, 2, 3}),
        ("title", FilterOperator.TEXT_MATCH, "MILE", set()),
        ("document", FilterOperator.EQ, "' OR 1 --", set()),
    ],
)
def test_every_operator_of_llama_index_is_exact(
    store: FaissStore, key: str, operator: FilterOperator, value: object, pages: set[int]
) -> None:
    in_one = MetadataFilter(key="document", value="a.md")
    filters = MetadataFilters(filters=[in_one, MetadataFilter(key=key, value=value, operator=operator)])
    assert found(store, filters, VectorStoreQueryMode.DEFAULT) == {f"a.md#{page}" for page in pages}


def test_conditions_nest(store: FaissStore) -> None:
    def one(document: str) -> MetadataFilter:
        return MetadataFilter(key="document", value=document)

    either = MetadataFilters(filters=[one("a.md"), one("reports2/x.txt")], condition=FilterCondition.OR)
    neither = MetadataFilters(filters=[either], condition=FilterCondition.NOT)
    first = MetadataFilters(filters=[neither, MetadataFilter(key="page", value=1)])
    assert found(store, first, VectorStoreQueryMode.TEXT_SEARCH) == {"reports/q1.pdf#1", "reports/old/q0.pdf#1"}


@pytest.mark.parametrize(
    "filters",
    [
        MetadataFilter(key='x"y', value=1),
        MetadataFilter(key="page", value="one"),
        MetadataFilter(key="page", value=1, operator=FilterOperator.IN),
    ],
)
def test_what_cannot_be_filtered_by_is_said(store: FaissStore, filters: MetadataFilter) -> None:
    with pytest.raises(ValueError, match=r"key|number|list"):
        found(store, MetadataFilters(filters=[filters]), VectorStoreQueryMode.DEFAULT)


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


def test_document_and_node_ids_filter_too(store: FaissStore) -> None:
    vector = EMBEDDING.get_query_embedding("river")
    of_documents = VectorStoreQuery(query_embedding=vector, similarity_top_k=99, doc_ids=["copies/q1.pdf"])
    assert set(store.query(of_documents).ids) == {f"reports/q1.pdf#{page}" for page in PAGES}
    of_nodes = VectorStoreQuery(query_embedding=vector, similarity_top_k=99, node_ids=["a.md#1", "none"])
    assert store.query(of_nodes).ids == ["a.md#1"]


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
