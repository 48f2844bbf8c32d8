"""A server of OpenAI's protocol that says what a test scripts, and streams it badly on purpose."""

import asyncio
import base64
import json
import struct
import threading
import zlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

Fault = Literal["hang", "drop", "bad bytes", "bad json", "hang at once"]


@dataclass
class Reply:
    """What one request gets.

    The text goes out letter by letter in events, the bytes of which are cut into pieces of `piece` bytes. A fault comes
    after `fault_after` letters.
    """

    text: str = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    piece: int = 7
    fault: Fault | None = None
    fault_after: int = 0
    endless: bool = False
    counts: bool = True
    ending: str = "stop"


Script = Callable[[list[dict[str, str]], int], Reply | str]
"""The messages of a request, and how many there were before it, to what it gets."""


class ScriptedServer:
    """`address` is for OPENAI_BASE_URL. `requests` are the bodies that came; `stopped` is set when one was left."""

    def __init__(self) -> None:
        self.script: Script = lambda messages, number: Reply("Nothing.")
        self.requests: list[dict[str, Any]] = []
        self.stopped = threading.Event()
        self.sent = 0
        self.embedded: list[tuple[str, list[str]]] = []
        app = FastAPI()
        app.post("/v1/chat/completions")(self._answer)
        app.post("/api/chat")(self._answer_as_ollama)
        app.post("/v1/embeddings")(self._embed)
        self._server = uvicorn.Server(
            uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical", lifespan="off")
        )
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    def __enter__(self) -> "ScriptedServer":
        self._thread.start()
        while not self._server.started:
            self._thread.join(0.01)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = self._server.force_exit = True
        self._thread.join(10)

    @property
    def address(self) -> str:
        port = self._server.servers[0].sockets[0].getsockname()[1]
        return f"http://127.0.0.1:{port}/v1"

    def says(self, *replies: Reply | str) -> None:
        """Give these replies, one a request; the last one goes on."""
        self.requests.clear()
        self.stopped.clear()
        self.script = lambda messages, number: replies[min(number, len(replies) - 1)]

    async def _answer(self, request: Request) -> Response:
        body = await request.json()
        found = self.script(body["messages"], len(self.requests))
        self.requests.append(body)
        reply = Reply(found) if isinstance(found, str) else found
        if reply.fault == "hang at once":
            await asyncio.sleep(3600)
        if reply.status != 200:
            return JSONResponse({"error": {"message": "scripted"}}, reply.status, reply.headers)
        if not body.get("stream"):
            message = {"role": "assistant", "content": reply.text}
            return JSONResponse(_event(body["model"], {"message": message, "finish_reason": "stop"}, "chat.completion"))
        return StreamingResponse(self._pieces(reply, body["model"]), media_type="text/event-stream")

    async def _embed(self, request: Request) -> Response:
        """A vector a text, of its words: texts that share words are near, none is of unit length."""
        body = await request.json()
        texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
        self.embedded.append((body["model"], texts))
        data = []
        for index, text in enumerate(texts):
            vector = [0.5] * 16
            for word in text.lower().split():
                vector[zlib.crc32(word.encode()) % 16] += 3.0
            packed = base64.b64encode(struct.pack("<16f", *vector)).decode()
            said = packed if body.get("encoding_format") == "base64" else vector
            data.append({"object": "embedding", "index": index, "embedding": said})
        return JSONResponse({"object": "list", "data": data, "model": body["model"], "usage": {"total_tokens": 1}})

    async def _answer_as_ollama(self, request: Request) -> Response:
        body = await request.json()
        found = self.script(body["messages"], len(self.requests))
        self.requests.append(body)
        reply = Reply(found) if isinstance(found, str) else found
        if reply.status != 200:
            return JSONResponse({"error": "scripted"}, reply.status)

        def line(text: str, **more: object) -> str:
            said = {"model": body["model"], "message": {"role": "assistant", "content": text}, "done": bool(more)}
            return json.dumps(said | more) + "\n"

        end = line("", done_reason="stop", prompt_eval_count=321, eval_count=45)
        return StreamingResponse(iter([*map(line, reply.text), end]), media_type="application/x-ndjson")

    async def _pieces(self, reply: Reply, model: str) -> AsyncIterator[bytes]:
        held = b""
        try:
            async for data in self._events(reply, model):
                held += data
                while len(held) >= reply.piece:
                    yield held[: reply.piece]
                    held = held[reply.piece :]
                    await asyncio.sleep(0)
            yield held
        except asyncio.CancelledError:
            self.stopped.set()
            raise

    async def _events(self, reply: Reply, model: str) -> AsyncIterator[bytes]:
        letters = reply.text
        while True:
            for number, letter in enumerate(letters):
                if reply.fault and number == reply.fault_after:
                    if reply.fault == "hang":
                        await asyncio.sleep(3600)
                    if reply.fault == "drop":
                        raise ConnectionAbortedError("scripted")
                    yield b"data: \xff\xfe\xfd\n\n" if reply.fault == "bad bytes" else b"data: {no json\n\n"
                self.sent += 1
                yield _data(_event(model, {"delta": {"content": letter}, "finish_reason": None}))
                if reply.endless:
                    await asyncio.sleep(0.001)
            if not reply.endless:
                break
        end = _event(model, {"delta": {}, "finish_reason": reply.ending})
        yield _data(end)
        if reply.counts:
            usage = {"prompt_tokens": 321, "completion_tokens": 45, "total_tokens": 366}
            yield _data(end | {"choices": [], "usage": usage})
        yield b"data: [DONE]\n\n"


def _event(model: str, choice: dict[str, Any], kind: str = "chat.completion.chunk") -> dict[str, Any]:
    return {"id": "1", "object": kind, "created": 0, "model": model, "choices": [{"index": 0, **choice}]}


def _data(event: dict[str, Any]) -> bytes:
    # Not escaped, so that a piece may end inside a letter of several bytes.
    return f"data: {json.dumps(event, ensure_ascii=False)}\n\n".encode()
