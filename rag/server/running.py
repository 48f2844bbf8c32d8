"""Running the server: uvicorn, which says when it is open."""

import asyncio
import socket
from collections.abc import Callable

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

try:
    import resource
except ImportError:  # Windows has no such limits.
    resource = None  # type: ignore[assignment]

MOST_FILES = 65_536

SECONDS_TO_END = 5
"""That answers under way have when the server is ended."""

HEAD_SECONDS = 20
"""Within which the head of a request has to be there, from the first byte or the connection on."""


class _Protocol(H11Protocol):
    """HTTP on a connection that is closed where no request comes of it, though a byte comes now and then."""

    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Take what came, and wait for the rest of a head."""
        super().data_received(data)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing more."""
        super().connection_lost(exc)
        if self._late:
            self._late.cancel()

    def _wait(self) -> None:
        is_answering = self.cycle is not None and not self.cycle.response_complete
        if is_answering and self._late:
            self._late.cancel()
            self._late = None
        elif not is_answering and not self._late:
            self._late = self.loop.call_later(HEAD_SECONDS, self.transport.close)


class _Server(uvicorn.Server):
    """Calls `on_ready` when requests are answered."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Open the server."""
        await super().startup(sockets)
        if self.started:
            self._on_ready()


def run_server(app: ASGIApp, host: str, port: int, on_ready: Callable[[str], None]) -> None:
    """Serve an app until interrupted, after `on_ready(address)`."""
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        http=_Protocol,
        # Its own lines go where all others do.
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=SECONDS_TO_END,
    )
    _raise_file_limit()
    address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    _Server(config, lambda: on_ready(address)).run()


def _raise_file_limit() -> None:
    """Let as many connections be open as the machine allows, up to MOST_FILES; each takes a file."""
    if resource is None:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
