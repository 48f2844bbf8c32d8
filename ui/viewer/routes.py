"""What a page of the window asks for by itself while a document is read: pictures of pages, and more of the text.

Documents of collections are for all visitors, so that nothing here asks who it is. They are found by their names in the
index of a collection, never by a path.
"""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from rag.engine import CitedQueryEngine
from rag.errors import RagError
from rag.library.open_document import OpenDocument
from ui.common.said import translated
from ui.common.texts import text
from ui.viewer.text_html import after_html, before_html, page_html

PAGE_PATH, TEXT_PATH = "viewer/page", "viewer/text"

_NOT_FOUND = 404
# As long as a person reads in a document; another version of it has another address.
_KEPT = {"Cache-Control": "private, max-age=3600"}
_PARTS = {"before": before_html, "after": after_html, "page": page_html}


def viewer_routes(engine_of: Callable[[str], CitedQueryEngine]) -> list[Route]:
    """The routes of the viewer, over the collections that `engine_of` opens by their names."""

    def picture(request: Request) -> Response:
        asked = request.query_params
        drawn = _opened(request, engine_of).picture(int(asked["page"]), "large" in asked)
        return Response(drawn.data, media_type=drawn.media_type, headers=_KEPT)

    def more(request: Request) -> Response:
        document = _opened(request, engine_of)
        [(part, place)] = [(name, int(request.query_params[name])) for name in _PARTS if name in request.query_params]
        return HTMLResponse(_PARTS[part](document, min(max(place, 0), len(document.text))))

    return [Route(f"/{PAGE_PATH}", _told(picture)), Route(f"/{TEXT_PATH}", _told(more))]


def _opened(request: Request, engine_of: Callable[[str], CitedQueryEngine]) -> OpenDocument:
    """The document that is asked for, as it was when the page was told of it."""
    asked = request.query_params
    document = OpenDocument.of(engine_of(asked["collection"]), asked["document"])
    if document.sha256 != asked["sha256"]:
        raise RagError(text("viewer.reopen", document=document.title))
    return document


def _told(give: Callable[[Request], Response]) -> Callable[[Request], Response]:
    """`give`, with what it raises as a message."""

    def told(request: Request) -> Response:
        try:
            return give(request)
        except RagError as error:
            return PlainTextResponse(translated(str(error)), _NOT_FOUND)
        except (KeyError, ValueError):
            return PlainTextResponse(text("viewer.no_address"), _NOT_FOUND)

    return told
