"""Only requests to the window's own address, from its own pages, are answered: a page of the web can have a name of its
own resolved to this machine (DNS rebinding), and would else read what is asked here.
"""

import errno
import ipaddress
import re
import socket
from collections.abc import Collection

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from rag.errors import RagError
from rag.server.errors import error_body

REFUSED = 403
OTHER_ADDRESS = (
    "This is not an address of this window. Open it under the address that it prints when it is opened, or add this"
    " name to allowed_hosts in rag.toml."
)

_HOST = re.compile(r"(?:\[([0-9a-fA-F:.]+)\]|([\w-]+(?:\.[\w-]+)*\.?))(?::\d{1,5})?", re.ASCII)


class OwnAddressOnly:
    """ASGI middleware that refuses a Host or an Origin which is not this server's, listening on `host`.

    `allowed_hosts` are further names of it, such as that of a proxy before it.
    """

    def __init__(self, app: ASGIApp, host: str, allowed_hosts: Collection[str]) -> None:
        self._app = app
        self._listens_beyond = not is_loopback(host)
        self._names = {name.lower() for name in allowed_hosts}
        self._own_names = {"localhost", host.lower()}
        if self._listens_beyond:
            name = socket.gethostname().lower()
            self._own_names |= {name, f"{name}.local"}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] == "lifespan" or self._is_own(Headers(scope=scope)):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        elif scope["path"].startswith("/v1"):
            await JSONResponse(error_body(REFUSED, OTHER_ADDRESS), REFUSED)(scope, receive, send)
        else:
            await PlainTextResponse(OTHER_ADDRESS, REFUSED)(scope, receive, send)

    def _is_own(self, headers: Headers) -> bool:
        hosts, origins = headers.getlist("host"), headers.getlist("origin")
        if headers.get("sec-fetch-site") in ("cross-site", "same-site") and headers.get("sec-fetch-mode") != "navigate":
            # A picture or script that another site's page asks for comes without an Origin.
            return False
        return (
            len(hosts) == 1
            and self._is_own_host(_name(hosts[0]))
            and all(self._is_own_origin(origin, hosts[0]) for origin in origins)
        )

    def _is_own_host(self, name: str) -> bool:
        if name in self._names or name in self._own_names or is_loopback(name):
            return True
        # An address in figures is not looked up, so that nobody can have it mean this machine.
        return self._listens_beyond and _address(name) is not None

    def _is_own_origin(self, origin: str, host: str) -> bool:
        scheme, _, at = origin.lower().partition("://")
        return scheme in ("http", "https") and _name(at) != "" and (at == host.lower() or _name(at) in self._names)


def _name(host: str) -> str:
    """The name or address in a Host, in lower case and without its port; empty where it is no Host."""
    found = _HOST.fullmatch(host)
    return (found[1] or found[2]).lower() if found else ""


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None


def is_loopback(name: str) -> bool:
    """Whether a name or address is this machine's own."""
    address = _address(name)
    return name.lower() == "localhost" or (address is not None and address.is_loopback)


def came_by_tls(connection: HTTPConnection) -> bool:
    """Whether the browser came by TLS, to a proxy that says so."""
    # Of several proxies, the first tells how the browser came.
    said = connection.headers.get("x-forwarded-proto", "").partition(",")[0].strip().lower()
    return "https" in (connection.url.scheme, said)


def check_address(host: str, port: int) -> None:
    """Raise RagError if no server can listen on `host` and `port`."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        in_use = error.errno == errno.EADDRINUSE
        advice = "Give another with --port." if in_use else "Correct host or port."
        raise RagError(f"port {port} on {host} cannot be used ({error.strerror}). {advice}") from None
