"""Nothing is phoned home, and nothing written but where `rag where` says: seen from outside, with strace."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from rag.no_telemetry import SWITCHES
from tests.conftest import REPOSITORY
from tests.e2e.persons import ask
from tests.straced import STRACE, contacted, straced, written
from tests.warm import address_in, free_port

RAG = [sys.executable, "-m", "rag.cli"]

WATCHED_SECONDS = [12, pytest.param(60, marks=pytest.mark.nightly)]
"""Libraries collect what they send, and send it from time to time: ONNX Runtime within 10 seconds of being loaded."""

NO_FILES = ("/dev/", "/proc/")


@pytest.mark.skipif(STRACE is None, reason="strace is not here")
@pytest.mark.parametrize("watched_seconds", WATCHED_SECONDS)
def test_nothing_goes_to_another_machine_or_into_another_folder(
    request: pytest.FixtureRequest, page: Page, tmp_path: Path, watched_seconds: int
) -> None:
    home, work, logs = (tmp_path / name for name in ("home", "work", "logs"))
    for folder in (home, work, logs, tmp_path / "temporary"):
        folder.mkdir()
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "TMPDIR": str(tmp_path / "temporary"),
        # What Python keeps beside its modules is the installation's, as is what Gradio does on its first import.
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    subprocess.run([sys.executable, "-c", "import gradio"], env=environment, cwd=work, check=True)

    def run(*arguments: str | Path, traced: bool = True) -> str:
        before = straced(logs / str(arguments[0])) if traced else []
        command = [*before, *RAG, *map(str, arguments)]
        done = subprocess.run(command, env=environment, cwd=work, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done
        return done.stdout

    run("index", REPOSITORY / "seeds")
    command = [*straced(logs / "chat"), *RAG, "chat", "--port", str(free_port()), "--json"]
    chat = subprocess.Popen(command, env=environment, cwd=work, stdout=subprocess.PIPE, text=True)
    request.addfinalizer(chat.kill)
    page.goto(address_in(chat.stdout))
    expect(ask(page, "Who led the Russian delegation?")).to_contain_text("Alexander Lavrentiev")
    asked = time.monotonic()
    assert "Lavrentiev" in run("ask", "Who led the Russian delegation?")
    (tmp_path / "q.jsonl").write_text(
        '{"id": 1, "question": "Who led the Russian delegation?", "answers": ["Lavrentiev"]}'
    )
    run("eval", tmp_path / "q.jsonl", "--out", work / "out")
    run("report", work / "out")
    time.sleep(max(0.0, asked + watched_seconds - time.monotonic()))
    chat.terminate()
    chat.communicate()

    where = json.loads(run("where", "--json", traced=False))
    allowed = [Path(where[name]) for name in ("indexes", "cache", "data", "temporary")] + [work / "out"]
    for command in ("index", "ask", "eval", "report", "chat"):
        log = logs / command
        assert contacted(log) == set(), command
        outside = {path for path in written(log, work) if not any(path.is_relative_to(folder) for folder in allowed)}
        # The folders above those are made with them.
        outside -= {above for folder in allowed for above in folder.parents}
        assert {str(path) for path in outside if not str(path).startswith(NO_FILES)} == set(), command


@pytest.mark.parametrize("package", ["rag", "ui", "training", "benchmarks"])
def test_every_package_switches_telemetry_off_before_a_library_is_loaded(package: str) -> None:
    code = f"import os, sys, {package}; print(*sys.modules); print(os.environ['ORT_DISABLE_TELEMETRY'])"
    environment = {name: value for name, value in os.environ.items() if name not in SWITCHES}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env=environment, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    loaded, switch = done.stdout.splitlines()
    assert switch == "1"
    assert not {"onnxruntime", "gradio", "huggingface_hub"} & set(loaded.split())
