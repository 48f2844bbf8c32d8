"""Who is asking: a cookie tells one browser from another, and every page goes out with the headers that guard it."""

import secrets

import gradio as gr
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.library.rights import SCOPE_KEY

COOKIE = "footnote_visitor"
# A cookie of a host holds for all of its ports, so that conversations are found again on another one.
_SECONDS_KEPT = 400 * 24 * 3600
# Gradio's own scripts are inline and make functions of text; nothing may come from, or go to, another machine.
_POLICY = "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; frame-ancestors 'self'; form-action 'self'"


class VisitorCookie:
    """ASGI middleware that gives each browser a secret of its own, which scripts of the page cannot read."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; the page itself comes back with the cookie."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Content-Security-Policy"] = _POLICY
                headers["Referrer-Policy"] = "same-origin"
                if scope["path"] == "/":
                    token = HTTPConnection(scope).cookies.get(COOKIE) or secrets.token_urlsafe()
                    headers.append(
                        "Set-Cookie", f"{COOKIE}={token}; Max-Age={_SECONDS_KEPT}; Path=/; HttpOnly; SameSite=Lax"
                    )
            await send(message)

        await self._app(scope, receive, send_with_headers)


def visitor_of(request: gr.Request) -> str:
    """The account that asks; without accounts the secret of the browser, or of the page where it keeps no cookies."""
    rights = request.request.scope.get(SCOPE_KEY) if request.request else None
    if rights and rights.owner:
        return f"account {rights.owner}"
    return request.cookies.get(COOKIE) or request.session_hash or ""
