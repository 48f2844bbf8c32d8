import sys

import pytest

from rag.config import Config
from rag.errors import ConfigError
from rag.llm import load_llm


@pytest.mark.parametrize("settings", [{}, {"llm_model": "m"}, {"llm_base_url": "http://127.0.0.1:1/v1"}])
def test_without_a_server_and_a_model_it_says_what_to_set(settings: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match="no language model is set. Set llm_base_url and llm_model"):
        load_llm(Config(**settings))


def test_the_model_is_the_one_of_the_settings_and_its_key_is_not_shown() -> None:
    config = Config(llm_base_url="http://127.0.0.1:1/v1", llm_model="m", llm_api_key="secret")
    llm = load_llm(config)
    assert (llm.metadata.model_name, llm.api_base, llm.api_key) == ("m", "http://127.0.0.1:1/v1", "secret")
    assert "secret" not in f"{config!r} {config.model_dump_json()}"


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "llama_index.llms.openai_like", None)
    with pytest.raises(ConfigError, match=r"pip install 'footnote-rag\[llm\]'"):
        load_llm(Config(llm_base_url="http://127.0.0.1:1/v1", llm_model="m"))
