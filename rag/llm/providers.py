"""Which language model is asked, if any: `llm = "provider/model"`, through LlamaIndex's integrations."""

import os
from collections.abc import Callable
from pathlib import Path

from llama_index.core.llms import LLM

from rag.config import Config
from rag.errors import ConfigError
from rag.models.servers import ask_directly, ollama_server, openai_server

CONTEXT_TOKENS = 4096
"""Of a model of which nobody says how many it has."""


def load_llm(config: Config) -> LLM:
    """The model that `llm` names. Nothing is sent yet. Raises ConfigError where none is named or it cannot be used.

    Retries are left to rag.llm.call, so that they are the same for every provider.
    """
    provider, _, model = (config.llm or "").partition("/")
    load = _PROVIDERS.get(provider)
    if not config.llm:
        raise ConfigError(
            f"no language model is set. Set llm in rag.toml, as {_FORMS}; docs/llms.md has an example of each."
        )
    if load is None or not model:
        raise ConfigError(f"llm: {config.llm!r} is not {_FORMS}.")
    ask_directly()
    try:
        return load(model, config)
    except ImportError:
        raise ConfigError(
            f"llm: {provider} needs one more package: pip install 'footnote-rag[{_EXTRAS[provider]}]'"
        ) from None


def _openai(model: str, config: Config) -> LLM:
    from llama_index.llms.openai.utils import openai_modelname_to_contextsize
    from llama_index.llms.openai_like import OpenAILike

    server = openai_server("llm")
    try:
        context = config.llm_context_tokens or openai_modelname_to_contextsize(model)
    except ValueError:
        context = CONTEXT_TOKENS
    llm: LLM = OpenAILike(
        model=model,
        api_base=server.address,
        api_key=server.key,
        is_chat_model=True,
        context_window=context,
        max_tokens=config.llm_answer_tokens,
        temperature=0.0,
        timeout=config.llm_timeout,
        max_retries=0,
        additional_kwargs={"stream_options": {"include_usage": True}},
    )
    return llm


def _ollama(model: str, config: Config) -> LLM:
    from llama_index.llms.ollama import Ollama

    llm: LLM = Ollama(
        model=model,
        base_url=ollama_server().address,
        temperature=0.0,
        context_window=config.llm_context_tokens or -1,
        request_timeout=config.llm_timeout,
        additional_kwargs={"num_predict": config.llm_answer_tokens},
    )
    return llm


def _anthropic(model: str, config: Config) -> LLM:
    from llama_index.llms.anthropic import Anthropic

    if not os.environ.get("ANTHROPIC_API_KEY"):
        raise ConfigError("llm: set ANTHROPIC_API_KEY in the environment.")
    llm: LLM = Anthropic(
        model=model,
        base_url=os.environ.get("ANTHROPIC_BASE_URL"),
        max_tokens=config.llm_answer_tokens,
        temperature=0.0,
        timeout=config.llm_timeout,
        max_retries=0,
    )
    return llm


def _llama_cpp(model: str, config: Config) -> LLM:
    from rag.llm.gguf import GgufModel

    file = Path(os.path.expanduser(model))
    if not file.is_file():
        raise ConfigError(f"llm: there is no file {file}. Name a model in the GGUF format.")
    try:
        # A longer context takes memory for all of it at once.
        llm: LLM = GgufModel(file, config.llm_context_tokens or CONTEXT_TOKENS, config.llm_answer_tokens)
        return llm
    except (ValueError, RuntimeError, OSError) as error:
        said = " ".join(str(error).split())[:120]
        raise ConfigError(f"llm: {file} cannot be loaded as a GGUF model ({said}).") from None


_PROVIDERS: dict[str, Callable[[str, Config], LLM]] = {
    "openai": _openai,
    "ollama": _ollama,
    "anthropic": _anthropic,
    "llama-cpp": _llama_cpp,
}
_EXTRAS = {"openai": "llm", "ollama": "ollama", "anthropic": "anthropic", "llama-cpp": "llama-cpp"}
_FORMS = "openai/MODEL, ollama/MODEL, anthropic/MODEL or llama-cpp/FILE"
