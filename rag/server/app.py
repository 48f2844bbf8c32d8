"""The server: the routes of the API, the tools of MCP, and what stands before all of them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse
from llama_index.core.base.embeddings.base import BaseEmbedding
from prometheus_client import CollectorRegistry
from starlette.middleware import Middleware

from rag.config import APP_NAME
from rag.library.library import Library
from rag.server.asking import Desk
from rag.server.chat_routes import chat_routes
from rag.server.collection_routes import collection_routes
from rag.server.errors import ApiError, printed, tell_errors
from rag.server.evaluation_routes import evaluation_routes
from rag.server.health import Metrics, health_routes
from rag.server.limits import BodyLimit
from rag.server.mcp_tools import mcp_tools
from rag.server.reference import reference
from rag.server.retrieval_routes import retrieval_routes

MOST_BYTES = 4_000_000
"""Of a request that uploads nothing."""

LARGEST_FILES = 20
"""That one upload has room for; of smaller ones, for more."""

MCP_PATH = "/mcp"
UPLOADS = "/v1/documents"

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
NOTHING_THERE = "There is no {method} {path} here. /docs tells what there is."


def build_server(library: Library, index: str, embedding: BaseEmbedding) -> FastAPI:
    """The API over a library, with MCP's tools; `index` is the collection that is meant where none is named."""
    config = library.config
    desk = Desk(library, index)
    release = version(APP_NAME)
    tools = mcp_tools(desk, release)
    # Whose own look at the Host would know nothing of a proxy before it; what stands before this app has looked.
    spoken = tools.streamable_http_app(streamable_http_path=MCP_PATH, stateless_http=True, host="0.0.0.0")  # noqa: S104

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with tools.session_manager.run():
            yield

    registry = CollectorRegistry()
    most_uploaded = config.max_file_megabytes * 1_000_000 * LARGEST_FILES
    app = FastAPI(
        title="Footnote",
        version=release,
        summary="Ask documents; every sentence of an answer cites an exact place in them.",
        lifespan=lifespan,
        # Their pages come from another machine.
        docs_url=None,
        redoc_url=None,
        middleware=[
            Middleware(Metrics, registry=registry),
            Middleware(BodyLimit, most=MOST_BYTES, most_uploaded=most_uploaded, uploads=UPLOADS),
        ],
    )
    tell_errors(app)
    app.include_router(chat_routes(desk))
    app.include_router(retrieval_routes(desk, embedding))
    app.include_router(collection_routes(library))
    app.include_router(evaluation_routes(library))
    app.include_router(health_routes(desk, registry))
    app.router.routes += spoken.routes

    @app.get("/docs", include_in_schema=False)
    def docs() -> PlainTextResponse:
        return PlainTextResponse(reference(app.openapi()))

    # The window, which stands behind all this, would answer as a page does.
    @app.api_route("/v1/{path:path}", methods=METHODS, include_in_schema=False)
    def nothing(path: str, request: Request) -> None:
        raise ApiError(404, NOTHING_THERE.format(method=request.method, path=printed(request.url.path)))

    return app
