"""/healthz, /readyz and /metrics: whether the server lives, can answer, and how it fares."""

import logging
import os
import time
from typing import Any

from anyio import to_thread
from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.errors import RagError
from rag.library.rights import AllRights, acting_with
from rag.server.asking import Desk

_log = logging.getLogger(__name__)

_NOT_READY = 503


def health_routes(desk: Desk, registry: CollectorRegistry) -> APIRouter:
    """The routes; ready is a server whose first collection opens, and whose folder of data can be written."""
    routes = APIRouter(tags=["Health"])
    Gauge("footnote_requests_inside", "Questions that are answered or wait.", registry=registry).set_function(
        desk.turnstile.inside.total
    )

    @routes.get("/healthz")
    def alive() -> dict[str, str]:
        """Whether the process answers at all."""
        return {"status": "ok"}

    @routes.get("/readyz", response_model=None)
    async def ready() -> JSONResponse:
        """Whether questions can be answered, and if not, why."""
        problems = await to_thread.run_sync(_problems, desk)
        state: dict[str, Any] = {"status": "not ready" if problems else "ok", "problems": problems}
        return JSONResponse(state, _NOT_READY if problems else 200)

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


def _problems(desk: Desk) -> list[str]:
    """Why no question could be answered now."""
    problems = []
    data = desk.library.config.data_dir
    parent = next((folder for folder in (data, *data.parents) if folder.exists()), data)
    if not os.access(parent, os.W_OK):
        problems.append("The folder of data cannot be written.")
    # Of those who look after the machine nobody asks who they are, so that they are told nothing of what is kept.
    try:
        with acting_with(AllRights()):
            desk.library.engine(desk.default)
    except RagError as error:
        _log.warning("%s", error)
        problems.append("The collection that rag serve was started with cannot be opened; its log says why.")
    return problems
