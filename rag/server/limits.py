"""Limits: how large a request may be, and how many are worked at and wait."""

import math
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import anyio
from fastapi.responses import JSONResponse
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.server.errors import ApiError, error_body

_MINUTE = 60.0

RETRY_SECONDS = 1
"""What a full queue says to wait."""

BODY_SECONDS = 60
"""To wait for the next piece of a body."""

_TOO_SLOW = "The rest of the request did not come."
_BUSY = "{count} requests are being worked at or wait already. Ask again in a second."
_BUSY_EACH = "{count} requests of yours are being worked at or wait already. Ask again in a second."
_TOO_MANY = "You have asked {count} times within a minute. Ask again later."
_TOO_LARGE = "The request is larger than {most} bytes. Send less."


class BusyError(ApiError):
    """More is asked than may be; `seconds` say when to come again."""

    def __init__(self, message: str, seconds: float = RETRY_SECONDS) -> None:
        retry = {"Retry-After": str(math.ceil(seconds))}
        super().__init__(429, message, code="rate_limit_exceeded", headers=retry)


class Turnstile:
    """Lets so many requests through `at_once`, has `waiting` more wait, and refuses all others.

    An account has no more than `each` of them inside, and begins no more than `per_minute`. `now` gives seconds.
    """

    def __init__(self, at_once: int, waiting: int, each: int, per_minute: int, now: Callable[[], float]) -> None:
        self.most = at_once + waiting
        self.inside: Counter[str] = Counter()
        """Requests that are worked at or wait, by account."""
        self._each = each
        self._per_minute = per_minute
        self._now = now
        self._begun: dict[str, deque[float]] = {}
        self._free = anyio.Semaphore(at_once)

    @asynccontextmanager
    async def turn(self, account: str = "") -> AsyncIterator[None]:
        """Within it, a request is worked at; without accounts, only all together are limited. Raises BusyError."""
        if (inside := self.inside.total()) >= self.most:
            raise BusyError(_BUSY.format(count=inside))
        if account:
            if self.inside[account] >= self._each:
                raise BusyError(_BUSY_EACH.format(count=self.inside[account]))
            self._count(account)
        self.inside[account] += 1
        try:
            async with self._free:
                yield
        finally:
            self.inside[account] -= 1
            if not self.inside[account]:
                del self.inside[account]

    def _count(self, account: str) -> None:
        """Take note of a request of an account. Raises BusyError where a minute has had as many as it may."""
        now = self._now()
        for name in [name for name, begun in self._begun.items() if begun[-1] <= now - _MINUTE]:
            del self._begun[name]
        begun = self._begun.setdefault(account, deque())
        while begun and begun[0] <= now - _MINUTE:
            begun.popleft()
        if len(begun) >= self._per_minute:
            raise BusyError(_TOO_MANY.format(count=len(begun)), begun[0] + _MINUTE - now)
        begun.append(now)


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
