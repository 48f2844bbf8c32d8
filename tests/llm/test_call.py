from collections.abc import Iterator

import pytest
from llama_index.core.llms import ChatMessage

from rag.config import Config
from rag.errors import LanguageModelError
from rag.llm.call import ModelCall, ModelConduct
from rag.llm.providers import load_llm
from tests.llm_server import Fault, Reply, ScriptedServer

LETTERS = "Türkiye, 日本 [1] 🌉."


def call(retries: int = 2, timeout: float = 1.0) -> ModelCall:
    llm = load_llm(Config(llm="openai/m", llm_timeout=timeout))
    return ModelCall(
        llm, "openai/m", [ChatMessage(content="Say it.")], retries, lambda text: len(text.split()), ModelConduct()
    )


def said(made: ModelCall) -> str:
    return list(made.stream())[-1]


@pytest.mark.parametrize("piece", [1, 2, 3, 7, 1000])
def test_bytes_may_be_cut_anywhere(llm_server: ScriptedServer, piece: int) -> None:
    llm_server.says(Reply(LETTERS, piece=piece))
    texts = list(call().stream())
    assert texts == [LETTERS[: n + 1] for n in range(len(LETTERS))]


def test_tokens_are_those_that_the_server_counted_or_else_our_own(llm_server: ScriptedServer) -> None:
    llm_server.says("one two three")
    counted = call()
    said(counted)
    assert (counted.usage.calls, counted.usage.input_tokens, counted.usage.output_tokens) == (1, 321, 45)
    assert not counted.usage.estimated
    llm_server.says(Reply("one two three", counts=False))
    estimated = call()
    said(estimated)
    assert (estimated.usage.input_tokens, estimated.usage.output_tokens) == (2, 3)
    assert estimated.usage.estimated


@pytest.mark.parametrize(
    "failure",
    [
        Reply(status=429, headers={"retry-after": "0"}),
        Reply(status=500),
        Reply(status=503),
        Reply("abcdef", fault="drop", fault_after=3),
        Reply("abcdef", fault="bad bytes", fault_after=3),
        Reply("abcdef", fault="bad json", fault_after=3),
    ],
    ids=lambda reply: f"{reply.status}-{reply.fault}",
)
def test_what_passes_is_tried_again_and_the_text_starts_anew(llm_server: ScriptedServer, failure: Reply) -> None:
    llm_server.says(failure, "It fell.")
    made = call()
    texts = list(made.stream())
    assert texts[-1] == "It fell."
    assert "" in texts
    assert (len(llm_server.requests), made.usage.calls) == (2, 2)


@pytest.mark.parametrize(
    ("failure", "message"),
    [
        (Reply(status=429), "asked too often"),
        (Reply(status=500), "failed with status 500"),
        (Reply("abcdef", fault="drop", fault_after=3), "broke off in the midst of its answer"),
        (Reply("abcdef", fault="hang", fault_after=3), "no words for as long as llm_timeout allows"),
        (Reply("  "), "said nothing"),
    ],
    ids=lambda value: str(value)[:12],
)
def test_what_does_not_pass_is_said_in_words(llm_server: ScriptedServer, failure: Reply, message: str) -> None:
    llm_server.says(failure)
    with pytest.raises(LanguageModelError, match=message):
        said(call(retries=0))


@pytest.mark.parametrize(
    ("status", "message"), [(401, "refuses the key"), (403, "refuses the key"), (404, "is not known")]
)
def test_what_cannot_pass_is_not_tried_again(llm_server: ScriptedServer, status: int, message: str) -> None:
    llm_server.says(Reply(status=status), "It fell.")
    with pytest.raises(LanguageModelError, match=message):
        said(call())
    assert len(llm_server.requests) == 1


@pytest.mark.parametrize("fault", ["hang", "hang at once"])
def test_what_hangs_is_not_waited_for_again(llm_server: ScriptedServer, fault: Fault) -> None:
    llm_server.says(Reply("abcdef", fault=fault, fault_after=3), "It fell.")
    with pytest.raises(LanguageModelError, match="no words for as long as llm_timeout allows"):
        said(call())
    assert len(llm_server.requests) == 1


def test_a_server_that_is_not_there_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    with pytest.raises(LanguageModelError, match="cannot be reached"):
        said(call(retries=0))


# LlamaIndex's generators hold the connection in a cycle, which is collected whenever Python sees fit.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_leaving_off_stops_the_models_work(llm_server: ScriptedServer) -> None:
    llm_server.says(Reply("and so on ", endless=True))
    texts: Iterator[str] = call(timeout=5).stream()
    for _ in range(20):
        next(texts)
    texts.close()
    assert llm_server.stopped.wait(10)


def test_ollama_is_asked_and_counted_too(llm_server: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLLAMA_HOST", llm_server.address.removesuffix("/v1"))
    llm = load_llm(Config(llm="ollama/m", llm_context_tokens=4096, llm_answer_tokens=77))
    made = ModelCall(llm, "ollama/m", [ChatMessage(content="Say it.")], 0, len, ModelConduct())
    llm_server.says(LETTERS)
    assert said(made) == LETTERS
    assert (made.usage.input_tokens, made.usage.output_tokens, made.usage.estimated) == (321, 45, False)
    assert llm_server.requests[0]["options"]["num_predict"] == 77
    llm_server.says(Reply(status=404))
    with pytest.raises(LanguageModelError, match="is not known to its server"):
        said(ModelCall(llm, "ollama/m", [ChatMessage(content="Say it.")], 0, len, ModelConduct()))
    llm.client.close()
