import gzip
import json
import math
import shutil
from pathlib import Path

import numpy as np
import pytest

from rag.errors import ModelError
from rag.models.default_embedding import OnnxEmbedding, load_default_embedding
from rag.models.packaged_model import load_tokenizer, packaged_model
from tests.conftest import REPOSITORY

SQUAD = REPOSITORY.parent / "shared" / "data" / "squad2" / "squad2_dev_15articles_train.json.gz"


def texts() -> list[str]:
    """Passages and questions: of squad2 where it is at hand, else of the seeds."""
    if SQUAD.exists():
        articles = json.loads(gzip.decompress(SQUAD.read_bytes()))["data"]
        paragraphs = [paragraph for article in articles for paragraph in article["paragraphs"][:4]]
        return [p["context"] for p in paragraphs] + [p["qas"][0]["question"] for p in paragraphs]
    lines = [line for file in (REPOSITORY / "seeds").glob("*.*") for line in file.read_text().splitlines()]
    return [line for line in lines if line]


def test_vectors_are_those_of_sentence_transformers(embedding: OnnxEmbedding) -> None:
    from sentence_transformers import SentenceTransformer

    reference = SentenceTransformer(str(packaged_model()), device="cpu")
    expected = reference.encode(texts(), normalize_embeddings=True)
    cosines = (np.array(embedding.get_text_embedding_batch(texts())) * expected).sum(axis=1)
    # .995 where the processor has VNNI; without it, 8-bit products saturate: .9896 on AVX2 alone.
    assert cosines.mean() >= 0.985
    assert cosines.min() >= 0.97


def test_a_vector_has_unit_length_and_does_not_depend_on_the_texts_beside_it(embedding: OnnxEmbedding) -> None:
    alone = embedding.get_text_embedding("Who led the delegation?")
    beside = embedding.get_text_embedding_batch(["long " * 300, "Who led the delegation?", ""])
    assert len(alone) == 384
    assert math.isclose(math.hypot(*alone), 1, abs_tol=1e-5)
    assert beside[1] == alone == embedding.get_query_embedding("Who led the delegation?")
    assert all(math.isclose(math.hypot(*vector), 1, abs_tol=1e-5) for vector in beside)


def test_a_passage_of_200_tokens_is_read_to_its_end(embedding: OnnxEmbedding) -> None:
    words = "river " * 190
    assert embedding.get_text_embedding(words + "delta") != embedding.get_text_embedding(words + "spring")


def test_the_tokenizer_neither_pads_nor_cuts() -> None:
    tokenizer = load_tokenizer(packaged_model())
    assert [len(tokenizer.encode("word " * n).ids) for n in (1, 1000)] == [3, 1002]


def test_the_model_is_exported_once(model_cache: Path) -> None:
    load_default_embedding(model_cache, on_export=lambda: pytest.fail("exported again"))


def test_a_damaged_model_file_is_named(model_cache: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    shutil.copytree(model_cache, cache)
    (onnx_file,) = cache.glob("*/model.onnx")
    content = bytearray(onnx_file.read_bytes())
    content[len(content) // 2] ^= 1
    onnx_file.write_bytes(content)
    with pytest.raises(ModelError, match=r"model\.onnx is damaged\. Remove the folder"):
        load_default_embedding(cache)


def test_weights_that_are_not_the_published_ones_are_refused(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"other weights")
    with pytest.raises(ModelError, match=r"model\.safetensors is not the published"):
        load_default_embedding(tmp_path / "cache", model_folder=tmp_path)
    assert not any((tmp_path / "cache").glob("*/*"))


def test_a_cache_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file in its place")
    with pytest.raises(ModelError, match="RAG_CACHE_DIR"):
        load_default_embedding(tmp_path / "cache")
