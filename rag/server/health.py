"""/healthz, /readyz and /metrics: whether the server lives, can answer, and how it fares."""

import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from anyio import to_thread
from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.config import FOLDERS
from rag.errors import RagError
from rag.library.checks import Check, failing
from rag.library.rights import AllRights, acting_with
from rag.server.asking import Desk

CLOCK_SECONDS = 60
"""That a clock may be corrected by."""

PROBE_BYTES = 64 * 1024

_NOT_READY = 503
# Of those who look after the machine nobody asks who they are, so that they are told nothing of what is kept.
_NO_COLLECTION = "The collection that rag serve was started with cannot be opened; its log says why."
_NO_ROOM = "The folder of data cannot be written: conversations, accounts and uploads are not kept; the log says why."
_NO_ROOM_FOR_INDEXES = "The folder of indexes cannot be written: collections stay as they are; the log says why."
_NO_MODEL = "The language model did not answer when it was last asked; the log says why."
_CLOCK = "The clock was set back since the server began; the log says by how much."


def health_routes(desk: Desk, registry: CollectorRegistry) -> APIRouter:
    """The routes; ready is a server whose first collection opens."""
    routes = APIRouter(tags=["Health"])
    inside = Gauge("footnote_requests_inside", "Questions and searches that are worked at or wait.", registry=registry)
    inside.set_function(desk.inside)

    @routes.get("/healthz")
    def alive() -> dict[str, str]:
        """Whether the process answers at all."""
        return {"status": "ok"}

    checks = [
        Check(_NO_COLLECTION, partial(_open, desk), stops_answers=True),
        Check(_NO_ROOM, partial(_write, desk.library.config.data_dir)),
        Check(_NO_MODEL, partial(_ask_of_model, desk)),
        Check(_CLOCK, Clock(time.time, time.monotonic).look),
    ]

    if desk.library.config.store.get_secret_value() == FOLDERS:
        checks.append(Check(_NO_ROOM_FOR_INDEXES, partial(_write, desk.library.config.index_dir)))

    @routes.get("/readyz", response_model=None)
    async def ready() -> JSONResponse:
        """Whether questions can be answered; if not, or if something else is wrong, what."""
        found = await to_thread.run_sync(failing, [*checks, *desk.library.checks])
        is_ready = not any(check.stops_answers for check in found)
        state = ("degraded" if found else "ok") if is_ready else "not ready"
        body: dict[str, Any] = {"status": state, "problems": [check.message for check in found]}
        return JSONResponse(body, 200 if is_ready else _NOT_READY)

    @routes.get("/metrics", response_class=Response)
    def metrics() -> Response:
        """Figures in Prometheus' text format."""
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return routes


class Metrics:
    """ASGI middleware that counts requests and measures how long they take, by route, method and status."""

    def __init__(self, app: ASGIApp, registry: CollectorRegistry) -> None:
        self._app = app
        labels = ["route", "method", "status"]
        self._requests = Counter("footnote_requests", "Requests answered.", labels, registry=registry)
        self._seconds = Histogram(
            "footnote_request_seconds", "Time to the end of the answer.", ["route"], registry=registry
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and measure it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.perf_counter(), 500

        async def send_on(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, send_on)
        finally:
            # The route and not the path, which anybody can make up.
            route = getattr(scope.get("route"), "path", "other")
            method = scope["method"] if scope["method"] in ("GET", "POST", "DELETE") else "other"
            self._requests.labels(route, method, str(status)).inc()
            self._seconds.labels(route).observe(time.perf_counter() - began)


class Clock:
    """Tells where the machine's clock, `now`, was set back since this was made, by one that never is, `steady`."""

    def __init__(self, now: Callable[[], float], steady: Callable[[], float]) -> None:
        self._now = now
        self._steady = steady
        self._ahead = now() - steady()

    def look(self) -> None:
        """Raise RagError where it was."""
        back = self._ahead - (self._now() - self._steady())
        if back > CLOCK_SECONDS:
            raise RagError(f"The clock was set back by {back:.0f} seconds. Sessions last so much longer.")


def _open(desk: Desk) -> None:
    with acting_with(AllRights()):
        desk.library.engine(desk.default)


def _ask_of_model(desk: Desk) -> None:
    if problem := desk.library.engines.model_problem():
        raise RagError(problem)


def _write(folder: Path) -> None:
    """Write a little into a folder, or into the one that it would be made in, and be rid of it again."""
    there = next((one for one in (folder, *folder.parents) if one.exists()), folder)
    try:
        with TemporaryFile(dir=there) as file:
            file.write(bytes(PROBE_BYTES))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise RagError(f"{there} cannot be written ({error.strerror}).") from None
