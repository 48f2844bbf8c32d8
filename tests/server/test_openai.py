"""What OpenAI's own client, and LlamaIndex's OpenAILike, get from the server."""

import base64
import json
import struct
from contextlib import suppress
from typing import Any

import httpx
import openai
import pytest
from llama_index.llms.openai_like import OpenAILike

from rag.answer import NOT_IN_DOCUMENTS
from rag.models.default_embedding import MODEL_NAME
from tests.llm_server import Reply, ScriptedServer

RUSSIA = "Who led the Russian delegation?"
SENTENCE = "Alexander Lavrentiev headed the Russian delegation."


@pytest.fixture
def client(server: str) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{server}/v1", api_key="none", max_retries=0)


def asked(*said: str) -> list[Any]:
    """Messages of a user and an assistant in turn."""
    return [{"role": ("user", "assistant")[at % 2], "content": text} for at, text in enumerate(said)]


def test_an_answer_comes_with_footnotes_and_exact_citations(client: openai.OpenAI, api: httpx.Client) -> None:
    answer = client.chat.completions.create(model="seeds", messages=asked(RUSSIA), temperature=0.2, user="me")
    said = answer.choices[0].message.content
    assert said
    assert said.startswith(f"{SENTENCE} [1]\n\n[1] astana-round-22.md, ")
    assert said.endswith(f"characters 1661-1712: “{SENTENCE}”")
    assert answer.choices[0].finish_reason == "stop"
    extra: Any = answer.model_extra
    (citation,) = extra["footnote"]["citations"]
    place = {
        "collection": "seeds",
        "document": citation["document"],
        "start": citation["start"],
        "end": citation["end"],
    }
    assert api.get("/v1/documents/text", params=place).json()["text"] == citation["quote"] == SENTENCE


def test_a_stream_brings_the_same_answer(client: openai.OpenAI) -> None:
    chunks = list(
        client.chat.completions.create(
            model="seeds", messages=asked(RUSSIA), stream=True, stream_options={"include_usage": True}
        )
    )
    said = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert said.startswith(f"{SENTENCE} [1]\n\n[1] ")
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] == "stop"
    extra: Any = chunks[-2].model_extra
    assert extra["footnote"]["citations"][0]["quote"] == SENTENCE
    assert chunks[-1].usage
    assert chunks[-1].usage.total_tokens == 0


def test_a_follow_up_goes_on_with_the_conversation(client: openai.OpenAI) -> None:
    first = client.chat.completions.create(model="seeds", messages=asked(RUSSIA)).choices[0].message.content or ""
    system: Any = {"role": "system", "content": "You are a pirate."}
    messages = [system, *asked(RUSSIA, first, "And the Syrian one?")]
    answer = client.chat.completions.create(model="seeds", messages=messages)
    assert "Ayman Riad" in (answer.choices[0].message.content or "")
    extra: Any = answer.model_extra
    assert extra["footnote"]["searched"] != "And the Syrian one?"


def test_what_the_documents_do_not_hold_is_said_with_the_nearest_passages(client: openai.OpenAI) -> None:
    answer = client.chat.completions.create(model="seeds", messages=asked("Which wine goes with grilled trout?"))
    said = answer.choices[0].message.content or ""
    assert said.startswith(NOT_IN_DOCUMENTS)
    assert "The nearest passages:" in said
    extra: Any = answer.model_extra
    assert extra["footnote"]["refused"]


def test_collections_are_the_models(client: openai.OpenAI) -> None:
    assert "seeds" in [model.id for model in client.models.list()]
    assert client.models.retrieve("seeds").owned_by == "footnote"
    with pytest.raises(openai.NotFoundError, match="no collection 'gpt-4o'"):
        client.models.retrieve("gpt-4o")


def test_texts_are_made_vectors_in_both_formats(client: openai.OpenAI) -> None:
    floats = client.embeddings.create(model=MODEL_NAME, input=["a river", "a tax"], encoding_format="float").data
    assert [len(found.embedding) for found in floats] == [384, 384]
    packed: Any = (
        client.embeddings.create(model=MODEL_NAME, input="a river", encoding_format="base64").data[0].embedding
    )
    assert list(struct.unpack("<384f", base64.b64decode(packed))) == pytest.approx(floats[0].embedding, abs=1e-6)
    with pytest.raises(openai.NotFoundError, match="no embedding 'ada'"):
        client.embeddings.create(model="ada", input="a")


@pytest.mark.parametrize(
    ("wrong", "param"),
    [
        ({"model": "gpt-4o"}, "model"),
        ({"model": "../seeds"}, "model"),
        ({"messages": []}, "messages"),
        ({"messages": asked("Who?", "I.")}, "messages"),
        ({"messages": asked("  ")}, "messages"),
        ({"messages": asked("x" * 9000)}, None),
        ({"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}]}, None),
        ({"n": 2}, "n"),
        ({"response_format": {"type": "json_object"}}, "response_format.type"),
        ({"extra_body": {"surprise": 1}}, "surprise"),
    ],
)
def test_what_cannot_be_done_is_told_as_openai_tells_it(
    client: openai.OpenAI, wrong: dict[str, Any], param: str | None
) -> None:
    given: dict[str, Any] = {"model": "seeds", "messages": asked(RUSSIA)} | wrong
    for stream in (False, True):
        with pytest.raises(openai.APIStatusError) as error:
            client.chat.completions.create(**given, stream=stream)
        assert error.value.status_code in (400, 404)
        told: Any = error.value.body
        assert told["message"]
        assert param is None or told["param"] == param


def test_llamaindex_asks_it_like_any_other(server: str) -> None:
    llm = OpenAILike(model="seeds", api_base=f"{server}/v1", api_key="none", is_chat_model=True)
    assert str(llm.complete(RUSSIA)).startswith(f"{SENTENCE} [1]")
    assert "".join(part.delta or "" for part in llm.stream_complete(RUSSIA)).startswith(f"{SENTENCE} [1]")


def test_a_models_words_are_sent_once_they_are_checked(model_server: str, running_llm_server: ScriptedServer) -> None:
    running_llm_server.says("Alexander Lavrentiev headed the Russian delegation [1]. He likes chess [1].")
    client = openai.OpenAI(base_url=f"{model_server}/v1", api_key="none", max_retries=0)
    answer = client.chat.completions.create(model="seeds", messages=asked(RUSSIA), stream=True)
    said = "".join(chunk.choices[0].delta.content or "" for chunk in answer)
    assert "He likes chess. (not supported by the documents)" in said
    usage = client.chat.completions.create(model="seeds", messages=asked(RUSSIA)).usage
    assert usage
    assert usage.completion_tokens > 0


@pytest.mark.parametrize("stream", [False, True])
def test_a_client_that_goes_away_ends_the_models_work(
    model_server: str, running_llm_server: ScriptedServer, stream: bool
) -> None:
    running_llm_server.says(Reply("Alexander Lavrentiev headed the Russian delegation. " * 50, endless=True))
    body = {"model": "seeds", "messages": asked(RUSSIA), "stream": stream}
    with (
        suppress(httpx.TimeoutException),
        httpx.stream("POST", f"{model_server}/v1/chat/completions", json=body, timeout=2) as response,
    ):
        next(response.iter_text())
    assert running_llm_server.stopped.wait(30)


def test_a_model_that_fails_in_the_midst_is_told_in_the_stream(
    model_server: str, running_llm_server: ScriptedServer
) -> None:
    running_llm_server.says(Reply("Alexander", fault="bad json", fault_after=3))
    body = {"model": "seeds", "messages": asked(RUSSIA), "stream": True}
    response = httpx.post(f"{model_server}/v1/chat/completions", json=body, timeout=60)
    events = [line.removeprefix("data: ") for line in response.text.splitlines() if line.startswith("data: ")]
    # Quotes answer in its place, and that is said.
    said = "".join(json.loads(event)["choices"][0]["delta"].get("content", "") for event in events[:-1])
    assert SENTENCE in said
    assert "Quotes from the documents answer instead." in said
    assert events[-1] == "[DONE]"
