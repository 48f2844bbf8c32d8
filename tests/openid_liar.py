"""A provider of OpenID Connect that lies: in what it says of itself, in claims, and in how it signs them."""

import base64
import json
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

from joserfc import jws
from joserfc.jwk import KeySet, RSAKey

Claims = dict[str, Any]

KEY, OTHER_KEY = (RSAKey.generate_key(2048, {"kid": "1"}) for _ in range(2))


class LyingProvider:
    """Says of itself, and of whoever comes, what a test has it say."""

    def __init__(self) -> None:
        self.key = KEY
        self.claims: Claims = {}
        self.metadata: dict[str, Any] = {}
        self.sign: Callable[[Claims], str] = lambda claims: signed(claims, self.key)
        self.token: Any = None
        self.forms: list[dict[str, list[str]]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                is_key = self.path == "/jwks"
                self.answer(KeySet([outer.key]).as_dict(private=False) if is_key else outer.description)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                outer.forms.append(parse_qs(body))
                whole = {"access_token": "a", "token_type": "Bearer", "id_token": outer.sign(outer.claims)}
                self.answer(whole if outer.token is None else outer.token)

            def answer(self, value: Any) -> None:
                body = json.dumps(value).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *arguments: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"

    @property
    def description(self) -> dict[str, Any]:
        return {
            "issuer": self.address,
            "authorization_endpoint": f"{self.address}/authorize",
            "token_endpoint": f"{self.address}/token",
            "jwks_uri": f"{self.address}/jwks",
            "id_token_signing_alg_values_supported": ["none", "HS256", "RS256"],
        } | self.metadata


def signed(claims: Claims, key: Any, algorithm: str = "RS256") -> str:
    return jws.serialize_compact({"alg": algorithm, "kid": "1"}, json.dumps(claims), key, algorithms=[algorithm])


def unsigned(claims: Claims) -> str:
    parts = ({"alg": "none"}, claims)
    return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts) + "."
