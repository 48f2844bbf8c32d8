import sys
from pathlib import Path

import pytest

from rag.config import Config
from rag.errors import ConfigError
from rag.llm.providers import load_llm


@pytest.fixture(autouse=True)
def no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "ANTHROPIC_API_KEY", "OLLAMA_HOST"):
        monkeypatch.delenv(name, raising=False)


def test_without_a_model_it_says_what_to_set() -> None:
    with pytest.raises(
        ConfigError, match="no language model is set. Set llm in rag.toml, as openai/MODEL, ollama/MODEL"
    ):
        load_llm(Config())


@pytest.mark.parametrize("name", ["gpt-4o", "openai", "openai/", "mistral/large", "/x", "llama-cpp"])
def test_a_name_that_is_not_provider_and_model_is_named(name: str) -> None:
    with pytest.raises(ConfigError, match=f"llm: '{name}' is not openai/MODEL"):
        load_llm(Config(llm=name))


def test_an_openai_server_needs_a_key_or_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match="set OPENAI_API_KEY in the environment, or OPENAI_BASE_URL"):
        load_llm(Config(llm="openai/gpt-4o"))
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    llm = load_llm(Config(llm="openai/gpt-4o"))
    assert (llm.metadata.model_name, llm.api_base, llm.api_key) == ("gpt-4o", "https://api.openai.com/v1", "secret")
    assert llm.metadata.context_window == 128_000
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:1/v1")
    own = load_llm(Config(llm="openai/org/own-model", llm_context_tokens=2048, llm_answer_tokens=99))
    assert (own.metadata.model_name, own.api_base) == ("org/own-model", "http://127.0.0.1:1/v1")
    assert (own.metadata.context_window, own.metadata.num_output, own.max_retries) == (2048, 99, 0)


def test_a_model_of_unknown_size_is_taken_to_be_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:1/v1")
    assert load_llm(Config(llm="openai/own")).metadata.context_window == 4096


@pytest.mark.parametrize(
    ("name", "module", "extra"),
    [
        ("openai/m", "llama_index.llms.openai_like", "llm"),
        ("ollama/m", "llama_index.llms.ollama", "ollama"),
        ("anthropic/m", "llama_index.llms.anthropic", "anthropic"),
        ("llama-cpp/m.gguf", "llama_cpp", "llama-cpp"),
    ],
)
def test_without_the_extra_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, name: str, module: str, extra: str
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:1/v1")
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ConfigError, match=rf"pip install 'footnote-rag\[{extra}\]'"):
        load_llm(Config(llm=name))


def test_ollama_is_asked_where_it_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("llama_index.llms.ollama")
    assert load_llm(Config(llm="ollama/qwen3:8b", llm_context_tokens=8192)).base_url == "http://127.0.0.1:11434"
    monkeypatch.setenv("OLLAMA_HOST", "10.0.0.7:11434")
    llm = load_llm(Config(llm="ollama/qwen3:8b", llm_context_tokens=8192))
    assert (llm.base_url, llm.model, llm.metadata.context_window) == ("http://10.0.0.7:11434", "qwen3:8b", 8192)


def test_anthropic_needs_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("llama_index.llms.anthropic")
    with pytest.raises(ConfigError, match="ANTHROPIC_API_KEY"):
        load_llm(Config(llm="anthropic/claude-sonnet-4-0"))
    monkeypatch.setenv("ANTHROPIC_API_KEY", "secret")
    assert load_llm(Config(llm="anthropic/claude-sonnet-4-0")).metadata.context_window >= 100_000


def test_a_file_that_is_no_model_is_named(tmp_path: Path) -> None:
    pytest.importorskip("llama_cpp")
    with pytest.raises(ConfigError, match="there is no file"):
        load_llm(Config(llm=f"llama-cpp/{tmp_path / 'none.gguf'}"))
    (tmp_path / "text.gguf").write_text("no model")
    with pytest.raises(ConfigError, match="cannot be loaded as a GGUF model"):
        load_llm(Config(llm=f"llama-cpp/{tmp_path / 'text.gguf'}"))
