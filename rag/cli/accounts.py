"""Commands over accounts and API keys: who may reach `rag serve`, and what each may do."""

import sys
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from rag.cli.common import AsJson, app, print_json, read_config
from rag.errors import RagError
from rag.terminal import printable

if TYPE_CHECKING:
    from rag.server.accounts import Accounts
    from rag.server.identities import Identities, Identity

user = typer.Typer(help="Accounts of rag serve, and what each may do.", no_args_is_help=True, rich_markup_mode=None)
key = typer.Typer(help="API keys of accounts.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(user, name="user")
app.add_typer(key, name="key")

Name = Annotated[str, typer.Argument(help="Name of the account.")]
Subject = Annotated[str, typer.Argument(help="What the provider of openid_issuer calls this person.")]
FromStdin = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input.")]

LevelName = Literal["none", "read", "write", "own"]
ScopeName = Literal["read", "write", "admin"]


@user.command("add", epilog="Example: rag user add ann --admin")
def add_user(
    name: Name,
    admin: Annotated[bool, typer.Option("--admin", help="May do everything.")] = False,
    password_stdin: FromStdin = False,
) -> None:
    """Make an account; its password is asked for."""
    _accounts().add(name, _password(password_stdin), admin)
    typer.echo(f"Made the account {printable(name)}." + ("" if admin else " rag user grant lets it read collections."))


@user.command("list", epilog="Example: rag user list --json")
def list_users(as_json: AsJson = False) -> None:
    """List the accounts, and what each was granted."""
    accounts = _accounts()
    granted = {
        one: {collection: level.name.lower() for collection, level in accounts.grants(one.id).items()}
        for one in accounts.all()
    }
    identities = _identities()
    linked = {one: [identity._asdict() for identity in identities.all_of(one.id)] for one in granted}
    if as_json:
        print_json(
            [
                {"name": one.name, "admin": one.is_admin, "grants": grants, "openid": linked[one]}
                for one, grants in granted.items()
            ]
        )
        return
    for one, grants in granted.items():
        said = ", ".join(f"{level} {collection}" for collection, level in grants.items()) or "nothing granted"
        elsewhere = "".join(f", {known['subject']} of {known['issuer']}" for known in linked[one])
        typer.echo(printable(f"{one.name}: {'administrator' if one.is_admin else said}{elsewhere}"))


@user.command("remove", epilog="Example: rag user remove ann")
def remove_user(name: Name) -> None:
    """Delete an account with its sessions and keys."""
    _accounts().remove(name)
    typer.echo(f"Deleted the account {printable(name)}.")


@user.command("password", epilog="Example: rag user password ann")
def set_password(name: Name, password_stdin: FromStdin = False) -> None:
    """Give an account another password, which ends its sessions."""
    accounts = _accounts()
    accounts.named(name)
    accounts.set_password(name, _password(password_stdin))
    typer.echo(f"{printable(name)} has a new password, and has to log in again.")


@user.command("link", epilog="Example: rag user link ann 248289761001")
def link(name: Name, subject: Subject) -> None:
    """Let whom an OpenID provider knows by a number log in to an account."""
    identity = _identity(subject)
    _identities().link(name, identity)
    typer.echo(printable(f"{subject} of {identity.issuer} is {name} here."))


@user.command("unlink", epilog="Example: rag user unlink 248289761001")
def unlink(subject: Subject) -> None:
    """Let them log in no more, and end the sessions of the account."""
    identity = _identity(subject)
    if not _identities().unlink(identity):
        raise RagError(f"{subject} of {identity.issuer} is nobody here. rag user list tells who is.")
    typer.echo(printable(f"{subject} of {identity.issuer} is nobody here any more."))


@user.command("grant", epilog="Example: rag user grant ann papers read")
def grant(
    name: Name,
    collection: Annotated[str, typer.Argument(help='Collection, or "*" for all that there are.')],
    level: Annotated[LevelName, typer.Argument(help="To read; write: change its documents; own: rename, delete.")],
) -> None:
    """Let an account do so much with a collection; none takes it back."""
    from rag.library.library import Library
    from rag.library.rights import Level
    from rag.server.accounts import EVERY_COLLECTION

    if level != "none" and collection not in (EVERY_COLLECTION, *Library(read_config()).names()):
        # Whoever made one of that name later would not have granted anything.
        raise RagError(f"There is no collection {collection!r}. rag serve and rag index make them.")
    _accounts().grant(name, collection, Level[level.upper()])
    typer.echo(printable(f"{name}: {level} {collection}."))


@key.command("add", epilog="Example: rag key add ann --label laptop --scope read")
def add_key(
    name: Name,
    label: Annotated[str, typer.Option(help="What it is for.")] = "",
    scope: Annotated[ScopeName, typer.Option(help="What it may do at most, of what its account may.")] = "read",
) -> None:
    """Make an API key, and print it this once."""
    typer.echo(_accounts().add_key(name, label, scope))


@key.command("list", epilog="Example: rag key list")
def list_keys(as_json: AsJson = False) -> None:
    """List the API keys, not what they are."""
    found = _accounts().api_keys()
    if as_json:
        print_json([{"id": one.id, "account": one.account, "label": one.label, "scope": one.scope} for one in found])
        return
    for one in found:
        typer.echo(printable(f"{one.id}: {one.account}, {one.scope}" + (f", {one.label}" if one.label else "")))


@key.command("revoke", epilog="Example: rag key revoke 3")
def revoke_key(number: Annotated[int, typer.Argument(help="Its number in rag key list.")]) -> None:
    """Have a key open nothing any more."""
    if not _accounts().revoke_key(number):
        raise RagError(f"There is no key {number}. rag key list tells what there is.")
    typer.echo(f"Revoked the key {number}.")


def _identity(subject: str) -> "Identity":
    issuer = read_config().openid_issuer
    if not issuer:
        raise RagError("No provider is named. Set openid_issuer in rag.toml.")
    from rag.server.identities import identity_of

    return identity_of(issuer, subject)


def _identities() -> "Identities":
    from rag.server.identities import Identities

    return Identities(_accounts())


def _accounts() -> "Accounts":
    config = read_config()
    from rag.server.accounts import accounts_of

    return accounts_of(config.data_dir)


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    password: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    return password
