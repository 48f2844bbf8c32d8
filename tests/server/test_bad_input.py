"""Whatever is sent: a 4xx that says what is wrong, as JSON; never a traceback."""

import json
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest

CHAT = "/v1/chat/completions"
RUSSIA = [{"role": "user", "content": "Who led the Russian delegation?"}]


def refused(response: httpx.Response) -> str:
    """What is said of a request that was refused."""
    assert 400 <= response.status_code < 500, response.text
    assert "Traceback" not in response.text
    message: str = response.json()["error"]["message"]
    assert message
    return message


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"x"',
        b"{}",
        b"\xff\xfe\x00",
        b'{"model": "seeds", "messages": "\xff"}',
        b'{"model": 1, "messages": 2}',
        b'{"model": "seeds", "messages": [1]}',
        b'{"model": "seeds", "messages": [{"role": "king", "content": "x"}]}',
        b'{"model": "seeds", "messages": [{"role": "user", "content": null}]}',
        b'{"model": "seeds", "messages": [{"role": "user", "content": "\\ud800"}]}',
        b'{"model": "\\ud800", "messages": [{"role": "user", "content": "x"}]}',
        b'{"model": "seeds", "messages": [{"role": "user", "content": "x"}], "\\ud800": 1}',
        b'{"a":' * 5000 + b"1" + b"}" * 5000,
        json.dumps({"model": "seeds", "messages": RUSSIA, "n": 10**400}).encode(),
        json.dumps({"model": "seeds", "messages": RUSSIA * 2000}).encode(),
    ],
)
def test_a_body_that_is_no_request_is_refused(api: httpx.Client, body: bytes) -> None:
    refused(api.post(CHAT, content=body, headers={"Content-Type": "application/json"}))


def test_a_body_that_is_too_large_is_refused_before_it_is_read(api: httpx.Client) -> None:
    def endless() -> Iterator[bytes]:
        yield b'{"model": "seeds", "messages": "'
        for _ in range(100):
            yield b"x" * 1_000_000

    for content in (endless(), b"x" * 5_000_000):
        try:
            response = api.post(CHAT, content=content, headers={"Content-Type": "application/json"})
        except (httpx.WriteError, httpx.RemoteProtocolError):
            # The server has answered and hung up while more was being sent.
            continue
        assert "larger than 4000000 bytes" in refused(response)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", CHAT),
        ("PUT", "/v1/models"),
        ("POST", "/v1/models/seeds"),
        ("DELETE", "/v1/collections/none"),
        ("GET", "/v1/none"),
    ],
)
def test_what_is_not_there_is_said(api: httpx.Client, method: str, path: str) -> None:
    refused(api.request(method, path))


@pytest.mark.parametrize(
    "upload",
    [
        {"content": b"x"},
        {"files": []},
        {"files": [("other", ("a.txt", b"x"))]},
        {"content": b"--x\r\n", "headers": {"Content-Type": "multipart/form-data; boundary=x"}},
        {"content": b"x", "headers": {"Content-Type": "multipart/form-data"}},
    ],
)
def test_an_upload_without_files_is_refused(api: httpx.Client, upload: dict[str, object]) -> None:
    refused(api.post("/v1/documents", params={"collection": "seeds"}, **upload))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "headers", [{"Host": "example.org"}, {"Origin": "https://example.org"}, {"Sec-Fetch-Site": "cross-site"}]
)
def test_another_sites_page_reads_nothing(api: httpx.Client, headers: dict[str, str]) -> None:
    for path in ("/v1/models", "/mcp", "/metrics"):
        assert api.get(path, headers=headers).status_code == 403


@pytest.mark.parametrize(
    "raw",
    [
        b"GET /v1/models HTTP/1.1\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(10_000)) + b"\r\n",
        b"GET /" + b"x" * 200_000 + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"NONSENSE\r\n\r\n",
        b"GET /v1/models HTTP/1.1\r\n\r\n",
        b"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -5\r\n\r\n",
    ],
)
def test_what_is_no_request_at_all_ends_the_connection_and_not_the_server(
    server: str, api: httpx.Client, raw: bytes
) -> None:
    address = urlsplit(server)
    with socket.create_connection((address.hostname, address.port or 0), timeout=30) as connection:
        answer, hung_up = b"", False
        try:
            connection.sendall(raw)
            connection.shutdown(socket.SHUT_WR)
            while piece := connection.recv(65536):
                answer += piece
        except OSError:
            # While more was being sent.
            hung_up = True
    assert answer.startswith(b"HTTP/1.1 4") or (hung_up and not answer)
    assert b"Traceback" not in answer
    assert api.get("/healthz").status_code == 200


@pytest.mark.nightly
@pytest.mark.parametrize("sent", [b"", b"GET /v1/models HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: "])
def test_a_head_that_does_not_come_ends_the_connection(server: str, sent: bytes) -> None:
    address = urlsplit(server)
    with socket.create_connection((address.hostname, address.port or 0), timeout=120) as connection:
        connection.sendall(sent)
        # It is closed by the other side, whatever this one would wait for.
        assert connection.recv(65536) in (b"", b"HTTP/1.1 400 Bad Request")


def test_what_no_text_is_made_of_is_refused(api: httpx.Client) -> None:
    texts = b'{"model": "all-MiniLM-L6-v2", "input": "\\ud800"}'
    refused(api.post("/v1/embeddings", content=texts, headers={"Content-Type": "application/json"}))
    refused(api.delete("/v1/documents", params={"collection": "seeds", "document": "a\0b"}))


def test_a_websocket_that_is_not_there_is_refused(server: str, api: httpx.Client) -> None:
    asked = {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "eA==",
    }
    assert api.get("/v1/none", headers=asked).status_code in (403, 404)
    assert api.get("/healthz").status_code == 200
