import json
import resource
from pathlib import Path

import pytest
from llama_index.core import StorageContext, VectorStoreIndex
from llama_index.core.schema import Document, NodeRelationship, RelatedNodeInfo, TextNode
from llama_index.core.vector_stores.types import (
    VectorStoreQuery,
)

from rag.errors import IndexFolderError
from rag.store.calibration import Calibration
from rag.store.manifest import MANIFEST_FILE, load_manifest
from rag.store.vector_store import FaissStore
from tests.conftest import HashEmbedding
from tests.store.contract import EMBEDDING, TEXTS, manifest


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


FITTED = Calibration(4.0, -2.0, 0.6, 0.75, 0.25, ["0123456789abcdef"])


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


def test_a_rebuild_never_takes_the_number_of_an_earlier_generation(tmp_path: Path) -> None:
    store = filled(tmp_path / "i")
    store.add([node("one")])
    store.persist()
    late = FaissStore.open(tmp_path / "i")
    assert filled(tmp_path / "i").manifest.generation > late.manifest.generation
    with pytest.raises(IndexFolderError, match="changed by another program"):
        late.delete("d")


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
