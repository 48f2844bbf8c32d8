"""Logging in with an account elsewhere: at a real provider, and at one that lies."""

import json
import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from threading import Barrier, Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc.jwk import OctKey
from pydantic import SecretStr
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from rag.config import Config
from rag.library.rights import Level
from rag.server.accounts import Accounts, accounts_of
from rag.server.identities import Identities, Identity
from rag.server.openid import OpenIdProvider
from rag.server.sessions import OPENID_SESSION_SECONDS, Sessions
from rag.server.signing_in import SignedInOnly
from tests.conftest import RunRag
from tests.loops import run_apart
from tests.openid_liar import OTHER_KEY, Claims, LyingProvider, signed, unsigned
from tests.openid_provider import PASSWORD, running_provider
from tests.server.conftest import OpenServer
from tests.warm import free_port

CLIENT = "footnote"


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    with running_provider(tmp_path_factory.mktemp("provider"), "ann", "zoe") as settings:
        yield settings


def logged_in(client: httpx.Client, name: str) -> httpx.Response:
    """Where a browser is, once somebody has logged in at the provider."""
    form = client.get("/login/openid")
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form.text))
    hidden["next"] = hidden["next"].replace("&amp;", "&")
    return client.post(form.url, data=hidden | {"username": name, "password": PASSWORD}, headers={"Referer": "x"})


def test_whoever_a_provider_knows_and_an_account_is_linked_with_logs_in(
    settings: dict[str, str], open_server: OpenServer, run_rag: RunRag, tmp_path: Path
) -> None:
    accounts = accounts_of(tmp_path)
    # Of the same name as somebody whom the provider knows, which means nothing.
    accounts.add("ann", "a password of her own", is_admin=True)
    accounts.add("anna", None)
    accounts.grant("anna", "seeds", Level.READ)
    address = open_server(RAG_DATA_DIR=str(tmp_path), **settings)
    with httpx.Client(base_url=address, follow_redirects=True, timeout=60) as client:
        assert f"Log in with {urlsplit(settings['RAG_OPENID_ISSUER']).netloc}" in client.get("/login").text
        refused = logged_in(client, "ann")
        assert refused.status_code == 403
        assert "rag user link NAME 1" in refused.text
        assert client.get("/config").status_code == 401
        linked = run_rag("user", "link", "anna", "1", RAG_DATA_DIR=str(tmp_path), **settings)
        assert linked.stdout == f"1 of {settings['RAG_OPENID_ISSUER']} is anna here.\n"
        # Whom the provider remembers, it does not ask again.
        there = client.get("/login/openid")
        assert (there.status_code, str(there.url)) == (200, f"{address}/")
        assert client.get("/config").status_code == 200
        (used,) = [response for response in there.history if response.url.path.endswith("/back")]
        cookie = used.headers["set-cookie"]
        assert f"Max-Age={OPENID_SESSION_SECONDS}" in cookie
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        client.post("/logout")
        assert client.get("/config").status_code == 401
        # A way back is gone once, and by whoever began it.
        assert client.get(used.url).status_code == 401
    listed = json.loads(run_rag("user", "list", "--json", RAG_DATA_DIR=str(tmp_path)).stdout)
    assert [row["openid"] for row in listed] == [[], [{"issuer": settings["RAG_OPENID_ISSUER"], "subject": "1"}]]


def test_accounts_are_made_where_they_may_be(settings: dict[str, str], open_server: OpenServer, tmp_path: Path) -> None:
    accounts = accounts_of(tmp_path)
    accounts.add("zoe", "a password of her own", is_admin=True)
    address = open_server(RAG_DATA_DIR=str(tmp_path), RAG_OPENID_NEW_ACCOUNTS="yes", **settings)
    for _ in range(2):
        with httpx.Client(base_url=address, follow_redirects=True, timeout=60) as client:
            assert logged_in(client, "zoe").status_code == 200
            # With nothing granted, and not the account of that name that was there.
            assert client.get("/metrics").status_code == 403
    assert [(account.name, account.is_admin) for account in accounts.all()] == [("zoe", True), ("zoe-2", False)]


@pytest.fixture
def provider() -> Iterator[LyingProvider]:
    provider = LyingProvider()
    thread = Thread(target=provider.server.serve_forever, args=[0.01])
    thread.start()
    yield provider
    provider.server.shutdown()
    thread.join()
    provider.server.server_close()


@pytest.fixture
def accounts(tmp_path: Path, provider: LyingProvider) -> Accounts:
    accounts = accounts_of(tmp_path)
    accounts.add("ann", None)
    Identities(accounts).link("ann", Identity(provider.address, "17"))
    return accounts


def guarded(accounts: Accounts, provider: LyingProvider, **settings: Any) -> SignedInOnly:
    config = Config(
        openid_issuer=provider.address, openid_client_id=CLIENT, openid_client_secret=SecretStr("s" * 40), **settings
    )
    return SignedInOnly(PlainTextResponse("inside"), accounts, OpenIdProvider(config))


async def came_back(app: ASGIApp, provider: LyingProvider, lies: Claims, **back: str | None) -> tuple[str, str]:
    """What a browser sees that goes to the provider and comes back, of which that tells `lies`; and inside then."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:7860") as client:
        sent = await client.get("/login/openid")
        if sent.status_code != 302:
            return sent.text, (await client.get("/")).text
        asked = {name: values[0] for name, values in parse_qs(urlsplit(sent.headers["location"]).query).items()}
        assert asked["code_challenge_method"] == "S256"
        assert asked["redirect_uri"] == "http://127.0.0.1:7860/login/openid/back"
        now = time.time()
        true = {
            "iss": provider.address,
            "aud": CLIENT,
            "sub": "17",
            "iat": now,
            "exp": now + 60,
            "nonce": asked["nonce"],
        }
        provider.claims = {name: value for name, value in (true | lies).items() if value is not None}
        given = {name: value for name, value in ({"code": "c", "state": asked["state"]} | back).items() if value}
        answer = await client.get("/login/openid/back", params=given)
        return answer.text, (await client.get("/")).text


def test_whoever_the_provider_vouches_for_is_let_in(accounts: Accounts, provider: LyingProvider) -> None:
    app = guarded(accounts, provider)
    assert run_apart(partial(came_back, app, provider, {})) == ("", "inside")
    (form,) = provider.forms
    assert form["code_verifier"]
    _, inside = run_apart(partial(came_back, app, provider, {"aud": [CLIENT]}))
    assert inside == "inside"


def test_a_provider_may_end_its_name_with_a_slash(accounts: Accounts, provider: LyingProvider) -> None:
    provider.metadata = {"issuer": f"{provider.address}/"}
    app = guarded(accounts, provider)
    assert run_apart(partial(came_back, app, provider, {"iss": f"{provider.address}/"})) == ("", "inside")
    assert run_apart(partial(came_back, app, provider, {"iss": provider.address}))[1] != "inside"


LIES: list[Claims] = [
    {"aud": "another"},
    {"aud": "another", "azp": CLIENT},
    {"aud": ["another"], "azp": CLIENT},
    {"iss": "http://127.0.0.1:1"},
    {"nonce": "another"},
    {"nonce": None},
    {"exp": 1},
    {"exp": None},
    {"sub": None},
    {"sub": ["17"]},
    {"sub": ""},
    {"sub": "\ud800"},
    {"sub": "ann\n"},
    {"sub": "1" * 256},
    {"preferred_username": 7},
    {"azp": "another"},
]


@pytest.mark.parametrize("lies", LIES, ids=str)
def test_claims_that_are_not_for_this_login_let_nobody_in(
    accounts: Accounts, provider: LyingProvider, lies: Claims
) -> None:
    said, inside = run_apart(partial(came_back, guarded(accounts, provider), provider, lies))
    assert "did not say who you are" in said
    assert "Log in" in inside


def public(provider: LyingProvider) -> OctKey:
    """What everybody may know, taken for a secret."""
    return OctKey.import_key(provider.key.as_pem(private=False))


SIGNATURES: dict[str, Callable[[LyingProvider], Callable[[Claims], str]]] = {
    "none": lambda provider: unsigned,
    "of another key": lambda provider: partial(signed, key=OTHER_KEY),
    "with the secret of the client": lambda provider: partial(
        signed, key=OctKey.import_key("s" * 40), algorithm="HS256"
    ),
    "no token": lambda provider: lambda claims: "x",
    "of no kind": lambda provider: lambda claims: 7,  # type: ignore[arg-type,return-value]
}


@pytest.mark.parametrize("name", SIGNATURES)
def test_claims_that_the_provider_did_not_sign_let_nobody_in(
    accounts: Accounts, provider: LyingProvider, name: str
) -> None:
    provider.sign = SIGNATURES[name](provider)
    said, inside = run_apart(partial(came_back, guarded(accounts, provider), provider, {}))
    assert "did not say who you are" in said
    assert "Log in" in inside


@pytest.mark.parametrize(
    "back",
    [{"state": "x"}, {"state": None}, {"code": None}, {"code": None, "error": "access_denied"}, {"error": "<b>no</b>"}],
    ids=str,
)
def test_a_way_back_that_was_not_begun_or_is_refused_lets_nobody_in(
    accounts: Accounts, provider: LyingProvider, back: dict[str, str | None]
) -> None:
    said, inside = run_apart(lambda: came_back(guarded(accounts, provider), provider, {}, **back))
    assert 'role="alert"' in said or back == {"code": None}
    assert "<b>" not in said
    assert "Log in" in inside


@pytest.mark.parametrize("answer", [{}, [], "x", 7, {"error": "invalid_grant"}, {"id_token": None}])
def test_a_provider_that_answers_anything_else_lets_nobody_in(
    accounts: Accounts, provider: LyingProvider, answer: Any
) -> None:
    provider.token = answer
    said, inside = run_apart(partial(came_back, guarded(accounts, provider), provider, {}))
    assert "did not say who you are" in said
    assert "Log in" in inside


@pytest.mark.parametrize(
    "metadata",
    [{"issuer": "https://accounts.example.org"}, {"issuer": None}, {"issuer": 7}, {"authorization_endpoint": None}],
    ids=str,
)
def test_a_provider_that_is_another_is_not_gone_to(
    accounts: Accounts, provider: LyingProvider, metadata: dict[str, Any]
) -> None:
    provider.metadata = metadata
    said, inside = run_apart(partial(came_back, guarded(accounts, provider), provider, {}))
    assert "cannot be asked who you are" in said
    assert "Log in" in inside


def test_a_provider_that_does_not_answer_leaves_the_password(accounts: Accounts, provider: LyingProvider) -> None:
    provider.address = f"http://127.0.0.1:{free_port()}"
    app = guarded(accounts, provider)
    said, _ = run_apart(partial(came_back, app, provider, {}))
    assert "cannot be asked who you are (it does not answer). Try again, or log in with a password." in said
    assert 'name="password"' in said


def test_what_a_provider_said_wrongly_once_is_not_kept(accounts: Accounts, provider: LyingProvider) -> None:
    for spoilt in ({"issuer": None}, {"jwks_uri": f"{provider.address}/none"}):
        app = guarded(accounts, provider)
        provider.metadata = spoilt
        assert run_apart(partial(came_back, app, provider, {}))[1] != "inside"
        provider.metadata = {}
        assert run_apart(partial(came_back, app, provider, {}))[1] == "inside"
    # It has another key, by the same name.
    provider.key = OTHER_KEY
    assert run_apart(partial(came_back, app, provider, {}))[1] != "inside"
    assert run_apart(partial(came_back, app, provider, {}))[1] == "inside"


def test_an_answer_without_end_is_left_off(accounts: Accounts, provider: LyingProvider) -> None:
    provider.token = {"access_token": "a" * 2_000_000}
    said, inside = run_apart(partial(came_back, guarded(accounts, provider), provider, {}))
    assert "did not say who you are (it does not answer)" in said
    assert "Log in" in inside


def test_a_login_that_one_server_began_is_ended_by_another(accounts: Accounts, provider: LyingProvider) -> None:
    first, second = guarded(accounts, provider), guarded(accounts, provider)

    async def either(scope: Scope, receive: Receive, send: Send) -> None:
        await (second if scope["path"].endswith("/back") else first)(scope, receive, send)

    assert run_apart(partial(came_back, either, provider, {})) == ("", "inside")


def test_a_form_that_does_not_come_is_left(accounts: Accounts, provider: LyingProvider) -> None:
    sent: list[dict[str, Any]] = []

    async def gone() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def note(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/login", "headers": [], "query_string": b"", "root_path": ""}
    run_apart(lambda: guarded(accounts, provider)(scope, gone, note))
    assert sent[0]["status"] == 408


@pytest.mark.parametrize(("said", "scheme"), [("HTTPS", "https"), ("https, http", "https"), ("http, https", "http")])
def test_what_the_first_proxy_says_of_tls_counts(
    accounts: Accounts, provider: LyingProvider, said: str, scheme: str
) -> None:
    sent = run_apart(lambda: begun(guarded(accounts, provider), said))
    assert f"redirect_uri={scheme}%3A%2F%2F" in sent.headers["location"]


async def begun(app: SignedInOnly, forwarded: str) -> httpx.Response:
    """The way to the provider, of a browser that came through a proxy."""
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://footnote.example.org") as client:
        return await client.get("/login/openid", headers={"X-Forwarded-Proto": forwarded})


def test_by_tls_the_way_back_is_by_tls_too(accounts: Accounts, provider: LyingProvider) -> None:
    sent = run_apart(lambda: begun(guarded(accounts, provider), "https"))
    assert "redirect_uri=https%3A%2F%2Ffootnote.example.org%2Flogin%2Fopenid%2Fback" in sent.headers["location"]
    assert "secure" in sent.headers["set-cookie"]


def test_names_are_made_up_where_one_is_taken_or_none(tmp_path: Path) -> None:
    identities = Identities(accounts_of(tmp_path))
    wanted = {
        "Ann": "Ann", "ann": "ann-2", " b o\tb ": "bob", "": "account", "x" * 300: "x" * 90, "a\u3164nn": "ann-3",
        "--admin": "admin", "../../etc": "etc", "*": "account-2", "ann;rm -rf ~": "annrm-rf", "cafe\u0301": "caf\u00e9",
        "caf\u00e9": "caf\u00e9-2",
    }  # fmt: skip
    made = [identities.joined(Identity("https://a.example", str(at)), name).name for at, name in enumerate(wanted)]
    assert made == list(wanted.values())
    # Of whoever is there already, nobody is made.
    assert identities.joined(Identity("https://a.example", "1"), "other").name == "ann-2"
    assert identities.account(Identity("https://b.example", "0")) is None


def test_somebody_who_comes_twice_at_once_is_made_once(tmp_path: Path) -> None:
    together = Barrier(8)

    def join(_: int) -> str:
        identities = Identities(accounts_of(tmp_path))
        together.wait()
        return identities.joined(Identity("https://a.example", "1"), "ann").name

    with ThreadPoolExecutor(8) as people:
        assert list(people.map(join, range(8))) == ["ann"] * 8
    assert [account.name for account in accounts_of(tmp_path).all()] == ["ann"]


def test_an_identity_is_one_accounts_until_it_is_unlinked(run_rag: RunRag, tmp_path: Path) -> None:
    accounts = accounts_of(tmp_path)
    accounts.add("ann", None)
    accounts.add("bob", None)
    issuer = "https://accounts.example.org"
    settings = {"RAG_DATA_DIR": str(tmp_path), "RAG_OPENID_ISSUER": f"{issuer}/"}
    assert run_rag("user", "link", "ann", "--", "-1", **settings).returncode == 0
    refused = run_rag("user", "link", "bob", "--", "-1", **settings)
    assert refused.returncode == 2
    assert "-1 is ann here" in refused.stderr
    session = Sessions(accounts, time.time).log_in_as(Identity(issuer, "-1"), "", makes_accounts=False)
    assert session
    assert run_rag("user", "unlink", "--", "-1", **settings).returncode == 0
    assert Sessions(accounts, time.time).account(session) is None
    assert run_rag("user", "unlink", "--", "-1", **settings).returncode == 2
    assert run_rag("user", "link", "bob", "x" * 256, **settings).returncode == 2
    assert run_rag("user", "link", "bob", "1", RAG_DATA_DIR=str(tmp_path)).returncode == 2


BAD = {
    "an address without TLS": ({"RAG_OPENID_ISSUER": "http://accounts.example.org"}, "begins with https://"),
    "no address": ({"RAG_OPENID_ISSUER": "accounts"}, "not the address of an issuer"),
    "no port": ({"RAG_OPENID_ISSUER": "https://accounts.example.org:99999"}, "not the address of an issuer"),
    "somebody's": ({"RAG_OPENID_ISSUER": "https://ann:secret@accounts.example.org"}, "not the address of an issuer"),
    "the description": (
        {"RAG_OPENID_ISSUER": "https://accounts.example.org/.well-known/openid-configuration"},
        "not the address of an issuer",
    ),
    "another scheme": ({"RAG_OPENID_ISSUER": "javascript://localhost"}, "begins with https://"),
    "no text": ({"RAG_OPENID_ISSUER": "https://\udcff"}, "not the address of an issuer"),
    "no text for a client": ({"RAG_OPENID_CLIENT_ID": "\udcff"}, "not in UTF-8"),
    "a provider, and nobody is asked": (
        {"RAG_OPENID_ISSUER": "https://accounts.example.org", "RAG_LOGIN": "auto"},
        'Set login = "yes" beside it',
    ),
    "no client": ({"RAG_OPENID_ISSUER": "https://accounts.example.org"}, "openid_client_id"),
}


@pytest.mark.parametrize("name", BAD)
def test_settings_that_do_not_do_are_named(run_rag: RunRag, tmp_path: Path, name: str) -> None:
    accounts_of(tmp_path).add("ann", None)
    settings, said = BAD[name]
    refused = run_rag("serve", RAG_DATA_DIR=str(tmp_path), **({"RAG_LOGIN": "yes"} | settings))
    assert refused.returncode == 2
    assert said in refused.stderr
    assert "Traceback" not in refused.stderr


def test_the_secret_is_never_printed(run_rag: RunRag, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    config = Config(openid_client_secret=SecretStr("kept to itself"))
    assert "kept to itself" not in f"{config!r} {config} {config.model_dump_json()}"
    monkeypatch.chdir(tmp_path)
    Path("rag.toml").write_text('openid_client_secret = ["kept to itself"]\n')
    refused = run_rag("where")
    assert refused.returncode == 2
    assert "openid_client_secret" in refused.stderr
    assert "kept to itself" not in refused.stderr
