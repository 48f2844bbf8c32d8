"""/login and /logout: sessions of browsers, begun with a password or at a provider of OpenID Connect."""

import logging
import shlex
from urllib.parse import parse_qs

import anyio
from anyio import CapacityLimiter, to_thread
from jinja2 import Environment
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from rag.server.accounts import NO_ACCOUNTS, AccountError, Accounts
from rag.server.openid import OpenIdError, OpenIdProvider
from rag.server.own_address import came_by_tls
from rag.server.sessions import OPENID_SESSION_SECONDS, SESSION_SECONDS, Sessions, TooManyFailuresError

COOKIE = "footnote_session"
LOGIN, LOGOUT = "/login", "/logout"
BEGIN, BACK = f"{LOGIN}/openid", f"{LOGIN}/openid/back"
"""Where somebody goes to a provider, and comes back from there."""

BODY_SECONDS = 20
"""For what is filled in to come."""

MOST_WAITING = 20
"""To log in, one after the other."""

_log = logging.getLogger(__name__)

_MOST_BYTES = 10_000
_TOO_LONG = "That is too long."
_TOO_MANY = "Too many log in at once. Try again in a minute."
_WRONG = "Name and password do not go together."
_NOT_LINKED = (
    "{provider} knows you, and you are nobody here. An administrator can change that: rag user link NAME {subject}"
)
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
a { display: block; margin-top: 1.2rem; text-align: center; color: inherit }
p { color: #b42318 }
@media (prefers-color-scheme: dark) { p { color: #ff8a80 } }
</style></head><body><form method="post" action="/login">
<h1>Footnote</h1>
{% if problem %}<p role="alert">{{ problem }}</p>{% endif %}
<label for="name">Name</label><input id="name" name="name" autocomplete="username" required autofocus>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required>
<button>Log in</button>
{% if provider %}<a href="/login/openid">Log in with {{ provider }}</a>{% endif %}
</form></body></html>"""


def login_app(accounts: Accounts, sessions: Sessions, provider: OpenIdProvider | None) -> ASGIApp:
    """What answers under /login and /logout; `provider` is where people may be known besides."""
    form = _Form(sessions, provider.name if provider else "")
    routes: list[BaseRoute] = [
        Route(LOGIN, form.shown, methods=["GET"]),
        Route(LOGIN, form.log_in, methods=["POST"]),
        Route(LOGOUT, lambda request: RedirectResponse("/", 303), methods=["GET"]),
        Route(LOGOUT, form.log_out, methods=["POST"]),
    ]
    if provider:
        elsewhere = _Elsewhere(sessions, provider, form)
        routes += [Route(BEGIN, elsewhere.begin), Route(BACK, elsewhere.come_back)]
    app = Starlette(routes=routes, exception_handlers={AccountError: form.unreadable})
    return provider.remembering(app, LOGIN, accounts.secret("openid")) if provider else app


class _Form:
    """Name and password, on a page that names a `provider` besides where there is one."""

    def __init__(self, sessions: Sessions, provider: str) -> None:
        self._sessions = sessions
        self._provider = provider
        # A hash takes 64 MB and a core for a tenth of a second.
        self._hashing = CapacityLimiter(1)
        self._page = Environment(autoescape=True).from_string(_PAGE)

    async def shown(self, request: Request) -> Response:
        """The page."""
        return self.said()

    async def log_in(self, request: Request) -> Response:
        """Begin a session where name and password go together."""
        body = b""
        try:
            with anyio.fail_after(BODY_SECONDS):
                async for piece in request.stream():
                    body += piece
                    if len(body) > _MOST_BYTES:
                        return self.said(_TOO_LONG, 413)
        except (TimeoutError, ClientDisconnect):
            return Response(status_code=408, headers={"Connection": "close"})
        if self._hashing.statistics().tasks_waiting >= MOST_WAITING:
            return self.said(_TOO_MANY, 429)
        given = {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}
        try:
            secret = await to_thread.run_sync(
                self._sessions.log_in, given.get("name", ""), given.get("password", ""), limiter=self._hashing
            )
        except TooManyFailuresError as error:
            return self.said(str(error), 429)
        return _begun(request, secret, SESSION_SECONDS) if secret else self.said(_WRONG, 401)

    async def log_out(self, request: Request) -> Response:
        """End the session of a browser."""
        if secret := request.cookies.get(COOKIE):
            await to_thread.run_sync(self._sessions.end, secret)
        answer = RedirectResponse(LOGIN, 303)
        answer.delete_cookie(COOKIE)
        return answer

    async def unreadable(self, request: Request, error: Exception) -> Response:
        """The page, where accounts cannot be read or sessions kept."""
        _log.error("%s", error)
        return self.said(NO_ACCOUNTS, 503)

    def said(self, problem: str = "", status: int = 200) -> HTMLResponse:
        """The page, with a problem."""
        headers = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-store", "Referrer-Policy": "same-origin"}
        return HTMLResponse(self._page.render(problem=problem, provider=self._provider), status, headers)


class _Elsewhere:
    """The way to a provider and back; what goes wrong on it is said on the page of the form."""

    def __init__(self, sessions: Sessions, provider: OpenIdProvider, form: _Form) -> None:
        self._sessions = sessions
        self._provider = provider
        self._form = form

    async def begin(self, request: Request) -> Response:
        """Send a browser to the provider."""
        scheme = "https" if came_by_tls(request) else "http"
        try:
            return await self._provider.redirect(request, f"{scheme}://{request.url.netloc}{BACK}")
        except OpenIdError as error:
            return self._form.said(str(error), 502)

    async def come_back(self, request: Request) -> Response:
        """Begin a session for whoever the provider says that it is."""
        provider = self._provider
        try:
            identity, name = await provider.identity(request)
        except OpenIdError as error:
            return self._form.said(str(error), 401)
        secret = await to_thread.run_sync(self._sessions.log_in_as, identity, name, provider.makes_accounts)
        if not secret:
            given = shlex.quote(identity.subject)
            subject = f"-- {given}" if given.startswith("-") else given
            return self._form.said(_NOT_LINKED.format(provider=provider.name, subject=subject), 403)
        return _begun(request, secret, OPENID_SESSION_SECONDS)


def _begun(request: Request, secret: str, seconds: int) -> Response:
    answer = RedirectResponse("/", 303)
    answer.set_cookie(COOKIE, secret, max_age=seconds, httponly=True, samesite="lax", secure=came_by_tls(request))
    return answer
