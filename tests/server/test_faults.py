"""What goes wrong around a server is said in /readyz, loses nothing, and leaves the rest as it was."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from rag.config import Config
from rag.errors import RagError
from rag.server.accounts import FILE, accounts_of
from rag.server.health import CLOCK_SECONDS, Clock
from rag.store.verify import verify_index
from tests.llm_server import Reply, ScriptedServer
from tests.server.conftest import OpenServer
from tests.warm import address_in, free_port
from ui.app import HISTORY_FILE
from ui.chat.history import History

RUSSIA = {"model": "seeds", "messages": [{"role": "user", "content": "Who led the Russian delegation?"}]}


def answer(client: httpx.Client) -> str:
    """What is answered to a question that the seeds answer."""
    response = client.post("/v1/chat/completions", json=RUSSIA)
    assert response.status_code == 200
    return str(response.json()["choices"][0]["message"]["content"])


def ready(client: httpx.Client) -> tuple[int, str, str]:
    """How a server says that it stands."""
    response = client.get("/readyz")
    body = response.json()
    return response.status_code, body["status"], " ".join(body["problems"])


def uploaded(client: httpx.Client, collection: str, *names: str) -> httpx.Response:
    files = [("files", (name, f"The buoy of {name} is red.\n".encode())) for name in names]
    return client.post("/v1/documents", params={"collection": collection}, files=files)


def indexed(client: httpx.Client, collection: str) -> set[str]:
    """The documents of a collection, once nothing is read any more."""
    while True:
        listed = client.get("/v1/documents", params={"collection": collection}).json()
        if not listed["update"] or listed["update"]["state"] not in ("running", "stopping"):
            return {row["id"] for row in listed["data"] if row["state"] == "indexed"}
        time.sleep(0.05)


SMALL_DISK = """mount -t tmpfs -o size=24m none "$0" && exec "$@" """


ADD_ANN = """echo "a password of hers" | "$PYTHON" -m rag.cli user add ann --admin --password-stdin >&2 &&
"$PYTHON" -m rag.cli key add ann --scope admin && exec "$PYTHON" -m rag.cli "$@" """


@contextmanager
def begun(command: list[str], environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """A process that has imported nothing before, and ends with the block."""
    with subprocess.Popen(command, env=os.environ | environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.terminate()


@contextmanager
def on_a_small_disk(folder: Path, environment: dict[str, str]) -> Iterator[tuple[httpx.Client, Path]]:
    """A server with accounts that keeps everything on a disk of 24 MB, asked by one; and the way to that disk."""
    arguments = ["sh", "-c", ADD_ANN, "sh", "serve", "--port", str(free_port()), "--json"]
    environment = environment | {"PYTHON": sys.executable, "RAG_LOGIN": "yes"}
    settings = environment | {"RAG_DATA_DIR": str(folder / "data"), "RAG_INDEX_DIR": str(folder / "indexes")}
    command = ["unshare", "--map-root-user", "--mount", "sh", "-c", SMALL_DISK, str(folder), *arguments]
    with begun(command, settings) as process:
        assert process.stdout
        sent = {"Authorization": f"Bearer {process.stdout.readline().strip()}"}
        with httpx.Client(base_url=address_in(process.stdout), headers=sent, timeout=60) as client:
            yield client, Path(f"/proc/{process.pid}/root{folder}")


def may_mount(folder: Path) -> bool:
    """Whether this machine lets a process have a disk of its own."""
    command = ["unshare", "--map-root-user", "--mount", "mount", "-t", "tmpfs", "none", str(folder)]
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


def test_a_full_disk_stops_what_is_kept_and_nothing_else(rag_environment: dict[str, str], tmp_path: Path) -> None:
    if not may_mount(tmp_path):
        pytest.skip("this machine gives no disks")
    with on_a_small_disk(tmp_path, rag_environment) as (client, disk):
        client.post("/v1/collections", json={"name": "buoys"})
        uploaded(client, "buoys", "one.md")
        assert indexed(client, "buoys") == {"one.md"}
        assert ready(client) == (200, "ok", "")
        with open(disk / "filling", "wb", buffering=0) as filling:
            try:
                while True:
                    filling.write(bytes(4096))
            except OSError:
                pass
        assert "Lavrentiev" in answer(client)
        status, state, problems = ready(client)
        assert (status, state) == (200, "degraded")
        assert "The folder of data cannot be written" in problems
        assert "The folder of indexes cannot be written" in problems
        refused = uploaded(client, "buoys", "two.md", "three.md")
        update = client.get("/v1/documents", params={"collection": "buoys"}).json()["update"]
        assert "No space left on device" in f"{refused.text} {update}"
        assert indexed(client, "buoys") == {"one.md"}
        asked = RUSSIA | {"model": "buoys", "messages": [{"role": "user", "content": "What colour is the buoy?"}]}
        assert "red" in client.post("/v1/chat/completions", json=asked).text
        (disk / "filling").unlink()
        assert ready(client) == (200, "ok", "")
        uploaded(client, "buoys", "two.md", "three.md")
        assert indexed(client, "buoys") == {"one.md", "two.md", "three.md"}
        shutil.copytree(disk / "indexes" / "buoys", tmp_path / "copy")
    assert verify_index(tmp_path / "copy").problems == []


def test_a_model_that_hangs_is_waited_for_once(open_server: OpenServer, llm_server: ScriptedServer) -> None:
    llm_server.says(Reply("abcdef", fault="hang", fault_after=3))
    address = open_server(
        RAG_LLM="openai/m", OPENAI_BASE_URL=llm_server.address, RAG_LLM_TIMEOUT="4", RAG_SERVER_AT_ONCE="1",
        RAG_SERVER_WAITING="2",
    )  # fmt: skip
    with httpx.Client(base_url=address, timeout=60) as client, ThreadPoolExecutor(3) as people:
        assert ready(client) == (200, "ok", "")
        answers = [people.submit(answer, client) for _ in range(3)]
        while inside(client) < 3:
            time.sleep(0.01)
        # One more is told to come again; a search waits for nobody.
        busy = client.post("/v1/chat/completions", json=RUSSIA)
        assert (busy.status_code, busy.headers["retry-after"]) == (429, "1")
        assert busy.json()["error"]["code"] == "rate_limit_exceeded"
        found = client.post("/v1/search", json={"collection": "seeds", "question": "refugees"})
        assert found.json()["data"]
        assert not any(one.done() for one in answers)
        for one in answers:
            assert "Lavrentiev" in one.result()
        assert len(llm_server.requests) == 1
        status, state, problems = ready(client)
        assert (status, state) == (200, "degraded")
        assert "language model did not answer" in problems


def inside(client: httpx.Client) -> int:
    """Questions that are worked at or wait."""
    line = next(line for line in client.get("/metrics").text.splitlines() if line.startswith("footnote_requests_in"))
    return int(float(line.split()[1]))


def test_who_goes_away_leaves_no_question_behind(open_server: OpenServer, llm_server: ScriptedServer) -> None:
    llm_server.says(Reply("abcdef", fault="hang at once"))
    address = open_server(
        RAG_LLM="openai/m", OPENAI_BASE_URL=llm_server.address, RAG_LLM_TIMEOUT="600", RAG_SERVER_AT_ONCE="1"
    )
    with httpx.Client(base_url=address, timeout=60) as client:
        leaving = [socket.create_connection(("127.0.0.1", int(address.rpartition(":")[2]))) for _ in range(4)]
        for number, connection in enumerate(leaving, start=1):
            body = json.dumps(RUSSIA).encode()
            head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n"
            connection.sendall(f"{head}Content-Type: application/json\r\n\r\n".encode() + body)
            while inside(client) < number:
                time.sleep(0.01)
        while not llm_server.requests:
            time.sleep(0.01)
        for connection in reversed(leaving):
            connection.close()
        # Those who waited, and the one whom the model keeps waiting, which does not answer.
        while inside(client):
            time.sleep(0.01)
        assert len(llm_server.requests) == 1


MOST_FILES = 256


def test_more_connections_than_files_end_no_server(rag_environment: dict[str, str], tmp_path: Path) -> None:
    served = [sys.executable, "-m", "rag.cli", "serve", "--port", str(free_port()), "--json"]
    command = ["sh", "-c", f'ulimit -n {MOST_FILES}; exec "$@"', "sh", *served]
    with begun(command, rag_environment | {"RAG_DATA_DIR": str(tmp_path)}) as process:
        assert process.stdout
        address = address_in(process.stdout)
        idle = [socket.create_connection(("127.0.0.1", int(address.rpartition(":")[2]))) for _ in range(MOST_FILES)]
        while process.poll() is None and len(os.listdir(f"/proc/{process.pid}/fd")) < MOST_FILES:
            time.sleep(0.01)
        for connection in idle:
            connection.close()
        with httpx.Client(base_url=address, timeout=60) as client:
            assert "Lavrentiev" in answer(client)
            assert ready(client) == (200, "ok", "")
        assert process.poll() is None


DAMAGES: dict[str, Callable[[Path], None]] = {
    "no database": lambda file: file.write_bytes(b"not a database, for certain" * 1000),
    "cut off": lambda file: os.truncate(file, 5000),
}


@pytest.mark.parametrize(("name", "is_before"), [("no database", True), ("cut off", False)])
def test_a_conversation_database_that_is_damaged_stops_conversations_alone(
    open_server: OpenServer, tmp_path: Path, name: str, is_before: bool
) -> None:
    file = tmp_path / HISTORY_FILE
    if is_before:
        History(file).check()
        DAMAGES[name](file)
    address = open_server(RAG_DATA_DIR=str(tmp_path))
    with httpx.Client(base_url=address, timeout=60) as client:
        if not is_before:
            assert ready(client) == (200, "ok", "")
            DAMAGES[name](file)
        damaged = file.read_bytes()
        assert ready(client) == (200, "degraded", "Conversations cannot be read or kept; the log says why.")
        assert "Lavrentiev" in answer(client)
        assert client.post("/v1/collections", json={"name": tmp_path.name}).status_code == 201
        uploaded(client, tmp_path.name, "one.md")
        assert indexed(client, tmp_path.name) == {"one.md"}
        assert client.get("/").status_code == 200
        assert file.read_bytes() == damaged


def test_accounts_that_cannot_be_read_let_nobody_in(open_server: OpenServer, tmp_path: Path) -> None:
    accounts = accounts_of(tmp_path)
    accounts.add("ann", "a password of her own", is_admin=True)
    key = accounts.add_key("ann", "", "admin")
    address = open_server(RAG_DATA_DIR=str(tmp_path), RAG_LOGIN="yes")
    with httpx.Client(base_url=address, headers={"Authorization": f"Bearer {key}"}, timeout=60) as client:
        assert "Lavrentiev" in answer(client)
        assert ready(client) == (200, "ok", "")
        kept = (tmp_path / FILE).read_bytes()
        for suffix in ("-wal", "-shm"):
            (tmp_path / f"{FILE}{suffix}").unlink(missing_ok=True)
        (tmp_path / FILE).write_bytes(b"not a database, for certain" * 1000)
        status, state, problems = ready(client)
        assert (status, state) == (503, "not ready")
        assert "accounts cannot be read" in problems
        given = {"name": "ann", "password": "a password of her own"}
        for response in (
            client.post("/v1/chat/completions", json=RUSSIA),
            client.post("/login", data=given),
        ):
            assert response.status_code == 503
            assert "nobody is let in" in response.text
        (tmp_path / FILE).write_bytes(kept)
        assert ready(client) == (200, "ok", "")


def test_two_servers_on_one_folder_of_data_lose_nothing(open_server: OpenServer, tmp_path: Path) -> None:
    folders = {"RAG_DATA_DIR": str(tmp_path / "data"), "RAG_INDEX_DIR": str(tmp_path / "indexes")}
    addresses = [open_server(**folders) for _ in range(2)]
    with ThreadPoolExecutor(8) as people, closing_all(addresses) as clients:
        assert clients[0].post("/v1/collections", json={"name": "buoys"}).status_code == 201
        # A name is given once.
        given = people.map(lambda at: clients[at % 2].post("/v1/collections", json={"name": "shared"}), range(8))
        assert sorted(response.status_code for response in given) == [201, *[409] * 7]
        names = [f"{number}.md" for number in range(16)]
        taken = people.map(lambda at: uploaded(clients[at % 2], "buoys", names[at]).json()["taken"], range(16))
        assert sorted(name for one in taken for name in one) == sorted(names)
        # One that is at it while the other is, waits.
        for client in (*clients, *clients):
            found = indexed(client, "buoys")
        assert found == set(names)
        for client in clients:
            assert ready(client) == (200, "ok", "")
            asked = {"model": "buoys", "messages": [{"role": "user", "content": "What colour is the buoy of 7?"}]}
            assert "red" in client.post("/v1/chat/completions", json=asked).text
    assert verify_index(Config(index_dir=tmp_path / "indexes").index_folder("buoys")).problems == []


@contextmanager
def closing_all(addresses: list[str]) -> Iterator[list[httpx.Client]]:
    clients = [httpx.Client(base_url=address, timeout=60) for address in addresses]
    yield clients
    for client in clients:
        client.close()


def test_a_clock_that_is_set_back_is_told_of() -> None:
    seconds = {"now": 1000.0, "steady": 5.0}
    clock = Clock(lambda: seconds["now"], lambda: seconds["steady"])
    clock.look()
    # Set forward, as after a sleep in which nothing was counted; and corrected a little.
    for now, steady in ((2000.0, 5.0), (1100.0, 105.0), (1000.0 - CLOCK_SECONDS, 5.0)):
        seconds |= {"now": now, "steady": steady}
        clock.look()
    seconds |= {"now": 900.0, "steady": 105.0}
    with pytest.raises(RagError, match="set back by 200 seconds"):
        clock.look()
