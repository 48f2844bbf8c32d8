"""What every kind of index is held to: imported by a test module for each, which has the fixture `catalog`."""

import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from llama_index.core import StorageContext, VectorStoreIndex
from llama_index.core.schema import Document, MetadataMode, NodeRelationship, RelatedNodeInfo, TextNode
from llama_index.core.vector_stores.types import (
    FilterCondition,
    FilterOperator,
    MetadataFilter,
    MetadataFilters,
    VectorStoreQuery,
    VectorStoreQueryMode,
)

from rag.errors import IndexBusyError, IndexFolderError
from rag.formats.parsed_document import Section
from rag.ingest.chunker import SentenceChunker
from rag.ingest.update import update_index
from rag.store.calibration import Calibration
from rag.store.catalog import Catalog, StoredIndex
from rag.store.filters import parse_filters
from rag.store.index_contents import Layout
from rag.store.index_store import IndexStore
from rag.store.manifest import FailedFile, Manifest
from tests.conftest import HashEmbedding

EMBEDDING = HashEmbedding()
TEXTS = ["the rhine is a river", "bern is a town", "the rhine flows past basel"]

DOCUMENTS = {
    "a.md": {"title": "Émile STRAẞE", "type": "md", "folder": "", "date": "2024-01-05"},
    "reports/q1.pdf": {"title": "Q1", "type": "pdf", "folder": "reports", "date": "2024-03-31"},
    "reports/old/q0.pdf": {"title": "Q0", "type": "pdf", "folder": "reports/old", "date": "2023-12-31"},
    "reports2/x.txt": {"title": "X", "type": "txt", "folder": "reports2", "date": "2022-06-01"},
}
PAGES = (1, 2, 3)
OF_Q1 = {f"reports/q1.pdf#{page}" for page in PAGES}


def manifest(**changes: object) -> Manifest:
    values = {
        "folder": "/documents",
        "embedding_model": "hash",
        "dimension": 64,
        "chunking_version": 1,
        "reading_version": 1,
        "max_passage_tokens": 200,
    }
    return Manifest(**(values | changes))


def dense(store: IndexStore, text: str, k: int = 3) -> list[str]:
    return store.query(VectorStoreQuery(query_embedding=EMBEDDING.get_query_embedding(text), similarity_top_k=k)).ids


def lexical(store: IndexStore, text: str, k: int = 3) -> list[str]:
    return store.query(VectorStoreQuery(query_str=text, similarity_top_k=k, mode=VectorStoreQueryMode.TEXT_SEARCH)).ids


def passage(text: str, start: int, document: str, node_id: str = "", **metadata: object) -> TextNode:
    return TextNode(
        id_=node_id or text,
        text=text,
        start_char_idx=start,
        end_char_idx=start + len(text),
        metadata={"title": "T", **metadata},
        embedding=EMBEDDING.get_text_embedding(text),
        relationships={NodeRelationship.SOURCE: RelatedNodeInfo(node_id=document)},
    )


def put(store: IndexStore, name: str, texts: Sequence[str], layout: Layout | None = None) -> None:
    """A document of these lines, a passage each."""
    document = Document(id_=name, text="\n".join(texts), metadata={"title": "T", "sha256": f"{name} {texts}"})
    store.put_document(document, layout)
    starts = [sum(len(text) + 1 for text in texts[:number]) for number in range(len(texts))]
    store.add([passage(text, start, name) for text, start in zip(texts, starts, strict=True)])


def made(catalog: Catalog, name: str = "i", **documents: Sequence[str]) -> StoredIndex:
    index = catalog.index(name)
    store = index.create(manifest())
    for document, texts in (documents or {"d": TEXTS}).items():
        put(store, document, texts)
    store.persist()
    store.close()
    return index


def found_whole(index: StoredIndex) -> None:
    assert index.verify().problems == []


def test_what_was_persisted_is_found_again_by_both_rankings(catalog: Catalog) -> None:
    store = made(catalog).open()
    assert dense(store, TEXTS[1])[0] == TEXTS[1]
    assert lexical(store, "Flowing rivers") == [TEXTS[2], TEXTS[0]]
    assert lexical(store, "bern") == [TEXTS[1]]
    assert lexical(store, "zürich") == []
    assert lexical(store, '" OR * NEAR( -') == []
    found = store.query(VectorStoreQuery(query_embedding=EMBEDDING.get_query_embedding("bern"), similarity_top_k=1))
    (result,) = found.nodes
    assert (result.text, result.start_char_idx, result.ref_doc_id) == (TEXTS[1], len(TEXTS[0]) + 1, "d")
    assert result.metadata == {"title": "T"}
    assert result.embedding == pytest.approx(EMBEDDING.get_text_embedding(TEXTS[1]), abs=1e-6)
    store.close()
    found_whole(catalog.index("i"))


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(st.text("abc ", min_size=1), min_size=1, max_size=12, unique=True), query=st.text("abc "))
def test_dense_ranking_is_that_of_exact_search(catalog: Catalog, texts: list[str], query: str) -> None:
    store = made(catalog, d=texts).open()
    asked = EMBEDDING.get_query_embedding(query)
    similarity = {
        text: sum(a * b for a, b in zip(asked, EMBEDDING.get_text_embedding(text), strict=True)) for text in texts
    }
    found = store.query(VectorStoreQuery(query_embedding=asked, similarity_top_k=len(texts)))
    store.close()
    assert set(found.ids) == set(texts)
    assert found.similarities == pytest.approx([similarity[text] for text in found.ids], abs=1e-6)
    assert found.ids == sorted(found.ids, key=lambda text: (-found.similarities[found.ids.index(text)], text))


def test_words_are_found_by_the_stems_of_their_language_whatever_their_accents(catalog: Catalog) -> None:
    store = catalog.index("i").create(manifest())
    store.add(
        [
            passage("Türkiye borders Syria", 0, "a", language="en"),
            passage("Die Häuser sind rot", 0, "b", language="de"),
            passage("The houses are red", 0, "c", language="en"),
        ]
    )
    store.persist()
    assert lexical(store, "turkiye") == ["Türkiye borders Syria"]
    assert lexical(store, "Haus") == ["Die Häuser sind rot"]
    assert lexical(store, "house") == ["The houses are red"]
    store.close()


def test_bm25_ranks_rare_words_and_short_passages_first(catalog: Catalog) -> None:
    texts = ["lake", "lake lake of the long and winding road to the mountain", "road", "mountain", "lake heron"]
    store = made(catalog, d=texts).open()
    assert lexical(store, "lake", 9) == ["lake", "lake heron", texts[1]]
    assert lexical(store, "lake heron", 9)[0] == "lake heron"
    assert lexical(store, "lake", 1) == ["lake"]
    store.close()


def test_of_passages_that_are_equally_near_the_first_are_found(catalog: Catalog) -> None:
    store = catalog.index("i").create(manifest())
    store.add([passage("lake", 0, "d", f"{number:03}") for number in range(300)])
    store.persist()
    assert dense(store, "lake", 20) == lexical(store, "lake", 20) == [f"{number:03}" for number in range(20)]
    store.close()


def test_readers_see_a_change_when_it_is_persisted_and_whoever_makes_it_at_once(catalog: Catalog) -> None:
    index = made(catalog)
    reader, writer = index.open(), index.open()
    version = index.version()
    writer.delete("d")
    put(writer, "e", ["another town"])
    assert dense(writer, "bern") == ["another town"] == lexical(writer, "town river bern")
    assert writer.contents.document("d") is None
    assert index.version() == version
    late = index.open()
    for store in (reader, late):
        assert lexical(store, "town") == [TEXTS[1]]
        assert store.contents.document("d").text == "\n".join(TEXTS)
    writer.persist()
    assert index.version() != version
    # What is open stays as it was, whatever becomes of the index.
    assert dense(reader, TEXTS[1])[0] == TEXTS[1]
    assert reader.contents.document("e") is None
    now = index.open()
    assert (now.manifest.documents, now.manifest.passages) == (1, 1)
    assert dense(now, "bern") == ["another town"]
    for store in (reader, late, writer, now):
        store.close()
    found_whole(index)


def test_a_store_that_is_closed_before_persisting_leaves_all_as_it_was(catalog: Catalog) -> None:
    index = made(catalog)
    version = index.version()
    store = index.open()
    store.delete("d")
    store.close()
    new = catalog.index("new").create(manifest())
    put(new, "d", TEXTS)
    new.close()
    assert index.version() == version
    assert catalog.names() == ["i"]
    with pytest.raises(IndexFolderError, match="there is no index 'none'"):
        catalog.index("none").open()


def test_a_change_that_changes_nothing_is_none(catalog: Catalog) -> None:
    index = made(catalog)
    version = index.version()
    store = index.open()
    store.begin()
    store.delete("none")
    store.persist()
    store.close()
    assert index.version() == version


def test_a_node_with_a_known_id_replaces_the_old_one(catalog: Catalog) -> None:
    index = made(catalog)
    store = index.open()
    store.add([passage("bern is the capital", 0, "d", node_id=TEXTS[1])])
    assert lexical(store, "town") == []
    assert lexical(store, "capital") == [TEXTS[1]]
    store.persist()
    assert store.manifest.passages == len(TEXTS)
    store.close()
    reopened = index.open()
    assert lexical(reopened, "town capital") == [TEXTS[1]]
    reopened.close()


def test_the_same_id_twice_in_one_call_and_a_text_put_twice_stand_once(catalog: Catalog) -> None:
    index = catalog.index("i")
    store = index.create(manifest())
    store.add([passage("one", 0, "e", "same"), passage("two", 0, "e", "same")])
    for _ in range(3):
        put(store, "d", TEXTS[:1])
    store.persist()
    assert dense(store, "one") == ["same", TEXTS[0]]
    assert lexical(store, "two") == ["same"]
    assert lexical(store, "rhine") == [TEXTS[0]]
    assert (store.manifest.documents, store.manifest.passages) == (1, 2)
    store.close()
    found_whole(index)


def test_a_node_comes_back_as_it_shows_itself_to_models_with_a_unit_vector(catalog: Catalog) -> None:
    store = catalog.index("i").create(manifest())
    shown = passage("one", 0, "d", author="Ann")
    shown.excluded_embed_metadata_keys = ["title"]
    shown.excluded_llm_metadata_keys = ["author"]
    unit = shown.embedding
    shown.embedding = [30 * value for value in unit]
    store.add([shown])
    found = store.query(VectorStoreQuery(query_embedding=[7 * value for value in unit], similarity_top_k=1))
    (back,) = found.nodes
    assert found.similarities == pytest.approx([1.0])
    assert back.embedding == pytest.approx(unit, abs=1e-6)
    for mode in MetadataMode:
        assert back.get_content(mode) == shown.get_content(mode)
    with pytest.raises(ValueError, match="modes"):
        store.query(VectorStoreQuery(query_str="x", mode=VectorStoreQueryMode.MMR))
    store.close()


def test_it_serves_a_plain_llama_index(catalog: Catalog) -> None:
    store = catalog.index("i").create(manifest())
    index = VectorStoreIndex(
        [TextNode(id_=text, text=text) for text in TEXTS],
        storage_context=StorageContext.from_defaults(vector_store=store),
        embed_model=EMBEDDING,
    )
    (best,) = index.as_retriever(similarity_top_k=1).retrieve("bern is a town")
    assert best.node.node_id == TEXTS[1]
    store.close()


def test_an_index_that_was_changed_meanwhile_is_not_calibrated(catalog: Catalog) -> None:
    index = made(catalog)
    late = index.open()
    made(catalog)
    with pytest.raises(IndexFolderError, match="changed by another program"):
        late.calibrate(Calibration(2.0, -1.0, 0.5, 0.9, 0.8, []))
    late.close()


def test_vectors_of_another_dimension_and_of_no_length_are_refused(catalog: Catalog) -> None:
    store = made(catalog).open()
    for embedding, message in (([1.0], "dimensions"), ([0.0] * 64, "zero"), ([float("nan")] * 64, "finite")):
        wrong = passage("x", 0, "d")
        wrong.embedding = embedding
        with pytest.raises(ValueError, match=message):
            store.add([wrong])
    store.close()


def test_the_same_text_is_stored_once_and_inherited(catalog: Catalog) -> None:
    index = made(catalog, d=TEXTS, e=["a lake"])
    boxes = np.arange(4 * len("\n".join(TEXTS)), dtype=np.uint16).reshape(-1, 4)
    layout = Layout([Section("page", 1, "", 0, len("\n".join(TEXTS)))], {1: boxes})
    store = index.open()
    put(store, "d", TEXTS, layout)
    for name in ("z.md", "copy.md"):
        store.put_duplicate(Document(id_=name, metadata={"title": name, "sha256": name}), "d")
    store.persist()
    contents = store.contents
    assert contents.holder("z.md") == "d"
    assert contents.document("z.md").text == "\n".join(TEXTS)
    assert contents.document("z.md").metadata["title"] == "z.md"
    assert contents.describe("z.md").text == ""
    of_d = contents.nodes(contents.matching(None, ["z.md"]).tolist()).values()
    assert [node.metadata["also"] for node in of_d] == [["copy.md", "z.md"]] * 3
    assert (contents.boxes("z.md", 1) == boxes).all()
    assert contents.boxes("z.md", 2) is None
    assert contents.sections("copy.md") == layout.sections
    assert contents.hashes()["z.md"] == ("z.md", "d")
    infos = {info.id: (info.same_as, info.passages, info.pages) for info in contents.documents()}
    assert infos == {"copy.md": ("d", 3, 1), "d": (None, 3, 1), "e": (None, 1, 0), "z.md": ("d", 3, 1)}
    assert store.manifest.documents == 2
    put(store, "d", ["something else"])
    store.persist()
    contents = store.contents
    assert contents.holder("z.md") == "copy.md"
    assert contents.document("copy.md").text == "\n".join(TEXTS)
    assert (contents.layout("copy.md").boxes[1] == boxes).all()
    assert [node.ref_doc_id for node in contents.passages_of("copy.md", 9)] == ["copy.md"] * 3
    assert contents.passages_of("copy.md", 2) == []
    assert contents.documents_of(contents.rows()) == {"copy.md", "d", "e"}
    store.delete("copy.md")
    store.delete("z.md")
    store.persist()
    assert sorted(store.contents.hashes()) == ["d", "e"]
    assert lexical(store, "bern") == []
    assert (store.manifest.documents, store.manifest.passages) == (2, 2)
    store.close()
    found_whole(index)


def test_failures_are_current_with_the_rest_and_forgotten_with_their_document(catalog: Catalog) -> None:
    index = made(catalog)
    store = index.open()
    failures = {name: FailedFile("damaged", 3, 5) for name in ("d", "b.pdf", "c.pdf")}
    store.put_failures(failures)
    assert index.manifest().failures == {}
    store.persist()
    assert index.manifest().failures == failures
    store.compact()
    store.delete("b.pdf")
    put(store, "d", ["lake"])
    store.persist()
    store.close()
    assert index.manifest().failures == {"c.pdf": FailedFile("damaged", 3, 5)}
    found_whole(index)


def test_a_calibration_is_kept_at_once_and_lost_by_a_rebuild(catalog: Catalog) -> None:
    index = made(catalog)
    fitted = Calibration(2.0, -1.0, 0.5, 0.9, 0.8, ["abc"])
    version = index.version()
    store = index.open()
    store.calibrate(fitted)
    assert index.manifest().calibration == fitted
    assert index.version() != version
    put(store, "e", ["lake"])
    store.persist()
    store.close()
    assert index.manifest().calibration == fitted
    made(catalog)
    assert index.manifest().calibration is None


def test_a_compacted_index_holds_the_same(catalog: Catalog) -> None:
    index = made(catalog, **{f"n{number}": [f"lake number{number} is deep"] for number in range(8)})
    store = index.open()
    store.put_duplicate(Document(id_="copy.md", metadata={"title": "copy", "sha256": "c"}), "n7")
    for number in range(6):
        store.delete(f"n{number}")
    store.persist()
    reader = index.open()

    def held(of: IndexStore) -> tuple[object, ...]:
        return dense(of, "lake", 9), lexical(of, "lake", 9), of.contents.documents(), of.manifest.passages

    before = held(store)
    assert store.dead_passages == 6
    store.compact()
    assert store.dead_passages == 0
    assert held(store) == before == held(reader)
    store.close()
    reader.close()
    found_whole(index)


def test_an_index_is_moved_told_of_its_folder_replaced_and_deleted(catalog: Catalog, tmp_path: Path) -> None:
    index = made(catalog)
    made(catalog, "other")
    catalog.index("none").move("free")
    index.move("j")
    moved = catalog.index("j")
    assert catalog.names() == ["j", "other"]
    assert index.version() is None
    moved.set_documents_folder(tmp_path / "documents")
    assert moved.documents_folder() == tmp_path / "documents"
    assert moved.size() > 0
    assert moved.changed_at() > 0
    with pytest.raises(IndexFolderError):
        moved.move("other")
    assert moved.manifest().passages == len(TEXTS)
    made(catalog, "j", e=["lake"])
    assert moved.manifest().passages == 1
    found_whole(moved)
    moved.delete()
    moved.delete()
    assert catalog.names() == ["other"]
    assert moved.documents_folder() is None
    found_whole(catalog.index("other"))
    with pytest.raises(IndexFolderError, match="cannot name an index"):
        catalog.index("../x")


def test_one_writes_at_a_time_and_none_over_what_he_has_not_seen(catalog: Catalog) -> None:
    index = made(catalog)
    first, second = index.open(), index.open()
    put(first, "e", ["lake"])
    with pytest.raises(IndexBusyError, match="being written by another"):
        put(second, "f", ["pond"])
    with pytest.raises(IndexBusyError):
        index.delete()
    with pytest.raises(IndexBusyError):
        index.create(manifest()).begin()
    first.persist()
    for change in (lambda: put(second, "f", ["pond"]), second.compact):
        with pytest.raises(IndexFolderError, match="changed by another program"):
            change()
    for store in (first, second):
        store.close()
    assert sorted(index.open().contents.hashes()) == ["d", "e"]


def test_readers_go_on_answering_while_an_index_is_rebuilt_again_and_again(catalog: Catalog) -> None:
    index = made(catalog)
    done = threading.Event()
    answers: list[list[str]] = []

    def read() -> None:
        while not done.is_set():
            store = index.open()
            answers.append([*dense(store, "bern", 1), *lexical(store, "bern", 1), store.contents.document("d").id_])
            store.close()

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(8):
        made(catalog)
    done.set()
    reader.join()
    assert answers
    assert all(answer == [TEXTS[1], TEXTS[1], "d"] for answer in answers)


def test_an_index_is_kept_in_step_with_a_folder(catalog: Catalog, documents: Path, chunker: SentenceChunker) -> None:
    index = catalog.index("i")

    def update(rebuild: bool = False) -> tuple[object, ...]:
        report = update_index(documents, index, HashEmbedding(), chunker, 1, rebuild)
        return report.added, report.changed, report.moved, report.removed, report.unchanged, report.duplicates

    first = update()
    (documents / "copy.md").write_bytes((documents / "rivers.md").read_bytes())
    (documents / "towns.txt").write_text("Bern is the seat of the Swiss government. It has a bear pit.")
    (documents / "bad.pdf").write_bytes(b"%PDF-1.4 nothing")
    second = update()
    assert first[0] == ["rivers.md", "towns.txt"]
    assert (second[0], second[1], second[5]) == (
        ["copy.md"],
        ["rivers.md", "towns.txt"],
        [("rivers.md", "copy.md")],
    )
    assert [*index.manifest().failures] == ["bad.pdf"]
    store = index.open()
    assert "bear pit" in store.contents.document("towns.txt").text
    store.close()
    (documents / "bad.pdf").unlink()
    (documents / "rivers.md").unlink()
    (documents / "towns.txt").rename(documents / "cities.txt")
    third = update()
    assert (third[2], third[3]) == ([("towns.txt", "cities.txt")], ["rivers.md"])
    found_whole(index)
    store = index.open()
    before = [node.id_ for node in store.contents.nodes(store.contents.rows().tolist()).values()]
    store.close()
    update(rebuild=True)
    store = index.open()
    assert sorted(node.id_ for node in store.contents.nodes(store.contents.rows().tolist()).values()) == sorted(before)
    store.close()


@pytest.fixture
def store(catalog: Catalog) -> IndexStore:
    """Documents of two changes, one of them stored under a second path."""
    store = catalog.index("filters").create(manifest())
    for number, (name, metadata) in enumerate(DOCUMENTS.items()):
        store.put_document(Document(id_=name, text=name, metadata={**metadata, "sha256": name}))
        store.add(
            [
                passage(
                    f"the river of {name} page {page}",
                    0,
                    name,
                    f"{name}#{page}",
                    page=page,
                    tags=["even"] if page == 2 else [],
                    size=number,
                    one="even",
                    none=None,
                )
                for page in PAGES
            ]
        )
        if number == 1:
            copy = {"title": "copy", "type": "pdf", "folder": "copies", "date": "2020-01-01"}
            store.put_duplicate(Document(id_="copies/q1.pdf", metadata=copy), "reports/q1.pdf")
            store.persist()
    store.persist()
    return store


def met(store: IndexStore, filters: MetadataFilters | None) -> set[str]:
    """What both modes find under filters."""
    vector = EMBEDDING.get_query_embedding("river")
    by_mode = [
        store.query(
            VectorStoreQuery(query_embedding=vector, query_str="river", mode=mode, similarity_top_k=99, filters=filters)
        ).ids
        for mode in (VectorStoreQueryMode.DEFAULT, VectorStoreQueryMode.TEXT_SEARCH)
    ]
    assert set(by_mode[0]) == set(by_mode[1])
    assert filters is None or store.count_matching(filters) == len(by_mode[0])
    return set(by_mode[0])


def test_what_is_typed_finds_exactly_what_meets_it(store: IndexStore) -> None:
    for typed, documents, pages in (
        (["type=pdf"], ["reports/q1.pdf", "reports/old/q0.pdf"], PAGES),
        (["type=pdf", "type=md"], ["a.md", "reports/q1.pdf", "reports/old/q0.pdf"], PAGES),
        (["type!=pdf"], ["a.md", "reports2/x.txt"], PAGES),
        (["folder=reports"], ["reports/q1.pdf", "reports/old/q0.pdf"], PAGES),
        (["folder=."], list(DOCUMENTS), PAGES),
        (["folder!=reports"], ["a.md", "reports2/x.txt", "reports/q1.pdf"], PAGES),
        (["document=a.md"], ["a.md"], PAGES),
        (["document~Q"], ["reports/q1.pdf", "reports/old/q0.pdf"], PAGES),
        (["title~éM"], ["a.md"], PAGES),
        (["title~strasse"], ["a.md"], PAGES),
        (["date>=2024-01-05"], ["a.md", "reports/q1.pdf"], PAGES),
        (["date > 2024-01-05", "date<2025"], ["reports/q1.pdf"], PAGES),
        (["page<=2", "type=md"], ["a.md"], (1, 2)),
        (["page=3"], list(DOCUMENTS), (3,)),
        (["page!=3"], list(DOCUMENTS), (1, 2)),
        (["folder=copies"], ["reports/q1.pdf"], PAGES),
        (["document=copies/q1.pdf", "page=1"], ["reports/q1.pdf"], (1,)),
        (["type=exe"], [], PAGES),
    ):
        assert met(store, parse_filters(typed)) == {f"{document}#{page}" for document in documents for page in pages}
    store.close()


def test_every_operator_of_llama_index_is_exact(store: IndexStore) -> None:
    in_one = MetadataFilter(key="document", value="a.md")
    for key, operator, value, pages in (
        ("tags", FilterOperator.CONTAINS, "even", {2}),
        ("one", FilterOperator.CONTAINS, "even", {1, 2, 3}),
        ("one", FilterOperator.CONTAINS, "eve", set()),
        ("tags", FilterOperator.ANY, ["even", "odd"], {2}),
        ("tags", FilterOperator.ALL, ["even", "odd"], set()),
        ("tags", FilterOperator.IS_EMPTY, None, {1, 3}),
        ("none", FilterOperator.IS_EMPTY, None, {1, 2, 3}),
        ("page", FilterOperator.IN, [1, 3], {1, 3}),
        ("page", FilterOperator.NIN, [1, 3], {2}),
        ("page", FilterOperator.IN, [], set()),
        ("page", FilterOperator.GT, 1, {2, 3}),
        ("size", FilterOperator.EQ, 0, {1, 2, 3}),
        ("size", FilterOperator.EQ, "0", set()),
        ("size", FilterOperator.GT, "text", set()),
        ("size", FilterOperator.GTE, -1, {1, 2, 3}),
        ("one", FilterOperator.LT, "f", {1, 2, 3}),
        ("one", FilterOperator.LT, 5, set()),
        ("none", FilterOperator.NE, 1, {1, 2, 3}),
        ("none", FilterOperator.EQ, None, {1, 2, 3}),
        ("absent", FilterOperator.EQ, None, {1, 2, 3}),
        ("title", FilterOperator.TEXT_MATCH, "mile", {1, 2, 3}),
        ("title", FilterOperator.TEXT_MATCH, "MILE", set()),
        ("title", FilterOperator.TEXT_MATCH, "%", set()),
        ("document", FilterOperator.EQ, "' OR 1 --", set()),
        ("%s", FilterOperator.EQ, None, {1, 2, 3}),
    ):
        filters = MetadataFilters(filters=[in_one, MetadataFilter(key=key, value=value, operator=operator)])
        assert met(store, filters) == {f"a.md#{page}" for page in pages}, (key, operator, value)
    store.close()


def test_conditions_nest(store: IndexStore) -> None:
    def one(document: str) -> MetadataFilter:
        return MetadataFilter(key="document", value=document)

    either = MetadataFilters(filters=[one("a.md"), one("reports2/x.txt")], condition=FilterCondition.OR)
    neither = MetadataFilters(filters=[either], condition=FilterCondition.NOT)
    first = MetadataFilters(filters=[neither, MetadataFilter(key="page", value=1)])
    assert met(store, first) == {"reports/q1.pdf#1", "reports/old/q0.pdf#1"}
    store.close()


def test_what_cannot_be_filtered_by_is_said(store: IndexStore) -> None:
    for wrong in (
        MetadataFilter(key='x"y', value=1),
        MetadataFilter(key="page", value="one"),
        MetadataFilter(key="page", value=1, operator=FilterOperator.IN),
    ):
        with pytest.raises(ValueError, match=r"key|number|list"):
            met(store, MetadataFilters(filters=[wrong]))
    store.close()


def test_document_and_node_ids_filter_too(store: IndexStore) -> None:
    vector = EMBEDDING.get_query_embedding("river")
    of_documents = VectorStoreQuery(query_embedding=vector, similarity_top_k=99, doc_ids=["copies/q1.pdf"])
    assert set(store.query(of_documents).ids) == OF_Q1
    of_nodes = VectorStoreQuery(query_embedding=vector, similarity_top_k=99, node_ids=["a.md#1", "none"])
    assert store.query(of_nodes).ids == ["a.md#1"]
    store.close()


def test_the_rest_is_searched_on_where_a_filter_leaves_much(store: IndexStore, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("rag.store.snapshot", "rag.store.postgres.contents"):
        monkeypatch.setattr(f"{module}.FEW_ROWS", 1)
    assert met(store, parse_filters(["page=3"])) == {f"{document}#3" for document in DOCUMENTS}
    store.close()
