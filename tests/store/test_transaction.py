"""What a change does to the files of an index."""

import os
import stat
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from llama_index.core.schema import Document

from rag.errors import IndexFolderError
from rag.store.manifest import load_manifest
from rag.store.snapshot import FolderContents
from rag.store.vector_store import FaissStore
from rag.store.verify import verify_index
from tests.store.contract import EMBEDDING, TEXTS, dense, lexical, manifest
from tests.store.test_vector_store import filled, node


def grown(folder: Path, count: int) -> FaissStore:
    """An index of that many documents, one after the other."""
    store = FaissStore.create(manifest(), folder)
    for number in range(count):
        text = f"lake number{number} is deep"
        name = f"{number}.md"
        store.put_document(Document(id_=name, text=text, metadata={"title": name, "sha256": str(number)}))
        store.add([node(text, document=name)])
        store.persist()
    return store


def test_a_change_writes_no_file_anew(tmp_path: Path) -> None:
    store = filled(tmp_path / "i", [f"text number{number}" for number in range(50)])
    before = {path: path.stat().st_ino for path in (tmp_path / "i").rglob("*") if path.suffix in {".sqlite", ".faiss"}}
    words = {path.name: path.stat().st_ino for path in (tmp_path / "i" / store.manifest.words_folder).iterdir()}
    store.add([node("one more")])
    store.persist()
    assert {path: path.stat().st_ino for path in before} == before
    linked = {path.name: path.stat().st_ino for path in (tmp_path / "i" / store.manifest.words_folder).iterdir()}
    assert {name for name, inode in words.items() if linked.get(name) == inode} == {
        name for name in words if not name.endswith(".json")
    }


def test_deleted_passages_are_found_by_no_ranking_after_any_number_of_changes(tmp_path: Path) -> None:
    store = grown(tmp_path / "i", 12)
    for number in range(0, 12, 2):
        store.delete(f"{number}.md")
        store.persist()
    left = {f"lake number{number} is deep" for number in range(1, 12, 2)}
    reopened = FaissStore.open(tmp_path / "i")
    assert set(dense(reopened, "lake", k=99)) == set(lexical(reopened, "lake", k=99)) == left
    assert sorted(reopened.contents.hashes()) == sorted(f"{number}.md" for number in range(1, 12, 2))
    assert (reopened.manifest.documents, reopened.manifest.passages) == (6, 6)
    assert verify_index(tmp_path / "i").problems == []


def test_a_document_that_was_stored_without_encoding_and_notes_has_none(tmp_path: Path) -> None:
    [info] = grown(tmp_path / "i", 1).contents.documents()
    assert (info.encoding, info.notes) == (None, [])


def test_a_compacted_index_holds_the_same_in_less_room(tmp_path: Path) -> None:
    store = grown(tmp_path / "i", 8)
    copy = Document(id_="copy.md", text="", metadata={"title": "copy"})
    store.put_duplicate(copy, "7.md")
    for number in range(6):
        store.delete(f"{number}.md")
    store.persist()
    reader = FaissStore.open(tmp_path / "i")

    def held() -> tuple[object, ...]:
        documents = store.contents.documents()
        return dense(store, "lake", 9), lexical(store, "lake", 9), documents, store.manifest.passages

    before = held()
    assert store.dead_passages == 6
    store.compact()
    assert store.dead_passages == 0
    assert held() == before
    assert [index.ntotal for index in store.client] == [2]
    assert verify_index(tmp_path / "i").problems == []
    assert dense(reader, "lake", 9) == before[0]


@pytest.mark.parametrize("kind", ["pos", "idx", "term", "store"])
def test_a_file_that_goes_while_the_index_is_opened_is_missed_at_once(tmp_path: Path, kind: str) -> None:
    filled(tmp_path / "i").close()
    written = load_manifest(tmp_path / "i")
    gone = next(name for name in written.files if name.endswith(f".{kind}"))
    (tmp_path / "i" / gone).unlink()
    with pytest.raises((FileNotFoundError, ValueError), match="not there|FileDoesNotExist"):
        FolderContents.open(tmp_path / "i", written)


def test_a_writer_in_another_process_is_told_of(tmp_path: Path) -> None:
    filled(tmp_path / "i").close()
    script = (
        "import sys; from pathlib import Path; from rag.store.vector_store import FaissStore;"
        "s = FaissStore.open(Path(sys.argv[1])); s.begin(); print('begun', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-W", "ignore", "-c", script, str(tmp_path / "i")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout.readline() == "begun\n"
        with pytest.raises(IndexFolderError, match="being written by another program"):
            FaissStore.open(tmp_path / "i").delete("d")
        other.kill()
    store = FaissStore.open(tmp_path / "i")
    store.delete("d")
    store.persist()
    assert store.manifest.passages == 0


def test_a_folder_that_may_not_be_written_is_named(tmp_path: Path) -> None:
    filled(tmp_path / "i").close()
    tmp_path.chmod(0o755)
    script = (
        "import os, sys; from pathlib import Path; from rag.errors import *;"
        "from rag.store.vector_store import FaissStore;"
        "s = FaissStore.open(Path(sys.argv[1])); os.geteuid() == 0 and os.setuid(65534)\n"
        "try: s.delete('d')\nexcept IndexFolderError as error: print(error)"
    )
    for path in (tmp_path / "i", *(tmp_path / "i").rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    result = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script, str(tmp_path / "i")], capture_output=True, text=True, check=False
    )
    for path in (tmp_path / "i", *(tmp_path / "i").rglob("*")):
        path.chmod(path.stat().st_mode | stat.S_IWUSR)
    assert "cannot be written (Permission denied)" in result.stdout, result


def test_an_interruption_after_the_rename_leaves_the_new_index(tmp_path: Path) -> None:
    """Ctrl-C while old files are removed: what was written is current by then."""
    store = filled(tmp_path / "i")
    store.add([node("one more")])
    change = store.begin()
    change.persist(lambda stage: None)
    # The store has not heard that it is done, as when an exception came between, and drops the change.
    store.close()
    assert lexical(FaissStore.open(tmp_path / "i"), "more") == ["one more"]


def test_an_index_that_may_not_be_written_answers() -> None:
    script = (
        "import os, sys; from pathlib import Path; from rag.store.vector_store import FaissStore;"
        "from llama_index.core.vector_stores.types import *;"
        "query = VectorStoreQuery(query_str='bern', mode='text_search', similarity_top_k=1);"
        # Once as root, who can read what is imported.
        "FaissStore.open(Path(sys.argv[1])).query(query); os.geteuid() == 0 and os.setuid(65534);"
        "print(FaissStore.open(Path(sys.argv[1])).query(query).ids)"
    )
    # pytest's own folder is closed to others.
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        index = Path(folder, "i")
        filled(index).close()
        for path in (index, *index.rglob("*")):
            path.chmod(0o555 if path.is_dir() else 0o444)
        command = [sys.executable, "-W", "ignore", "-c", script, str(index)]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        for path in (index, *index.rglob("*")):
            path.chmod(path.stat().st_mode | stat.S_IWUSR)
    assert result.stdout == f"[{TEXTS[1]!r}]\n", result


def test_an_unreadable_manifest_keeps_everything_beside_it(tmp_path: Path) -> None:
    """A person may have a copy of it, or repair it; so even a rebuild removes nothing before it is finished."""
    filled(tmp_path / "i").close()
    manifest_file = tmp_path / "i" / "manifest.json"
    intact = manifest_file.read_text()
    manifest_file.write_text(intact.replace("{", "[", 1))
    FaissStore.create(manifest(), tmp_path / "i").close()
    manifest_file.write_text(intact)
    assert dense(FaissStore.open(tmp_path / "i"), TEXTS[0], 1) == [TEXTS[0]]


def test_a_manifest_whose_words_were_swapped_is_not_taken(tmp_path: Path) -> None:
    store = filled(tmp_path / "i")
    text = (tmp_path / "i" / "manifest.json").read_text()
    (tmp_path / "i" / "manifest.json").write_text(text.replace('"documents": 1', '"documents": 2'))
    with pytest.raises(IndexFolderError, match="checksum"):
        FaissStore.open(tmp_path / "i")
    replace(store.manifest, documents=1).save(tmp_path / "i")
    assert os.listdir(tmp_path / "i")
    assert FaissStore.open(tmp_path / "i").contents.document("d") is not None
    assert EMBEDDING.dimension == store.manifest.dimension


def waters(number: int) -> str:
    """A text that no other has the vector of."""
    return f"lake{number} pond{number} river{number}"


def test_an_index_that_grows_past_exact_search_finds_what_is_there_and_nothing_deleted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.store.transaction.FLAT_LIMIT", 40)
    store = FaissStore.create(manifest(), tmp_path / "i")
    numbers = []
    for part in range(4):
        texts = [waters(number) for number in range(50 * part, 50 * part + 50)]
        store.add([node(text, document=f"{part}.md") for text in texts])
        store.persist()
        numbers.append(store.manifest.ann)
        assert dense(store, texts[7], 1) == [texts[7]]
    assert [(ann.rows, ann.kind) for ann in numbers] == [
        (50, "IVF28,SQ8"),
        (100, "IVF40,SQ8"),
        (150, "IVF40,SQ8"),
        (200, "IVF40,SQ8"),
    ]
    for part in (0, 1):
        assert dense(store, waters(50 * part + 7), 1) == [waters(50 * part + 7)]
        store.delete(f"{part}.md")
        assert dense(store, waters(50 * part + 7), 1) != [waters(50 * part + 7)]
    store.add([node(f"{waters(57)} shallow", document="5.md")])
    store.persist()
    reopened = FaissStore.open(tmp_path / "i")
    assert reopened.manifest.ann == numbers[-1]
    # The deleted ones are the nearest of all.
    assert dense(reopened, waters(57), 1) == [f"{waters(57)} shallow"]
    assert not {waters(number) for number in range(100)} & set(dense(reopened, waters(57), 60))
    assert verify_index(tmp_path / "i").problems == []
