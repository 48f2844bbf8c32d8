"""Commands that go on until they are ended, chat, serve and mcp; and of whoever serves others: backup, restore."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rag import DEFAULT_INDEX
from rag.cli.common import AsJson, IndexName, app, notify, print_json, progress_bar, read_config
from rag.cli.logs import log_to_stderr
from rag.errors import ConfigError, RagError
from rag.terminal import printable

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.types import ASGIApp

    from rag.library.library import Library

_NEEDS_LOGIN = "On {host} everybody who reaches this machine would be let in. Set login to auto or yes in rag.toml."
_ASKS_NOBODY = 'openid_issuer is set, and nobody would be asked to log in. Set login = "yes" beside it, or take it out.'
_NO_ACCOUNT = "Nobody could log in, since there is no account. Make one: rag user add NAME --admin"


Port = Annotated[int | None, typer.Option(help="Port to listen on; 7860 if not set.")]


@app.command(epilog="Example: rag chat --index papers --port 7861")
def chat(index: IndexName = DEFAULT_INDEX, port: Port = None, as_json: AsJson = False) -> None:
    """Open the chat window in the browser's reach; Ctrl-C ends it."""
    config = read_config(port=port)
    log_to_stderr()
    from rag.server.own_address import check_address

    check_address(config.host, config.port)
    # Takes seconds to import.
    from fastapi import FastAPI

    from ui.app import open_library

    library = open_library(config, index, notify)
    _open(FastAPI(openapi_url=None), library, index, "Footnote is open on {address} (Ctrl-C ends it)", as_json)


@app.command(epilog="Example: rag serve --index papers --port 8000")
def serve(index: IndexName = DEFAULT_INDEX, port: Port = None, as_json: AsJson = False) -> None:
    """Serve the chat window, an API that OpenAI's clients speak, and MCP's tools, in one process; Ctrl-C ends it."""
    config = read_config(port=port)
    log_to_stderr()
    from rag.server.own_address import check_address, is_loopback

    asks_who_comes = config.login == "yes" or (config.login == "auto" and not is_loopback(config.host))
    if not asks_who_comes and not is_loopback(config.host):
        raise ConfigError(_NEEDS_LOGIN.format(host=config.host))
    if config.openid_issuer and not asks_who_comes:
        raise ConfigError(_ASKS_NOBODY)
    from rag.server.accounts import NO_ACCOUNTS, accounts_of

    accounts = accounts_of(config.data_dir)
    if asks_who_comes and not accounts.all():
        raise ConfigError(_NO_ACCOUNT)
    from rag.server.openid import OpenIdProvider

    provider = OpenIdProvider(config) if asks_who_comes and config.openid_issuer else None
    check_address(config.host, config.port)
    # Takes seconds to import.
    from rag.library.checks import Check
    from rag.models.embedding import load_embedding
    from rag.server.account_rights import Nobody
    from rag.server.app import build_server
    from rag.server.signing_in import SignedInOnly
    from ui.app import open_library

    library = open_library(config, index, notify, Nobody(accounts) if asks_who_comes else None)
    if asks_who_comes:
        accounts.stay_open()
        library.checks.append(Check(NO_ACCOUNTS, accounts.check, stops_answers=True))
    server = build_server(library, index, load_embedding(config.embedding, config.cache_dir, notify))
    said = "Footnote is open on {address}, its API on {address}/v1, MCP on {address}/mcp (Ctrl-C ends it)"
    guard = partial(SignedInOnly, accounts=accounts, provider=provider) if asks_who_comes else _as_it_is
    _open(server, library, index, said, as_json, guard)


def _as_it_is(app: "ASGIApp") -> "ASGIApp":
    return app


def _open(
    server: "FastAPI",
    library: "Library",
    index: str,
    said: str,
    as_json: bool,
    guard: "Callable[[ASGIApp], ASGIApp]" = _as_it_is,
) -> None:
    """Show the window on a server, and answer until interrupted whoever `guard` lets in."""
    from rag.library.checks import failing
    from rag.server.own_address import OwnAddressOnly
    from rag.server.running import run_server
    from ui.app import mount_window

    def on_ready(address: str) -> None:
        if as_json:
            print_json({"address": address, "index": index})
        else:
            typer.echo(said.format(address=address))
        sys.stdout.flush()

    config = library.config
    mount_window(server, library, index)
    failing(library.checks)
    run_server(OwnAddressOnly(guard(server), config.host, config.allowed_hosts), config.host, config.port, on_ready)


@app.command(epilog="Example: rag mcp --index papers")
def mcp(index: IndexName = DEFAULT_INDEX) -> None:
    """Offer MCP's tools on standard input and output, for a client that starts this command itself."""
    config = read_config()
    log_to_stderr()
    from rag.server.mcp_tools import run_on_stdio

    run_on_stdio(config, index, notify)


@app.command(epilog="Example: rag backup footnote.tar")
def backup(file: Annotated[Path, typer.Argument(help="File to write.")]) -> None:
    """Write all indexes, documents, conversations, accounts and runs into one file, while they are used."""
    config = read_config()
    from rag.config import FOLDERS
    from rag.library.backup import back_up

    with _steps() as on_step:
        left_out = back_up(config, file, on_step)
    if config.store.get_secret_value() != FOLDERS:
        from rag.build import open_catalog

        notify(f"The indexes of {open_catalog(config).place} are not in it: back them up there, with pg_dump.")
    typer.echo(f"Wrote {printable(str(file))}, {file.stat().st_size / 1_000_000:,.1f} MB.")
    if left_out:
        raise RagError(" ".join(["Left out:", *left_out]))


@app.command(epilog="Example: rag restore footnote.tar")
def restore(file: Annotated[Path, typer.Argument(help="File that rag backup wrote.")]) -> None:
    """Put a backup back, into folders that hold nothing yet; every index is verified first."""
    config = read_config()
    from rag.library.backup import restore as put_back

    with _steps() as on_step:
        names = put_back(config, file, on_step)
    typer.echo(f"Put back {len(names)} indexes: {printable(', '.join(names))}.")


@contextmanager
def _steps() -> Iterator[Callable[[str], None]]:
    """What is told the name of each step, and shows it while it lasts."""
    with progress_bar() as progress:
        task = progress.add_task("", total=None)
        yield lambda name: progress.update(task, description=printable(name))
