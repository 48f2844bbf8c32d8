"""Who comes: nothing is answered to whoever has neither logged in nor sent a key."""

import logging
import time
from collections import OrderedDict

from anyio import to_thread
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from rag.library.rights import SCOPE_KEY, acting_with
from rag.server.account_rights import AccountRights
from rag.server.accounts import NO_ACCOUNTS, AccountError, Accounts
from rag.server.errors import error_body
from rag.server.login import COOKIE, LOGIN, LOGOUT, login_app
from rag.server.openid import OpenIdProvider
from rag.server.sessions import Sessions

MOST_PAGES = 10_000
"""Of which it is remembered whose they are."""

_log = logging.getLogger(__name__)

_OPEN = ("/healthz", "/readyz")
"""What those may ask who look after the machine."""

_PROGRAMS = ("/v1/", "/mcp", "/metrics", "/openapi.json", "/docs", "/redoc")
_ADMIN = ("/metrics",)
_NO_KEY = "Send an API key: Authorization: Bearer KEY. rag key add makes one."
_WRONG_KEY = "This API key opens nothing. It was revoked, or never made."
_NOT_ADMIN = "Only an administrator may see this."


class SignedInOnly:
    """ASGI middleware that answers only to accounts of `accounts`: programs by their keys, browsers by their sessions.

    The rights of whoever comes are those of the CALLER for all that is done for the request, and in its scope. Who has
    none may log in with a password, or by who they are to a `provider` of OpenID Connect.
    """

    def __init__(self, app: ASGIApp, accounts: Accounts, provider: OpenIdProvider | None = None) -> None:
        self._app = app
        self._accounts = accounts
        self._sessions = Sessions(accounts, time.time)
        self._login = login_app(accounts, self._sessions, provider)
        self._owners: OrderedDict[str, str] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, with the rights of whoever sent it; refuse it, or show where to log in."""
        if scope["type"] == "lifespan" or scope["path"] in _OPEN:
            await self._app(scope, receive, send)
            return
        if scope["type"] == "http" and (scope["path"] in (LOGIN, LOGOUT) or scope["path"].startswith(f"{LOGIN}/")):
            await self._login(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        try:
            rights = await to_thread.run_sync(self._rights, connection)
        except AccountError as error:
            _log.error("%s", error)
            await _refuse(JSONResponse(error_body(503, NO_ACCOUNTS), 503), scope, receive, send)
            return
        if rights and not (scope["path"].startswith(_ADMIN) and not rights.account.is_admin):
            if not self._is_own_page(connection, rights.owner):
                await JSONResponse(error_body(403, "This page is another's."), 403)(scope, receive, send)
                return
            scope[SCOPE_KEY] = rights
            with acting_with(rights):
                await self._app(scope, receive, send)
        else:
            await _refuse(self._refusal(connection, rights is not None), scope, receive, send)

    def _is_own_page(self, connection: HTTPConnection, owner: str) -> bool:
        """Whether what is asked for of one of Gradio's pages is asked for by whoever opened it."""
        page = connection.query_params.get("session_hash")
        if page is None:
            return True
        whose = self._owners.setdefault(page, owner)
        self._owners.move_to_end(page)
        if len(self._owners) > MOST_PAGES:
            self._owners.popitem(last=False)
        return whose == owner

    def _rights(self, connection: HTTPConnection) -> AccountRights | None:
        kind, _, key = connection.headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer":
            if not connection.url.path.startswith(_PROGRAMS):
                # A key is for programs; what its scope forbids, the window would do.
                return None
            found = self._accounts.of_key(key.strip())
            return AccountRights(self._accounts, *found) if found else None
        session = connection.cookies.get(COOKIE)
        account = self._sessions.account(session) if session else None
        return AccountRights(self._accounts, account) if account else None

    def _refusal(self, connection: HTTPConnection, is_known: bool) -> Response:
        if is_known:
            return JSONResponse(error_body(403, _NOT_ADMIN), 403)
        if connection.url.path.startswith(_PROGRAMS) or "authorization" in connection.headers:
            said = _WRONG_KEY if "authorization" in connection.headers else _NO_KEY
            return JSONResponse(
                error_body(401, said, code="invalid_api_key"), 401, headers={"WWW-Authenticate": "Bearer"}
            )
        # What a page asks for by itself goes nowhere else.
        if connection.scope.get("method") == "GET" and "text/html" in connection.headers.get("accept", ""):
            return RedirectResponse(LOGIN, 303)
        return JSONResponse(error_body(401, "Log in."), 401)


async def _refuse(answer: Response, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
    else:
        await answer(scope, receive, send)
