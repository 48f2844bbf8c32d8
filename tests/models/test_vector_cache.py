from pathlib import Path

import pytest

from rag.models.vector_cache import CachedEmbedding
from tests.ingest.test_update import CountingEmbedding


def cached(folder: Path, name: str = "counting") -> tuple[CachedEmbedding, CountingEmbedding]:
    inner = CountingEmbedding(model_name=name)
    return CachedEmbedding(inner, folder), inner


def test_a_text_is_embedded_once(tmp_path: Path) -> None:
    first, inner = cached(tmp_path)
    vectors = first.get_text_embedding_batch(["a", "b", "a"])
    assert vectors == inner.get_text_embedding_batch(["a", "b", "a"])
    first.close()
    again, inner = cached(tmp_path)
    assert again.get_text_embedding_batch(["b", "c"])[0] == pytest.approx(vectors[1])
    assert inner.embedded == ["c"]
    assert again.model_name == "counting"


def test_another_model_has_a_file_of_its_own(tmp_path: Path) -> None:
    cached(tmp_path)[0].get_text_embedding("a")
    other, inner = cached(tmp_path, "other")
    other.get_text_embedding("a")
    assert inner.embedded == ["a"]


def test_a_damaged_vector_or_file_is_made_again(tmp_path: Path) -> None:
    first, _ = cached(tmp_path)
    expected = first.get_text_embedding("a")
    first._connection.execute("UPDATE vectors SET vector = zeroblob(length(vector))")
    first._connection.commit()
    first.close()
    second, inner = cached(tmp_path)
    assert second.get_text_embedding("a") == expected
    assert inner.embedded == ["a"]
    second.close()
    (file,) = tmp_path.glob("*.sqlite")
    file.write_bytes(b"x" * 5000)
    third, inner = cached(tmp_path)
    assert third.get_text_embedding("a") == expected
    assert inner.embedded == ["a"]


def test_a_place_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    embedding, inner = cached(tmp_path / "taken")
    assert embedding.get_text_embedding("a") == inner.get_text_embedding("a")
