"""Limits: how large a request may be, and how long it may take to come."""

import anyio
from fastapi.responses import JSONResponse
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.server.errors import error_body

BODY_SECONDS = 60
"""To wait for the next piece of a body."""

_TOO_SLOW = "The rest of the request did not come."
_TOO_LARGE = "The request is larger than {most} bytes. Send less."


class BodyLimit:
    """ASGI middleware that reads no more of a body under /v1 than `most` bytes, or `most_uploaded` for `uploads`."""

    def __init__(self, app: ASGIApp, most: int, most_uploaded: int, uploads: str) -> None:
        self._app = app
        self._most = most
        self._most_uploaded = most_uploaded
        self._uploads = uploads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; refuse it as soon as it is known to be too large."""
        if scope["type"] != "http" or not scope["path"].startswith("/v1/"):
            await self._app(scope, receive, send)
            return
        most = self._most_uploaded if scope["path"] == self._uploads else self._most
        said = _TOO_LARGE.format(most=most)
        length = Headers(scope=scope).get("content-length", "")
        if length.isdecimal() and int(length) > most:
            refusal = JSONResponse(error_body(413, said), 413, headers={"Connection": "close"})
            await refusal(scope, receive, send)
            return
        read = 0

        async def receive_within() -> Message:
            nonlocal read
            with anyio.move_on_after(BODY_SECONDS) as waiting:
                message = await receive()
            if waiting.cancelled_caught:
                raise HTTPException(408, _TOO_SLOW, {"Connection": "close"})
            read += len(message.get("body", b""))
            if read > most:
                raise HTTPException(413, said, {"Connection": "close"})
            return message

        await self._app(scope, receive_within, send)
