"""Commands that serve: serve and mcp."""

import sys
from typing import Annotated

import typer

from rag import DEFAULT_INDEX
from rag.cli.common import AsJson, IndexName, app, notify, print_json, read_config
from rag.errors import ConfigError

_NEEDS_ACCOUNTS = (
    "rag serve listens on this machine alone, since it knows no accounts yet: {host} would let everybody in. Set host"
    " to 127.0.0.1, and have a proxy that asks who comes stand before it."
)


@app.command(epilog="Example: rag serve --index papers --port 8000")
def serve(
    index: IndexName = DEFAULT_INDEX,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 7860 if not set.")] = None,
    as_json: AsJson = False,
) -> None:
    """Serve the chat window, an API that OpenAI's clients speak, and MCP's tools, in one process; Ctrl-C ends it."""
    config = read_config(port=port)
    from ui.common.own_address import OwnAddressOnly, check_address, is_loopback

    if not is_loopback(config.host):
        raise ConfigError(_NEEDS_ACCOUNTS.format(host=config.host))
    check_address(config.host, config.port)
    # Takes seconds to import.
    from rag.models.embedding import load_embedding
    from rag.server.app import build_server
    from rag.server.running import run_server
    from ui.app import mount_window, open_library

    library = open_library(config, index, notify)
    server = build_server(library, index, load_embedding(config.embedding, config.cache_dir, notify))
    mount_window(server, library, index)

    def on_ready(address: str) -> None:
        if as_json:
            print_json({"address": address, "index": index})
        else:
            typer.echo(f"Footnote is open on {address}, its API on {address}/v1, MCP on {address}/mcp (Ctrl-C ends it)")
        sys.stdout.flush()

    run_server(OwnAddressOnly(server, config.host, config.allowed_hosts), config.host, config.port, on_ready)


@app.command(epilog="Example: rag mcp --index papers")
def mcp(index: IndexName = DEFAULT_INDEX) -> None:
    """Offer MCP's tools on standard input and output, for a client that starts this command itself."""
    config = read_config()
    from rag.server.mcp_tools import run_on_stdio

    run_on_stdio(config, index, notify)
