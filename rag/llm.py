"""Which language model is asked, if any."""

from llama_index.core.llms import LLM

from rag.config import Config
from rag.errors import ConfigError

NO_KEY = "none"
"""Sent where no key is set: local servers ask for none, the client insists on one."""


def load_llm(config: Config) -> LLM:
    """The model that the settings name, on an OpenAI-compatible server. Raises ConfigError where none is set."""
    if not (config.llm_base_url and config.llm_model):
        raise ConfigError(
            "no language model is set. Set llm_base_url and llm_model in rag.toml, for a server that speaks OpenAI's"
            " protocol: llama.cpp, Ollama, vLLM or a hosted one."
        )
    try:
        from llama_index.llms.openai_like import OpenAILike
    except ImportError:
        raise ConfigError("asking a language model needs one more package: pip install 'footnote-rag[llm]'") from None
    llm: LLM = OpenAILike(
        model=config.llm_model,
        api_base=config.llm_base_url,
        api_key=config.llm_api_key.get_secret_value() if config.llm_api_key else NO_KEY,
        is_chat_model=True,
        temperature=0.0,
    )
    return llm
