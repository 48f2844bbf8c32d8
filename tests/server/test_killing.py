"""A server that is killed while it works loses nothing that it said it had kept."""

import json
import os
import random
import signal
import sqlite3
import threading
import time
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from rag.config import Config
from rag.evaluate.folder import ANSWERS_FILE
from rag.library.rights import Level
from rag.server.accounts import FILE, accounts_of
from rag.store.manifest import MANIFEST_FILE
from rag.store.verify import verify_index
from tests.warm import WarmRag
from ui.app import HISTORY_FILE

NAME = "killed"
QUESTIONS = 10
"""Of the evaluation, for each kill."""


@pytest.mark.parametrize("kills", [1, pytest.param(30, marks=pytest.mark.nightly)])
def test_a_server_survives_a_kill_at_any_moment(
    rag_environment: dict[str, str], warm_rag: WarmRag, tmp_path: Path, kills: int
) -> None:
    data, indexes = tmp_path / "data", tmp_path / "indexes"
    environment = rag_environment | {
        "RAG_DATA_DIR": str(data),
        "RAG_INDEX_DIR": str(indexes),
        "RAG_LOGIN": "yes",
    }
    accounts = accounts_of(data)
    accounts.add("ann", None, is_admin=True)
    key = accounts.add_key("ann", "", "admin")
    chance = random.Random(kills)
    taken: list[str] = []
    questions = [{"id": str(at), "question": f"Who led delegation {at}?"} for at in range(QUESTIONS * kills)]
    for number in range(kills + 1):
        is_last = number == kills
        server = warm_rag.open_window(["serve"], environment, tmp_path)
        with httpx.Client(base_url=server, headers={"Authorization": f"Bearer {key}"}, timeout=120) as client:
            try:
                if number == 0:
                    assert client.post("/v1/collections", json={"name": NAME}).status_code == 201
                assert NAME in [model["id"] for model in client.get("/v1/models").json()["data"]]
                if not is_last:
                    threading.Timer(chance.uniform(0, 1.5), os.kill, [server.process, signal.SIGKILL]).start()
                with suppress(httpx.HTTPError):
                    evaluate(client, questions)
                    work(client, number, taken)
                if is_last:
                    listed = finished(client)
                    assert {row["id"] for row in listed["data"] if row["state"] == "indexed"} >= set(taken)
                    assert evaluated(client, questions)["questions"] == len(questions)
                else:
                    server.wait()
            finally:
                server.stop()
        index = Config(index_dir=indexes, data_dir=data).index_folder(NAME)
        if (index / MANIFEST_FILE).exists():
            assert verify_index(index).problems == []
        for file in (data / FILE, data / HISTORY_FILE):
            if file.exists():
                with closing(sqlite3.connect(file)) as connection:
                    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        # What was made while it ran is there.
        (ann,) = accounts.all()
        assert accounts.grants(ann.id) == {NAME: Level.OWN}
    # Each question was answered, once.
    (answers,) = data.rglob(f"run/{ANSWERS_FILE}")
    rows = [json.loads(line) for line in answers.read_text(encoding="utf-8").splitlines()]
    assert [row["id"] for row in rows] == [question["id"] for question in questions]


def work(client: httpx.Client, number: int, taken: list[str]) -> None:
    """Upload documents, which are kept once that is said, and ask while they are read."""
    for at in range(4):
        files = [("files", (f"{number}-{at}-{one}.md", f"Buoy {one} is {at} m long.\n".encode())) for one in range(5)]
        taken += client.post("/v1/documents", params={"collection": NAME}, files=files).json()["taken"]
        question = {"model": NAME, "messages": [{"role": "user", "content": "How long is buoy 3?"}]}
        client.post("/v1/chat/completions", json=question)


def evaluate(client: httpx.Client, questions: list[dict[str, str]]) -> httpx.Response:
    """Begin an evaluation, or go on with it where it was killed."""
    return client.post("/v1/evaluations", json={"collection": "seeds", "name": "run", "questions": questions})


def evaluated(client: httpx.Client, questions: list[dict[str, str]]) -> dict[str, Any]:
    """What came of the evaluation."""
    while (run := client.get("/v1/evaluations/run").json())["state"] != "done":
        if run["state"] == "interrupted":
            assert evaluate(client, questions).status_code == 202
        assert run["state"] != "failed", run
        time.sleep(0.1)
    return dict(run["metrics"])


def finished(client: httpx.Client) -> dict:
    """What is listed once nothing is read any more."""
    while True:
        listed = client.get("/v1/documents", params={"collection": NAME}).json()
        if not listed["update"] or listed["update"]["state"] not in ("running", "stopping"):
            return listed
        time.sleep(0.1)
