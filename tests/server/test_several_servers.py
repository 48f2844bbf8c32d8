"""Three servers over one PostgreSQL behind nginx: one is killed under load, and nobody notices but by a retry."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import httpx
import pytest

from tests.conftest import RunRag
from tests.nginx import NAME, NGINX, running_nginx
from tests.postgres_server import PostgresServer, running_postgres
from tests.server.conftest import OpenServer
from tests.warm import RunningWindow

pytestmark = [pytest.mark.nightly, pytest.mark.skipif(not NGINX, reason="nginx is not here")]

FACTS = {f"Lighthouse {letter}{number}": 100 + 10 * number for letter in "KLM" for number in range(8)}
OWN = {"sni_hostname": NAME}
ASKED_AT_ONCE = 6


@pytest.fixture(scope="module")
def database() -> Iterator[PostgresServer]:
    with running_postgres() as server:
        yield server


def write_facts(folder: Path, metres: int) -> None:
    folder.mkdir(exist_ok=True)
    for name, height in FACTS.items():
        (folder / f"{name}.md").write_text(f"# {name}\n\n{name} stands {height + metres} metres above the sea.\n")


def ask(client: httpx.Client, name: str) -> str:
    """The answer, for which who asks may have to ask a second time."""
    asked = {
        "model": "facts",
        "messages": [{"role": "user", "content": f"How many metres above the sea does {name} stand?"}],
    }
    for _ in range(2):
        try:
            answer = client.post("/v1/chat/completions", json=asked, extensions=OWN)
        except httpx.TransportError:
            continue
        if answer.status_code == httpx.codes.OK:
            return str(answer.json()["choices"][0]["message"]["content"])
    return "none"


def test_a_server_of_three_is_killed_under_load(
    database: PostgresServer, open_server: OpenServer, run_rag: RunRag, tmp_path: Path
) -> None:
    url = database.create("shared")
    write_facts(tmp_path / "facts", 0)
    indexed = run_rag("index", tmp_path / "facts", "--index", "facts", RAG_STORE=url)
    assert indexed.returncode == 0, indexed
    shared = {"RAG_STORE": url, "RAG_ALLOWED_HOSTS": NAME, "RAG_DATA_DIR": str(tmp_path / "data")}
    servers: list[RunningWindow] = [open_server("--index", "facts", **shared) for _ in range(3)]
    ports = {f"127.0.0.1:{7861 + place}": server.removeprefix("http://") for place, server in enumerate(servers)}
    with running_nginx(tmp_path, "nginx-servers.conf", ports) as client:
        assert client.get("/readyz", extensions=OWN).json() == {"status": "ok", "problems": []}
        begun = Event()

        def one(place: int) -> tuple[str, str]:
            name = list(FACTS)[place % len(FACTS)]
            if place == 2 * ASKED_AT_ONCE:
                begun.set()
            return name, ask(client, name)

        with ThreadPoolExecutor(ASKED_AT_ONCE) as people:
            answers = [people.submit(one, place) for place in range(8 * ASKED_AT_ONCE)]
            begun.wait(60)
            os.kill(servers[1].process, signal.SIGKILL)
            found = [answer.result() for answer in answers]
        wrong = [(name, answer) for name, answer in found if str(FACTS[name]) not in answer]
        assert wrong == []
        servers[1].wait()
        # The two that are left see what a command changes, at the next question.
        write_facts(tmp_path / "facts", 1)
        assert run_rag("index", tmp_path / "facts", "--index", "facts", RAG_STORE=url).returncode == 0
        for name in list(FACTS)[: 2 * len(servers)]:
            assert str(FACTS[name] + 1) in ask(client, name)
        # The database is killed: whoever asks is told, and answered once it is back.
        database.kill()
        asked = {"model": "facts", "messages": [{"role": "user", "content": "How high does Lighthouse K1 stand?"}]}
        told = client.post("/v1/chat/completions", json=asked, extensions=OWN)
        assert told.status_code == httpx.codes.SERVICE_UNAVAILABLE
        assert "cannot be reached" in told.json()["error"]["message"]
        assert client.get("/readyz", extensions=OWN).json()["status"] == "not ready"
        database.start()
        assert str(FACTS["Lighthouse K1"] + 1) in ask(client, "Lighthouse K1")
