"""/v1/chat/completions and /v1/models: collections as the models of OpenAI's API."""

import json
import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from typing import Any
from uuid import uuid4

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, StreamingResponse

from rag.answer import Answer, Turn
from rag.errors import RagError
from rag.server.asking import Desk, Gone, known
from rag.server.errors import ApiError, body_of, error_body
from rag.server.footnotes import footnoted, without_footnotes
from rag.server.schemas import ChatRequest, Message

OWNER = "footnote"

_NO_QUESTION = "The last message is to be the user's, with a question."
_CLOSED_BY_CLIENT = 499


def chat_routes(desk: Desk) -> APIRouter:
    """The routes over what a desk asks."""
    routes = APIRouter(prefix="/v1", tags=["OpenAI"])

    @routes.get("/models")
    def models() -> dict[str, Any]:
        """The collections there are."""
        return {"object": "list", "data": [_model(name) for name in desk.library.names()]}

    @routes.get("/models/{name}")
    def model(name: str) -> dict[str, Any]:
        """A collection."""
        return _model(known(desk.library, name))

    @routes.post("/chat/completions", response_model=None)
    async def completions(asked: ChatRequest, request: Request) -> JSONResponse | StreamingResponse:
        """Answer the last message from a collection, with footnotes in the text and the citations in `footnote`.

        Nothing is sent before it is checked against what it cites: a stream waits, too, and then comes sentence by
        sentence.
        """
        question, history = _question(asked.messages), turns_of(asked.messages[:-1])
        try:
            if not asked.stream:
                answer = await desk.answer(asked.model, question, history, request.is_disconnected)
                return JSONResponse(_completion(asked.model, answer))
            answers = desk.answers(asked.model, question, history, request.is_disconnected)
            # What cannot be asked is told by the status, before the stream begins.
            first = await anext(answers)
        except Gone:
            return JSONResponse(error_body(_CLOSED_BY_CLIENT, "The client is gone."), _CLOSED_BY_CLIENT)
        include_usage = bool(asked.stream_options and asked.stream_options.include_usage)
        events = _events(asked.model, first, answers, include_usage)
        return StreamingResponse(events, media_type="text/event-stream", headers={"Cache-Control": "no-store"})

    return routes


def turns_of(messages: Sequence[Message]) -> list[Turn]:
    """The earlier questions of a conversation with their answers; what systems and tools say counts for nothing."""
    turns: list[Turn] = []
    for message in messages:
        if message.role == "user":
            turns.append(Turn(message.text, ""))
        elif message.role == "assistant" and turns:
            turns[-1] = turns[-1]._replace(answer=without_footnotes(message.text))
    return turns


def _question(messages: Sequence[Message]) -> str:
    if messages[-1].role != "user" or not messages[-1].text.strip():
        raise ApiError(400, _NO_QUESTION, "messages")
    return messages[-1].text


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 0, "owned_by": OWNER}


def _completion(model: str, answer: Answer) -> dict[str, Any]:
    message = {"role": "assistant", "content": footnoted(answer), "refusal": None}
    choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
    return _head("chat.completion", model) | {
        "choices": [choice],
        "usage": _usage(answer),
        "footnote": answer.as_json(),
    }


async def _events(
    model: str, first: Answer, rest: AsyncGenerator[Answer, None], include_usage: bool
) -> AsyncIterator[str]:
    """The server-sent events of a stream; one that says nothing, while the answer is written."""
    head = _head("chat.completion.chunk", model)

    def event(delta: dict[str, Any], end: str | None = None, **more: Any) -> str:
        choice = {"index": 0, "delta": delta, "finish_reason": end, "logprobs": None}
        return _event(head | {"choices": [choice]} | more)

    yield event({"role": "assistant", "content": ""})
    answer = first
    try:
        async with aclosing(rest):
            async for written in rest:
                answer = written
                yield ": being written\n\n"
    except Gone:
        return
    except RagError as error:
        yield _event(body_of(error))
        return
    # In pieces, as clients of streams draw them.
    for piece in footnoted(answer).splitlines(keepends=True):
        yield event({"content": piece})
    yield event({}, "stop", footnote=answer.as_json())
    if include_usage:
        yield _event(head | {"choices": [], "usage": _usage(answer)})
    yield "data: [DONE]\n\n"


def _head(kind: str, model: str) -> dict[str, Any]:
    return {"id": f"chatcmpl-{uuid4().hex}", "object": kind, "created": int(time.time()), "model": model}


def _event(value: dict[str, Any]) -> str:
    return f"data: {json.dumps(value, ensure_ascii=False)}\n\n"


def _usage(answer: Answer) -> dict[str, int]:
    """Tokens of the language model; none of quotes."""
    taken, written = (answer.usage.input_tokens, answer.usage.output_tokens) if answer.usage else (0, 0)
    return {"prompt_tokens": taken, "completion_tokens": written, "total_tokens": taken + written}
