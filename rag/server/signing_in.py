"""Who comes: nothing is answered to whoever has neither logged in nor sent a key."""

from collections import OrderedDict
from urllib.parse import parse_qs

from anyio import CapacityLimiter, to_thread
from jinja2 import Environment
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from rag.library.rights import SCOPE_KEY, acting_with
from rag.server.account_rights import AccountRights
from rag.server.accounts import SESSION_SECONDS, Accounts, TooManyFailuresError
from rag.server.errors import error_body

COOKIE = "footnote_session"
MOST_WAITING = 20
"""To log in, one after the other."""

MOST_PAGES = 10_000
"""Of which it is remembered whose they are."""

LOGIN, LOGOUT = "/login", "/logout"

_OPEN = ("/healthz", "/readyz")
"""What those may ask who look after the machine."""

_PROGRAMS = ("/v1/", "/mcp", "/metrics", "/openapi.json", "/docs", "/redoc")
_ADMIN = ("/metrics",)
_MOST_BYTES = 10_000
_NO_KEY = "Send an API key: Authorization: Bearer KEY. rag key add makes one."
_WRONG_KEY = "This API key opens nothing. It was revoked, or never made."
_NOT_ADMIN = "Only an administrator may see this."
_WRONG = "Name and password do not go together."
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'"

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Footnote</title>
<style>
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
form { max-width: 20rem; margin: 18vh auto 0; padding: 0 1rem }
label { display: block; margin: 0.8rem 0 0.2rem }
input, button { box-sizing: border-box; width: 100%; padding: 0.6rem; border-radius: 0.6rem; font: inherit }
input { border: 1px solid #8888 }
button { margin-top: 1.2rem; border: 0; background: #1d4ed8; color: white }
p { color: #b42318 }
@media (prefers-color-scheme: dark) { p { color: #ff8a80 } }
</style></head><body><form method="post" action="login">
<h1>Footnote</h1>
{% if problem %}<p role="alert">{{ problem }}</p>{% endif %}
<label for="name">Name</label><input id="name" name="name" autocomplete="username" required autofocus>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required>
<button>Log in</button>
</form></body></html>"""


class SignedInOnly:
    """ASGI middleware that answers only to accounts of `accounts`: programs by their keys, browsers by their sessions.

    The rights of whoever comes are those of the CALLER for all that is done for the request, and in its scope.
    """

    def __init__(self, app: ASGIApp, accounts: Accounts) -> None:
        self._app = app
        self._accounts = accounts
        # A hash takes 64 MB and a core for a tenth of a second.
        self._hashing = CapacityLimiter(1)
        self._owners: OrderedDict[str, str] = OrderedDict()
        self._page = Environment(autoescape=True).from_string(_PAGE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, with the rights of whoever sent it; refuse it, or show where to log in."""
        if scope["type"] == "lifespan" or scope["path"] in _OPEN:
            await self._app(scope, receive, send)
            return
        if scope["type"] == "http" and scope["path"] in (LOGIN, LOGOUT):
            answer = {LOGIN: self._log_in, LOGOUT: self._log_out}[scope["path"]]
            await (await answer(Request(scope, receive)))(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        rights = await to_thread.run_sync(self._rights, connection)
        if rights and not (scope["path"].startswith(_ADMIN) and not rights.account.is_admin):
            if not self._is_own_page(connection, rights.owner):
                await JSONResponse(error_body(403, "This page is another's."), 403)(scope, receive, send)
                return
            scope[SCOPE_KEY] = rights
            with acting_with(rights):
                await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await self._refusal(connection, rights is not None)(scope, receive, send)

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
        account = self._accounts.of_session(session) if session else None
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
        if connection.scope["method"] == "GET" and "text/html" in connection.headers.get("accept", ""):
            return RedirectResponse(LOGIN, 303)
        return JSONResponse(error_body(401, "Log in."), 401)

    async def _log_in(self, request: Request) -> Response:
        if request.method != "POST":
            return self._shown()
        body = b""
        async for piece in request.stream():
            body += piece
            if len(body) > _MOST_BYTES:
                return self._shown("That is too long.", 413)
        if self._hashing.statistics().tasks_waiting >= MOST_WAITING:
            return self._shown("Too many log in at once. Try again in a minute.", 429)
        given = {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}
        try:
            secret = await to_thread.run_sync(
                self._accounts.log_in, given.get("name", ""), given.get("password", ""), limiter=self._hashing
            )
        except TooManyFailuresError as error:
            return self._shown(str(error), 429)
        if secret is None:
            return self._shown(_WRONG, 401)
        answer = RedirectResponse("/", 303)
        answer.set_cookie(
            COOKIE, secret, max_age=SESSION_SECONDS, httponly=True, samesite="lax", secure=_is_secure(request)
        )
        return answer

    async def _log_out(self, request: Request) -> Response:
        if request.method != "POST":
            return RedirectResponse("/", 303)
        if secret := request.cookies.get(COOKIE):
            await to_thread.run_sync(self._accounts.log_out, secret)
        answer = RedirectResponse(LOGIN, 303)
        answer.delete_cookie(COOKIE)
        return answer

    def _shown(self, problem: str = "", status: int = 200) -> HTMLResponse:
        headers = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-store", "Referrer-Policy": "same-origin"}
        return HTMLResponse(self._page.render(problem=problem), status, headers)


def _is_secure(request: Request) -> bool:
    """Whether the browser came by TLS, to a proxy that says so."""
    return request.url.scheme == "https" or request.headers.get("x-forwarded-proto", "") == "https"
