"""Where there are accounts: nothing without one, and no more than it may, for programs and in the window."""

import socket
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from rag.library.rights import Level
from rag.server.accounts import accounts_of
from tests.conftest import RunRag
from tests.loops import run_apart
from tests.server.conftest import OpenServer

PASSWORD = "correct horse battery"
RUSSIA = {"model": "seeds", "messages": [{"role": "user", "content": "Who led the Russian delegation?"}]}


@dataclass
class Guarded:
    """A server with accounts: ann may do everything, bob read the seeds, eve nothing."""

    address: str
    data: Path
    keys: dict[str, str] = field(default_factory=dict)

    def client(self, key: str = "") -> httpx.Client:
        """What sends a key, or none."""
        headers = {"Authorization": f"Bearer {self.keys.get(key, key)}"} if key else {}
        return httpx.Client(base_url=self.address, headers=headers, timeout=60)


@pytest.fixture(scope="module")
def guarded(open_server: OpenServer, tmp_path_factory: pytest.TempPathFactory) -> Guarded:
    data = tmp_path_factory.mktemp("accounts")
    accounts = accounts_of(data)
    accounts.add("ann", PASSWORD, is_admin=True)
    accounts.add("bob", PASSWORD)
    accounts.add("eve", PASSWORD)
    accounts.grant("bob", "seeds", Level.READ)
    keys = {
        "ann": accounts.add_key("ann", "", "admin"),
        "ann reads": accounts.add_key("ann", "", "read"),
        "bob": accounts.add_key("bob", "", "admin"),
        "eve": accounts.add_key("eve", "", "admin"),
        "revoked": accounts.add_key("ann", "", "admin"),
    }
    accounts.revoke_key(5)
    return Guarded(open_server(RAG_LOGIN="yes", RAG_DATA_DIR=str(data)), data, keys)


@pytest.mark.parametrize("key", ["", "nonsense", "revoked", "\xff"])
def test_nothing_is_told_to_whoever_has_no_key(guarded: Guarded, key: str) -> None:
    with guarded.client() as client:
        sent = {"Authorization": f"Bearer {guarded.keys.get(key, key)}".encode("latin-1")} if key else {}
        for method, path in (
            *[("GET", path) for path in ("/v1/models", "/v1/documents?collection=seeds", "/metrics", "/openapi.json")],
            *[("POST", "/v1/chat/completions"), ("POST", "/mcp"), ("GET", "/mcp"), ("DELETE", "/v1/collections/seeds")],
            *[("GET", path) for path in ("/config", "/gradio_api/app_id", "/gradio_api/info", "/viewer/text?x=1")],
            *[("POST", "/gradio_api/upload"), ("POST", "/gradio_api/queue/join"), ("GET", "/gradio_api/queue/data")],
        ):
            response = client.request(method, path, headers=sent)
            assert (path, response.status_code) == (path, 401)
            assert response.json()["error"]["message"]
        assert client.get("/healthz").json() == {"status": "ok"}
        shown = client.get("/", headers={"Accept": "text/html"})
        assert (shown.status_code, shown.headers["location"]) == (303, "/login")


def test_a_key_opens_what_its_account_may(guarded: Guarded) -> None:
    with guarded.client("bob") as bob, guarded.client("eve") as eve, guarded.client("ann") as ann:
        assert "Lavrentiev" in bob.post("/v1/chat/completions", json=RUSSIA).json()["choices"][0]["message"]["content"]
        assert [model["id"] for model in bob.get("/v1/models").json()["data"]] == ["seeds"]
        taken = bob.post("/v1/documents", params={"collection": "seeds"}, files={"files": ("a.md", b"x")})
        assert taken.json()["collection"].startswith("my-documents")
        place = {"collection": "seeds", "document": "astana-round-22.md"}
        assert bob.delete("/v1/documents", params=place).status_code == 403
        assert bob.delete("/v1/collections/seeds").status_code == 403
        assert bob.get("/metrics").status_code == 403
        # What may not be read is not there.
        for response in (
            eve.post("/v1/chat/completions", json=RUSSIA),
            eve.post("/v1/search", json={"collection": "seeds", "question": "refugees"}),
            eve.get("/v1/documents", params={"collection": "seeds"}),
            eve.get("/v1/documents/text", params=place),
            eve.delete("/v1/collections/seeds"),
        ):
            assert response.status_code == 404
        assert eve.get("/v1/models").json()["data"] == []
        assert eve.post("/v1/collections", json={"name": "evil"}).status_code == 201
        assert "evil" not in [model["id"] for model in bob.get("/v1/models").json()["data"]]
        assert eve.delete("/v1/collections/evil").status_code == 204
        assert ann.get("/metrics").status_code == 200
    with guarded.client("ann reads") as reader:
        assert reader.post("/v1/collections", json={"name": "x"}).status_code == 403
        assert reader.post("/v1/chat/completions", json=RUSSIA).status_code == 200


def test_mcps_tools_have_the_rights_of_the_key(guarded: Guarded) -> None:
    async def asked(key: str) -> Any:
        async with (
            httpx2.AsyncClient(headers={"Authorization": f"Bearer {guarded.keys[key]}"}) as http,
            Client(streamable_http_client(f"{guarded.address}/mcp", http_client=http)) as client,
        ):
            return await client.call_tool("ask", {"question": "Who led the Russian delegation?"})

    assert "Lavrentiev" in run_apart(lambda: asked("bob")).content[0].text
    refused = run_apart(lambda: asked("eve"))
    assert refused.is_error
    assert "Lavrentiev" not in refused.content[0].text


def test_too_many_wrong_passwords_close_the_door(guarded: Guarded) -> None:
    with guarded.client() as client:
        given = {"name": "nobody", "password": "wrong"}
        statuses = [client.post("/login", data=given).status_code for _ in range(7)]
        assert statuses == [401] * 5 + [429] * 2
        assert client.post("/login", data={"name": "<img src=x>", "password": "x" * 20_000}).status_code == 413
        assert "<img" not in client.post("/login", data={"name": "<img src=x>", "password": "x"}).text
        assert client.post("/login", content=b"\xff\xfe").status_code == 401
        other = {"Origin": "https://example.org", "Sec-Fetch-Site": "cross-site"}
        assert client.post("/login", data=given, headers=other).status_code == 403


def test_no_other_address_without_accounts(run_rag: RunRag, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("RAG_HOST", "0.0.0.0")
    monkeypatch.setenv("RAG_DATA_DIR", str(tmp_path / "none"))
    refused = run_rag("serve", RAG_HOST="0.0.0.0", RAG_DATA_DIR=str(tmp_path / "none"))
    assert refused.returncode == 2
    assert "there is no account" in refused.stderr
    refused = run_rag("serve", RAG_HOST="0.0.0.0", RAG_LOGIN="no")
    assert refused.returncode == 2
    assert "everybody who reaches this machine would be let in" in refused.stderr


@contextmanager
def logged_in(guarded: Guarded, name: str) -> Iterator[httpx.Client]:
    """A browser's requests, without a browser."""
    with guarded.client() as client:
        assert client.post("/login", data={"name": name, "password": PASSWORD}).status_code == 303
        yield client


PATHS = ["{tmp}/secret.txt", "{tmp}/secret.svg", "https://example.org/x.txt", "http://127.0.0.1:1/x.txt", "//x/y.txt"]


@pytest.mark.parametrize("path", PATHS)
def test_no_page_has_the_server_take_what_was_not_uploaded(guarded: Guarded, tmp_path: Path, path: str) -> None:
    for name in ("secret.txt", "secret.svg"):
        (tmp_path / name).write_text("<svg>The launch code is 4711.</svg>\n")
    with logged_in(guarded, "eve") as eve:
        config = eve.get("/config").json()
        uploads = {
            part["id"] for part in config["components"] if part["props"].get("elem_id") in ("upload", "attached")
        } | {part["id"] for part in config["components"] if part["type"] == "uploadbutton"}
        events = [
            event
            for event in config["dependencies"]
            if any(part in uploads and name == "upload" for part, name in event["targets"])
        ]
        assert len(events) == 3
        for event in events:
            file = {"path": path.format(tmp=tmp_path), "meta": {"_type": "gradio.FileData"}}
            page = f"attack{event['id']}"
            data = [[file] if part in uploads else None for part in event["inputs"]]
            asked = {"fn_index": event["id"], "session_hash": page, "data": data}
            eve.post("/gradio_api/queue/join", json=asked)
            with eve.stream("GET", "/gradio_api/queue/data", params={"session_hash": page}) as response:
                told = next(line for line in response.iter_lines() if "process_completed" in line)
            assert '"success":false' in told.replace(" ", "")
        for name in [model["id"] for model in eve.get("/v1/models").json()["data"]]:
            assert "secret." not in eve.get("/v1/documents", params={"collection": name}).text
        # Nor is it given out since.
        assert "4711" not in eve.get(f"/gradio_api/file={path.format(tmp=tmp_path)}").text


def test_a_pages_events_go_to_whoever_opened_it(guarded: Guarded) -> None:
    page = {"session_hash": "bobs"}
    with (
        logged_in(guarded, "bob") as bob,
        logged_in(guarded, "eve") as eve,
        bob.stream("GET", "/gradio_api/queue/data", params=page) as response,
    ):
        assert response.status_code == 200
        assert eve.get("/gradio_api/queue/data", params=page).status_code == 403


def test_a_key_opens_no_window_and_a_server_with_accounts_is_ready(guarded: Guarded) -> None:
    with guarded.client("ann reads") as reader:
        assert reader.get("/config").status_code == 401
        assert reader.get("/readyz").json() == {"status": "ok", "problems": []}


def test_uploads_go_into_a_collection_of_ones_own(guarded: Guarded) -> None:
    taken = {}
    for name in ("bob", "ann", "bob"):
        with guarded.client(name) as client:
            files = {"files": (f"{name}.md", b"A note.")}
            own = client.post("/v1/documents", params={"collection": "seeds"}, files=files).json()["collection"]
            assert taken.setdefault(name, own) == own
    assert taken["ann"] != taken["bob"]


def test_no_more_passwords_are_tried_at_once_than_one_after_the_other(guarded: Guarded) -> None:
    def tried(_: int) -> int:
        return httpx.post(
            f"{guarded.address}/login", data={"name": "many", "password": "wrong"}, timeout=60
        ).status_code

    with ThreadPoolExecutor(12) as people:
        statuses = Counter(people.map(tried, range(12)))
    assert statuses == {401: 5, 429: 7}


@pytest.mark.nightly
def test_a_form_that_does_not_come_ends_the_connection(guarded: Guarded) -> None:
    address = urlsplit(guarded.address)
    with socket.create_connection((address.hostname, address.port or 0), timeout=120) as connection:
        connection.sendall(b"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5000\r\n\r\nname=ann")
        assert connection.recv(65536).startswith(b"HTTP/1.1 408")


def test_evaluations_are_made_one_after_the_other_and_end_with_what_their_account_may(guarded: Guarded) -> None:
    accounts = accounts_of(guarded.data)
    accounts.add("dora", None)
    accounts.grant("dora", "seeds", Level.READ)
    dora = accounts.add_key("dora", "", "read")
    questions = [{"id": str(number), "question": f"Who led delegation {number}?"} for number in range(400)]
    with guarded.client(dora) as hers, guarded.client("bob") as his:
        asked = {"collection": "seeds", "name": "long", "questions": questions}
        assert hers.post("/v1/evaluations", json=asked).status_code == 202
        while not hers.get("/v1/evaluations/long").json()["done"]:
            time.sleep(0.05)
        short = {"collection": "seeds", "name": "short", "questions": questions[:1]}
        assert his.post("/v1/evaluations", json=short).status_code == 202
        before = hers.get("/v1/evaluations/long").json()["done"]
        while hers.get("/v1/evaluations/long").json()["done"] < before + 3:
            time.sleep(0.05)
        waiting = his.get("/v1/evaluations/short").json()
        assert (waiting["state"], waiting["questions"]) == ("running", 0)
        accounts.grant("dora", "seeds", Level.NONE)
        while his.get("/v1/evaluations/short").json()["state"] != "done":
            time.sleep(0.05)
        ended = hers.get("/v1/evaluations/long").json()
        assert ended["state"] == "failed"
        assert ended["done"] < len(questions)
