"""Running the server: uvicorn, which says when it is open."""

import socket
from collections.abc import Callable

import uvicorn
from starlette.types import ASGIApp

SECONDS_TO_END = 5
"""That answers under way have when the server is ended."""


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
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=SECONDS_TO_END,
    )
    address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    _Server(config, lambda: on_ready(address)).run()
