import json
import resource
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from llama_index.core import StorageContext, VectorStoreIndex
from llama_index.core.schema import Document, MetadataMode, NodeRelationship, RelatedNodeInfo, TextNode
from llama_index.core.vector_stores.types import (
    VectorStoreQuery,
    VectorStoreQueryMode,
)

from rag.errors import IndexFolderError
from rag.store.calibration import Calibration
from rag.store.manifest import MANIFEST_FILE, Manifest, load_manifest
from rag.store.vector_store import FaissStore
from tests.conftest import HashEmbedding

EMBEDDING = HashEmbedding()
TEXTS = ["the rhine is a river", "bern is a town", "the rhine flows past basel"]


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


def node(text: str, node_id: str = "", document: str = "d") -> TextNode:
    return TextNode(
        id_=node_id or text,
        text=text,
        start_char_idx=0,
        end_char_idx=len(text),
        metadata={"title": "T"},
        embedding=EMBEDDING.get_text_embedding(text),
        relationships={NodeRelationship.SOURCE: RelatedNodeInfo(node_id=document)},
    )


def filled(folder: Path, texts: list[str] = TEXTS) -> FaissStore:
    store = FaissStore.create(manifest(), folder)
    store.put_document(Document(id_="d", text="\n".join(texts), metadata={"title": "T", "sha256": "0"}))
    store.add([node(text) for text in texts])
    store.persist()
    return store


def dense(store: FaissStore, text: str, k: int = 3) -> list[str]:
    return store.query(VectorStoreQuery(query_embedding=EMBEDDING.get_query_embedding(text), similarity_top_k=k)).ids


def lexical(store: FaissStore, text: str, k: int = 3) -> list[str]:
    return store.query(VectorStoreQuery(query_str=text, similarity_top_k=k, mode=VectorStoreQueryMode.TEXT_SEARCH)).ids


def test_what_was_persisted_is_found_again_by_both_rankings(tmp_path: Path) -> None:
    filled(tmp_path / "i")
    store = FaissStore.open(tmp_path / "i")
    assert dense(store, TEXTS[1])[0] == TEXTS[1]
    assert lexical(store, "Flowing rivers") == [TEXTS[2], TEXTS[0]]
    found = store.query(VectorStoreQuery(query_embedding=EMBEDDING.get_query_embedding("bern"), similarity_top_k=1))
    (result,) = found.nodes
    assert (result.text, result.start_char_idx, result.ref_doc_id, result.metadata) == (
        *(TEXTS[1], 0, "d"),
        {"title": "T"},
    )


def test_lexical_search_credits_only_passages_that_hold_a_word(tmp_path: Path) -> None:
    store = filled(tmp_path / "i")
    assert lexical(store, "bern") == [TEXTS[1]]
    assert lexical(store, "zürich") == []
    assert lexical(store, '" OR * NEAR( -') == []


def test_accents_and_case_do_not_matter_to_words(tmp_path: Path) -> None:
    store = filled(tmp_path / "i", ["Türkiye borders Syria"])
    assert lexical(store, "turkiye") == ["Türkiye borders Syria"]


@given(texts=st.lists(st.text("abc ", min_size=1), min_size=1, max_size=12, unique=True), query=st.text("abc "))
def test_dense_ranking_is_that_of_exact_search(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], query: str
) -> None:
    store = filled(tmp_path_factory.mktemp("store") / "i", texts)
    asked = EMBEDDING.get_query_embedding(query)
    similarity = {
        text: sum(a * b for a, b in zip(asked, EMBEDDING.get_text_embedding(text), strict=True)) for text in texts
    }
    found = store.query(VectorStoreQuery(query_embedding=asked, similarity_top_k=len(texts)))
    assert set(found.ids) == set(texts)
    assert found.similarities == pytest.approx([similarity[text] for text in found.ids], abs=1e-6)
    assert found.similarities == sorted(found.similarities, reverse=True)
    assert found.ids == sorted(found.ids, key=lambda text: (-found.similarities[found.ids.index(text)], text))


def test_a_document_is_deleted_in_one_call(tmp_path: Path) -> None:
    store = filled(tmp_path / "i")
    store.add([node("another town", document="e")])
    store.delete("d")
    store.persist()
    reopened = FaissStore.open(tmp_path / "i")
    assert dense(reopened, "bern") == ["another town"] == lexical(reopened, "town river bern")
    assert reopened.contents.document("d") is None
    assert (reopened.manifest.documents, reopened.manifest.passages) == (0, 1)


def test_a_node_with_a_known_id_replaces_the_old_one(tmp_path: Path) -> None:
    store = filled(tmp_path / "i")
    store.add([node("bern is the capital", node_id=TEXTS[1])])
    assert lexical(store, "town") == []
    assert lexical(store, "capital") == [TEXTS[1]]
    assert len(dense(store, "bern", k=9)) == 3


def test_readers_go_on_while_a_writer_works_and_see_the_change_when_they_open_again(tmp_path: Path) -> None:
    writer = filled(tmp_path / "i")
    reader = FaissStore.open(tmp_path / "i")
    writer.delete("d")
    assert FaissStore.open(tmp_path / "i").manifest.passages == 3
    writer.persist()
    assert dense(reader, "bern")[0] == TEXTS[1]
    assert reader.contents.document("d") is not None
    assert FaissStore.open(tmp_path / "i").manifest.passages == 0


def test_what_was_not_persisted_is_forgotten(tmp_path: Path) -> None:
    store = filled(tmp_path / "i")
    store.delete("d")
    store.close()
    assert FaissStore.open(tmp_path / "i").manifest.passages == 3


def test_two_writers_exclude_each_other(tmp_path: Path) -> None:
    first = filled(tmp_path / "i")
    second = FaissStore.open(tmp_path / "i")
    first.delete("d")
    with pytest.raises(IndexFolderError, match="being written by another program"):
        second.delete("d")
    first.persist()
    with pytest.raises(IndexFolderError, match="changed by another program"):
        second.delete("d")


FITTED = Calibration(4.0, -2.0, 0.6, 0.75, 0.25, ["0123456789abcdef"])


def test_a_calibration_is_kept_at_once_and_through_later_changes_and_lost_by_a_rebuild(tmp_path: Path) -> None:
    store = filled(tmp_path / "i")
    before = store.manifest.sha256
    store.calibrate(FITTED)
    assert load_manifest(tmp_path / "i").calibration == FITTED
    assert load_manifest(tmp_path / "i").sha256 == store.manifest.sha256 != before
    changed = FaissStore.open(tmp_path / "i")
    changed.add([node("zug is a town")])
    changed.persist()
    assert FaissStore.open(tmp_path / "i").manifest.calibration == FITTED
    filled(tmp_path / "i")
    assert FaissStore.open(tmp_path / "i").manifest.calibration is None


def test_an_index_that_was_changed_meanwhile_is_not_calibrated(tmp_path: Path) -> None:
    store = filled(tmp_path / "i")
    changed = FaissStore.open(tmp_path / "i")
    changed.delete("d")
    with pytest.raises(IndexFolderError, match="being written by another program"):
        store.calibrate(FITTED)
    changed.persist()
    with pytest.raises(IndexFolderError, match="changed by another program meanwhile"):
        store.calibrate(FITTED)
    assert load_manifest(tmp_path / "i").calibration is None
    changed.calibrate(FITTED)


def test_nodes_come_with_their_embeddings(tmp_path: Path) -> None:
    store = filled(tmp_path / "i")
    vector = EMBEDDING.get_text_embedding(TEXTS[0])
    for mode in (VectorStoreQueryMode.DEFAULT, VectorStoreQueryMode.TEXT_SEARCH):
        query = VectorStoreQuery(query_embedding=vector, query_str="rhine", mode=mode, similarity_top_k=3)
        nodes = FaissStore.open(store.folder).query(query).nodes
        assert nodes
        for found in nodes:
            assert found.embedding == pytest.approx(EMBEDDING.get_text_embedding(found.text))


def test_only_the_current_generation_is_kept(tmp_path: Path) -> None:
    store = filled(tmp_path / "i")
    (tmp_path / "i" / "vectors-000009.faiss").write_text("left by a killed process")
    for text in ["one", "two"]:
        store.add([node(text)])
        store.persist()
    current = store.manifest
    assert {file.name for file in (tmp_path / "i").iterdir()} == {
        *current.expected_files(),
        *("manifest.json", "write.lock", current.words_folder),
    }


@pytest.mark.parametrize("embedding", [[float("nan")] * 64, [0.0] * 64, [1.0]])
def test_only_vectors_of_the_right_size_that_have_a_direction_are_stored(
    tmp_path: Path, embedding: list[float]
) -> None:
    store = filled(tmp_path / "i")
    bad = node("bad")
    bad.embedding = embedding
    with pytest.raises(ValueError, match="embeddings"):
        store.add([bad])


def test_a_rebuild_never_takes_the_number_of_an_earlier_generation(tmp_path: Path) -> None:
    store = filled(tmp_path / "i")
    store.add([node("one")])
    store.persist()
    late = FaissStore.open(tmp_path / "i")
    assert filled(tmp_path / "i").manifest.generation > late.manifest.generation
    with pytest.raises(IndexFolderError, match="changed by another program"):
        late.delete("d")


def test_a_mode_that_it_has_not_is_said_and_not_ignored(tmp_path: Path) -> None:
    store = filled(tmp_path / "i")
    with pytest.raises(ValueError, match="modes"):
        store.query(VectorStoreQuery(query_str="x", mode=VectorStoreQueryMode.MMR))


def test_the_same_id_twice_in_one_call_is_one_node(tmp_path: Path) -> None:
    store = FaissStore.create(manifest(), tmp_path / "i")
    store.add([node("one", node_id="same"), node("two", node_id="same")])
    store.persist()
    assert dense(FaissStore.open(tmp_path / "i"), "one") == ["same"] == lexical(store, "two")


def test_a_writer_that_may_not_begin_keeps_nothing_from_others(tmp_path: Path) -> None:
    first, late = filled(tmp_path / "i"), FaissStore.open(tmp_path / "i")
    first.delete("d")
    first.persist()
    for _ in range(2):
        with pytest.raises(IndexFolderError, match="changed by another program"):
            late.delete("d")
    first.add([node("one")])
    first.persist()
    assert FaissStore.open(tmp_path / "i").manifest.passages == 1


@pytest.mark.parametrize("kilobytes", [10, 60, 120, 200])
def test_a_write_that_fails_is_named_and_harms_nothing(tmp_path: Path, kilobytes: int) -> None:
    store = filled(tmp_path / "i")
    unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)
    # What a full disk does, at a place that the test can choose: SQLite's file or FAISS's.
    resource.setrlimit(resource.RLIMIT_FSIZE, (kilobytes * 1000, unlimited[1]))
    try:
        with pytest.raises(IndexFolderError, match=r"cannot be written.*unharmed"):
            add_and_persist(store, 1000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)
    store.close()
    assert FaissStore.open(tmp_path / "i").manifest.passages == 3
    add_and_persist(FaissStore.open(tmp_path / "i"), 1000)
    assert FaissStore.open(tmp_path / "i").manifest.passages == 1003


def add_and_persist(store: FaissStore, count: int) -> None:
    store.add([node(f"word{number}") for number in range(count)])
    store.persist()


def test_a_node_comes_back_as_it_shows_itself_to_models(tmp_path: Path) -> None:
    store = FaissStore.create(manifest(), tmp_path / "i")
    shown = node("one")
    shown.metadata |= {"author": "Ann"}
    shown.excluded_embed_metadata_keys = ["title"]
    shown.excluded_llm_metadata_keys = ["author"]
    store.add([shown])
    (back,) = store.query(VectorStoreQuery(query_embedding=shown.embedding, similarity_top_k=1)).nodes
    for mode in MetadataMode:
        assert back.get_content(mode) == shown.get_content(mode)


def test_it_serves_a_plain_llama_index(tmp_path: Path) -> None:
    store = FaissStore.create(manifest(), tmp_path / "i")
    index = VectorStoreIndex(
        [TextNode(id_=text, text=text) for text in TEXTS],
        storage_context=StorageContext.from_defaults(vector_store=store),
        embed_model=EMBEDDING,
    )
    (best,) = index.as_retriever(similarity_top_k=1).retrieve("bern is a town")
    assert best.node.node_id == TEXTS[1]


def test_a_missing_index_names_the_command_that_makes_it(tmp_path: Path) -> None:
    with pytest.raises(IndexFolderError, match=r"no index 'papers'.*rag index FOLDER --index papers"):
        FaissStore.open(tmp_path / "papers")


def test_a_half_written_index_is_named(tmp_path: Path) -> None:
    store = FaissStore.create(manifest(), tmp_path / "i")
    store.add([node("one")])
    with pytest.raises(IndexFolderError, match="being written by another program"):
        FaissStore.create(manifest(), tmp_path / "i")
    store.close()
    with pytest.raises(IndexFolderError, match="half-written.*--rebuild"):
        FaissStore.open(tmp_path / "i")


@pytest.mark.parametrize("file", ["corpus-000001.sqlite", "vectors-000001.faiss"])
@pytest.mark.parametrize("damage", ["missing", "cut", "overwritten"])
def test_a_damaged_file_is_named(tmp_path: Path, file: str, damage: str) -> None:
    filled(tmp_path / "i").close()
    path = tmp_path / "i" / file
    if damage == "missing":
        path.unlink()
    elif damage == "cut":
        path.write_bytes(path.read_bytes()[:-100])
    else:
        path.write_bytes(b"x" * path.stat().st_size)
    with pytest.raises(IndexFolderError, match="damaged.*--rebuild"):
        FaissStore.open(tmp_path / "i")


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"format_version": 2}', '{"format_version": "x"}'])
def test_a_manifest_that_cannot_be_read_is_named(tmp_path: Path, text: str) -> None:
    filled(tmp_path / "i").close()
    (tmp_path / "i" / MANIFEST_FILE).write_text(text)
    with pytest.raises(IndexFolderError, match=r"manifest\.json cannot be read.*--rebuild"):
        load_manifest(tmp_path / "i")


@pytest.mark.parametrize("changes", [{"files": 3}, {"files": {}}, {"folder": 3}, {"dimension": "a"}, {"new_key": 1}])
def test_a_manifest_with_impossible_values_is_named(tmp_path: Path, changes: dict[str, object]) -> None:
    filled(tmp_path / "i").close()
    data = json.loads((tmp_path / "i" / MANIFEST_FILE).read_text())
    (tmp_path / "i" / MANIFEST_FILE).write_text(json.dumps(data | changes))
    with pytest.raises(IndexFolderError, match=r"manifest\.json cannot be read.*--rebuild"):
        load_manifest(tmp_path / "i")


def test_files_of_others_are_left_alone(tmp_path: Path) -> None:
    store = filled(tmp_path / "i")
    for name in ("corpus-mine.txt", "vectors-000009.faiss.bak"):
        (tmp_path / "i" / name).write_text("precious")
    store.add([node("one")])
    store.persist()
    filled(tmp_path / "i")
    assert {"corpus-mine.txt", "vectors-000009.faiss.bak"} < {file.name for file in (tmp_path / "i").iterdir()}


def test_an_index_of_a_newer_version_is_named(tmp_path: Path) -> None:
    filled(tmp_path / "i").close()
    data = json.loads((tmp_path / "i" / MANIFEST_FILE).read_text())
    (tmp_path / "i" / MANIFEST_FILE).write_text(json.dumps(data | {"format_version": 99, "new_key": 1}))
    with pytest.raises(IndexFolderError, match="newer version.*Upgrade"):
        FaissStore.open(tmp_path / "i")


def test_an_index_of_an_older_version_is_named_with_the_command_that_builds_it_again(tmp_path: Path) -> None:
    filled(tmp_path / "i").close()
    data = json.loads((tmp_path / "i" / MANIFEST_FILE).read_text())
    (tmp_path / "i" / MANIFEST_FILE).write_text(json.dumps(data | {"format_version": 1}))
    with pytest.raises(IndexFolderError, match="older version.*rag index /documents --index i --rebuild"):
        FaissStore.open(tmp_path / "i")


@pytest.mark.parametrize(
    ("changes", "difference"),
    [
        ({}, None),
        ({"folder": "/elsewhere", "generation": 9}, None),
        ({"embedding_model": "other"}, "the embedding model other, not hash"),
        ({"dimension": 3}, "vectors of 3 dimensions, not 64"),
        ({"max_passage_tokens": 128}, "max_passage_tokens 128, not 200"),
        ({"chunking_version": 0}, "cut into passages differently"),
    ],
)
def test_manifests_say_what_makes_indexes_incompatible(changes: dict[str, object], difference: str | None) -> None:
    said = manifest(**changes).difference(manifest())
    assert said == difference or (said and difference and difference in said)


def test_vectors_of_any_length_are_kept_as_unit_vectors(tmp_path: Path) -> None:
    store = FaissStore(tmp_path / "i", 2)
    long = TextNode(id_="long", text="far along", embedding=[30.0, 40.0])
    store.add([long, TextNode(id_="other", text="across", embedding=[0.1, 0.0])])
    found = store.query(VectorStoreQuery(query_embedding=[6.0, 8.0], similarity_top_k=2))
    assert found.ids == ["long", "other"]
    assert found.similarities == pytest.approx([1.0, 0.6])
    assert found.nodes[0].embedding == pytest.approx([0.6, 0.8])


def test_a_store_by_folder_and_dimension_serves_a_vector_store_index(tmp_path: Path) -> None:
    embedding = HashEmbedding()
    storage = StorageContext.from_defaults(vector_store=FaissStore(tmp_path / "i", 64))
    documents = [Document(id_="rivers", text="The Rhine rises in the Alps."), Document(id_="towns", text="Bern votes.")]
    index = VectorStoreIndex.from_documents(documents, storage_context=storage, embed_model=embedding)
    assert index.as_retriever(similarity_top_k=1).retrieve("Rhine Alps")[0].node.ref_doc_id == "rivers"
    index.insert(Document(id_="lakes", text="Lake Constance is deep."))
    index.delete_ref_doc("rivers")
    again = VectorStoreIndex.from_vector_store(FaissStore(str(tmp_path / "i")), embed_model=embedding)
    found = again.as_retriever(similarity_top_k=5).retrieve("Rhine Constance")
    assert [node.node.ref_doc_id for node in found] == ["lakes", "towns"]


def test_a_store_of_another_dimension_or_of_none_is_said(tmp_path: Path) -> None:
    FaissStore(tmp_path / "i", 2)
    with pytest.raises(IndexFolderError, match="holds vectors of 2 dimensions, not 3"):
        FaissStore(tmp_path / "i", 3)
    with pytest.raises(IndexFolderError, match="Give the dimension"):
        FaissStore(tmp_path / "none")
