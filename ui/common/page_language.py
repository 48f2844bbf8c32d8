"""The page in the language of whoever opens it."""

import json

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.common.texts import language_of, said_in

# What Gradio serves the page's parts as: in the page, and by themselves.
_PAGES = ("/", "/config", "/config/")


class PageLanguage:
    """ASGI middleware that resolves the texts of the page and names its language."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; a page comes back in its reader's language."""
        if scope["type"] != "http" or scope["path"] not in _PAGES:
            await self._app(scope, receive, send)
            return
        language = language_of(HTTPConnection(scope))
        start: Message = {}
        body = b""

        async def send_whole(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                start = message
                return
            body += message.get("body", b"")
            if message.get("more_body"):
                return
            said = said_in(language, body.decode("utf-8"), _quoted)
            whole = said.replace('lang="en"', f'lang="{language}"', 1).encode("utf-8")
            headers = MutableHeaders(scope=start)
            if scope["method"] != "HEAD":
                headers["Content-Length"] = str(len(whole))
            headers.add_vary_header("Accept-Language")
            headers.add_vary_header("Cookie")
            await send(start)
            await send({"type": "http.response.body", "body": whole})

        await self._app(scope, receive, send_whole)


def _quoted(text: str) -> str:
    """A text as it stands within a string of JSON."""
    return json.dumps(text, ensure_ascii=False)[1:-1]
