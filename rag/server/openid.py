"""A provider of OpenID Connect, with which people log in who are known there: the code flow with PKCE, by Authlib."""

import logging
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import anyio
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from rag.config import Config
from rag.errors import ConfigError, RagError
from rag.server.identities import Identity, identity_of
from rag.server.own_address import came_by_tls

if TYPE_CHECKING:
    from authlib.integrations.starlette_client import StarletteOAuth2App

SECONDS_TO_LOG_IN = 600
SECONDS_TO_ANSWER, SECONDS_TO_FINISH = 10, 30
"""For the next piece of an answer of a provider, and for all that is asked of it for one step of a login."""

# Of keys that the provider alone has: not "none", nor what is signed with a secret.
_SIGNATURES = {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
_CODE = re.compile(r"[a-z_]{1,40}")
_COOKIE = "footnote_openid"
_MORE_NEEDED = "openid_issuer needs more packages: pip install 'footnote-rag[openid]'"
_NO_CLIENT = "openid_issuer needs openid_client_id, by which the provider knows this server."
_UNREACHABLE = "{name} cannot be asked who you are ({reason}). Try again, or log in with a password."
_NO_ANSWER = "it does not answer"
_STATUS = "it answers with status {status}"
_UNUSABLE = "what it answers is not what it should"
_NOT_BEGUN = "This login was not begun here, took too long, or was answered already. Begin again."
_REFUSED = "{name} did not say who you are ({reason}). Begin again."


_log = logging.getLogger(__name__)


class OpenIdError(RagError):
    """Somebody of whom a provider does not say who they are."""


class OpenIdProvider:
    """The provider of a Config that names one. Raises ConfigError where the Config or what is installed does not do."""

    def __init__(self, config: Config) -> None:
        if not config.openid_client_id:
            raise ConfigError(_NO_CLIENT)
        self._config = config
        self._issuer = config.openid_issuer or ""
        self.name = urlsplit(self._issuer).netloc
        """What people are told that it is called."""
        self.makes_accounts = config.openid_new_accounts
        self._client = self._new_client()

    def _new_client(self) -> "StarletteOAuth2App":
        """What asks the provider, and keeps what that says of itself, as long as it is of use."""
        try:
            from authlib.integrations.starlette_client import OAuth

            from rag.server.bounded_transport import BoundedTransport
        except ImportError:
            raise ConfigError(_MORE_NEEDED) from None
        secret = self._config.openid_client_secret.get_secret_value()
        client: StarletteOAuth2App = OAuth().register(
            "provider",
            client_id=self._config.openid_client_id,
            # Without, PKCE alone protects it.
            client_secret=secret or None,
            server_metadata_url=f"{self._issuer}/.well-known/openid-configuration",
            client_kwargs={
                "scope": "openid profile email",
                "code_challenge_method": "S256",
                "timeout": SECONDS_TO_ANSWER,
                "transport": BoundedTransport(),
            },
        )
        return client

    def remembering(self, app: ASGIApp, path: str, secret: str) -> ASGIApp:
        """An app, with a cookie under `path` in which the logins of a browser that are under way are signed."""
        # Of a package that only this needs.
        from starlette.middleware.sessions import SessionMiddleware

        by_scheme = {
            is_secure: SessionMiddleware(app, secret, _COOKIE, SECONDS_TO_LOG_IN, path, "lax", is_secure)
            for is_secure in (False, True)
        }

        async def remembered(scope: Scope, receive: Receive, send: Send) -> None:
            await by_scheme[came_by_tls(HTTPConnection(scope))](scope, receive, send)

        return remembered

    async def redirect(self, request: Request, back: str) -> Response:
        """To the provider, which sends the browser to the address `back` then. Raises OpenIdError."""
        try:
            with anyio.fail_after(SECONDS_TO_FINISH):
                await self._stated_issuer()
                answer: Response = await self._client.authorize_redirect(request, back)
        except Exception as error:
            raise self._error(_UNREACHABLE, error) from None
        return answer

    async def identity(self, request: Request) -> tuple[Identity, str]:
        """Who comes back from the provider, and what they are called there. Raises OpenIdError."""
        if not any(key.endswith(f"_{request.query_params.get('state')}") for key in request.session):
            raise OpenIdError(_NOT_BEGUN)
        try:
            with anyio.fail_after(SECONDS_TO_FINISH):
                issuer = await self._stated_issuer()
                options = {"iss": {"values": [issuer]}, "aud": {"values": [self._config.openid_client_id]}}
                token = await self._client.authorize_access_token(request, claims_options=options)
            claims = token["userinfo"]
            name = claims.get("preferred_username") or claims.get("email") or claims["sub"]
            return identity_of(self._issuer, _text(claims["sub"])), _text(name)
        except Exception as error:
            raise self._error(_REFUSED, error) from None

    async def _stated_issuer(self) -> str:
        """How the provider calls itself, if it is that provider; of its signatures the safe ones count."""
        metadata = await self._client.load_server_metadata()
        issuer = _text(metadata["issuer"])
        if issuer.rstrip("/") != self._issuer:
            raise ValueError("another issuer")
        offered = metadata.get("id_token_signing_alg_values_supported") or ["RS256"]
        metadata["id_token_signing_alg_values_supported"] = sorted(_SIGNATURES.intersection(offered))
        return issuer

    def _error(self, said: str, error: Exception) -> OpenIdError:
        """What is told of an error: whatever a provider sends that it should not, ends in some error of a library."""
        # What Authlib asks with.
        from httpx2 import HTTPError, HTTPStatusError

        # What it said of itself, and its keys, may not hold any more.
        self._client = self._new_client()
        code = str(getattr(error, "error", ""))
        if isinstance(error, HTTPStatusError):
            reason = _STATUS.format(status=error.response.status_code)
        elif isinstance(error, (HTTPError, TimeoutError)):
            reason = _NO_ANSWER
        else:
            reason = code if _CODE.fullmatch(code) else _UNUSABLE
        _log.warning("OpenID Connect, %s: %s (%s)", self.name, reason, type(error).__name__)
        return OpenIdError(said.format(name=self.name, reason=reason))


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("no text")
    return value
