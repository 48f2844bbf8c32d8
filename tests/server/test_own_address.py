"""Whom the window answers: its own address and its own pages, whatever name is resolved to this machine."""

import socket

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from rag.config import load_config
from rag.errors import ConfigError
from rag.server.own_address import REFUSED, OwnAddressOnly


async def greet(socket: WebSocket) -> None:
    await socket.accept()
    await socket.close()


def client(host: str = "127.0.0.1", *allowed: str) -> TestClient:
    routes = [Route("/", lambda request: PlainTextResponse("in")), WebSocketRoute("/ws", greet)]
    own = Middleware(OwnAddressOnly, host=host, allowed_hosts=allowed)
    return TestClient(Starlette(routes=routes, middleware=[own]))


def answers(client: TestClient, host: str, origin: str | None = None) -> bool:
    headers = {"host": host} | ({"origin": origin} if origin is not None else {})
    response = client.get("/", headers=headers)
    assert response.status_code in (200, REFUSED)
    assert ("allowed_hosts" in response.text) == (response.status_code == REFUSED)
    return response.status_code == 200


OWN = ["127.0.0.1:7860", "127.0.0.1", "localhost:7860", "LocalHost", "[::1]:7860", "127.0.0.2:1"]
OTHERS = ["evil.example", "evil.example:7860", "localhost.evil.example", "127.0.0.1.evil.example", "192.168.1.5:7860"]
NONE = ["", ":7860", "[::1", "a b", "[evil]:80", "2130706433", "0x7f.1", "evil@127.0.0.1.evil.example"]
NONE += [
    "evil@localhost",
    "localhost/evil.example",
    "localhost#evil",
    "127.0.0.1:evil",
    "localhost:80:80",
    "localhost?e",
]


@pytest.mark.parametrize("host", OWN)
def test_its_own_names_are_answered(host: str) -> None:
    assert answers(client(), host)
    assert answers(client(), host, f"http://{host}")


@pytest.mark.parametrize("host", [*OTHERS, *NONE])
def test_other_names_are_refused(host: str) -> None:
    assert not answers(client(), host)
    assert not answers(client(), host, f"http://{host}")


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "null",
        "",
        "http://localhost:3000",
        "http://127.0.0.1:78600",
        "127.0.0.1:7860",
        "file://127.0.0.1:7860",
        "://127.0.0.1:7860",
        "http://127.0.0.1:7860/evil",
    ],
)
def test_pages_of_another_origin_are_refused(origin: str) -> None:
    assert not answers(client(), "127.0.0.1:7860", origin)


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_what_another_sites_page_shows_without_an_origin_is_refused_but_a_link_to_the_window_is_followed(
    site: str,
) -> None:
    for mode, status in (("no-cors", REFUSED), ("navigate", 200)):
        headers = {"host": "localhost", "sec-fetch-site": site, "sec-fetch-mode": mode}
        assert client().get("/", headers=headers).status_code == status


def test_names_that_are_set_are_answered_behind_a_proxy_too() -> None:
    behind = client("127.0.0.1", "Docs.Example")
    assert answers(behind, "docs.example", "https://docs.example")
    assert answers(behind, "127.0.0.1:7860", "https://docs.example")
    assert not answers(behind, "127.0.0.1:7860", "https://evil.example")
    assert not answers(behind, "evil.example", "https://docs.example")


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::"])
def test_a_window_for_other_machines_is_reached_by_address_and_by_the_machines_name(host: str) -> None:
    beyond = client(host)
    for name in (
        "192.168.1.5:7860",
        "[fe80::1]:7860",
        "127.0.0.1",
        socket.gethostname(),
        f"{socket.gethostname()}.local",
    ):
        assert answers(beyond, name, f"http://{name}")
    assert not answers(beyond, "evil.example")
    assert not answers(beyond, "192.168.1.5:7860", "http://evil.example")


def test_a_websocket_of_another_origin_is_closed() -> None:
    with client().websocket_connect("/ws", headers={"host": "localhost", "origin": "http://localhost"}):
        pass
    with pytest.raises(WebSocketDisconnect), client().websocket_connect("/ws", headers={"host": "evil.example"}):
        pass


def test_two_hosts_or_origins_in_one_request_are_refused() -> None:
    for name in ("host", "origin"):
        headers = [("host", "localhost"), (name, "localhost" if name == "host" else "http://localhost")]
        own = client().get("/", headers=headers[:1])
        assert own.status_code == 200
        other = "evil.example" if name == "host" else "http://evil.example"
        assert client().get("/", headers=[*headers, (name, other)]).status_code == REFUSED


def test_names_are_read_from_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAG_ALLOWED_HOSTS", "docs.example, other.example,")
    assert load_config().allowed_hosts == ("docs.example", "other.example")
    monkeypatch.setenv("RAG_ALLOWED_HOSTS", "B\u00fccher.example")
    assert load_config().allowed_hosts == ("xn--bcher-kva.example",)
    for wrong in ("https://docs.example", "docs.example:8080", "a b"):
        monkeypatch.setenv("RAG_ALLOWED_HOSTS", wrong)
        with pytest.raises(ConfigError, match="RAG_ALLOWED_HOSTS.*without scheme and port"):
            load_config()
