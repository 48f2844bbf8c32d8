import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from rag.cluster.address import client_address
from rag.cluster.version import FOOTNOTE, difference
from rag.cores import core_count
from rag.errors import ConfigError
from tests.conftest import REPOSITORY, RunRag
from tests.warm import free_port

HERE = {FOOTNOTE: "0.1.0 (aaaaaaaaaaaa)", "Python": "3.11", "Ray": "2.60.0"}


def test_an_address_names_the_port_for_clients_of_a_head() -> None:
    assert client_address("ray") is None
    assert client_address("ray://head.example.org:10001") == ("head.example.org", 10001)
    assert client_address("ray://[::1]:10001") == ("::1", 10001)


@pytest.mark.parametrize(
    "given",
    ["", "Ray", "ray:", "ray://", "ray://host", "ray://host:0", "ray://host:99999", "ray://host:1/x", "http://host:1",
     "ray://a b:1x", "ray://user@host:1", "ray://host:1?x", "auto", "host:6379"],
)  # fmt: skip
def test_what_is_no_address_is_refused(given: str) -> None:
    with pytest.raises(ConfigError, match="Give ray for the cores of this machine, or ray://HOST:PORT"):
        client_address(given)


def test_another_version_is_named_with_both() -> None:
    assert difference(HERE, dict(HERE)) is None
    said = difference(HERE | {FOOTNOTE: "0.2.0", "Python": "3.12"}, HERE)
    assert said == (
        "has footnote-rag 0.2.0 where this machine has 0.1.0 (aaaaaaaaaaaa)"
        " and Python 3.12 where this machine has 3.11. Install the same on both."
    )
    assert "does not have footnote-rag" in difference(HERE | {FOOTNOTE: ""}, HERE)


@pytest.mark.parametrize(
    ("package", "told"),
    [("raise ImportError('none here')", ""), ("__version__ = '0.0.9'", "0.0.9"), ("", "")],
)
def test_what_asks_for_a_version_travels_to_where_there_is_another_or_none(
    package: str, told: str, tmp_path: Path
) -> None:
    from ray import cloudpickle

    from rag.cluster.version import version_there

    (tmp_path / "rag").mkdir()
    (tmp_path / "rag" / "__init__.py").write_text(package)
    sent = tmp_path / "sent"
    sent.write_bytes(cloudpickle.dumps(version_there()))
    code = f"import pickle; print(pickle.loads(open({str(sent)!r}, 'rb').read())()['footnote-rag'])"
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.returncode) == (told, 0), done.stderr


def test_where_nothing_answers_it_is_said_and_nothing_is_indexed(run_rag: RunRag, documents: Path) -> None:
    port = free_port()
    done = run_rag("index", documents, "--on", f"ray://127.0.0.1:{port}", "--index", "there")
    assert done.returncode == 2
    assert f"Error: --on ray://127.0.0.1:{port}: no cluster answers there (Connection refused)" in done.stderr
    assert "Traceback" not in done.stderr
    assert run_rag("documents", "--index", "there").returncode == 2


def test_what_listens_and_says_nothing_is_not_waited_for(tmp_path: Path) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        address = f"ray://127.0.0.1:{silent.getsockname()[1]}"
        code = (
            "from rag.cluster.connection import connected; from rag.errors import ConfigError\n"
            f"try:\n    with connected({address!r}, seconds=1): pass\n"
            "except ConfigError as error:\n    print(error)"
        )
        done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert f"--on {address}: no cluster answers there (nothing for 1 seconds)" in done.stdout
    assert (done.stderr, done.returncode) == ("", 0)


def test_without_the_extra_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from rag.cluster.connection import connected

    monkeypatch.setitem(sys.modules, "ray", None)
    with (
        pytest.raises(ConfigError, match=r"pip install 'footnote-rag\[ray\]'"),
        connected("ray://127.0.0.1:1"),
    ):
        pass


def test_ray_is_loaded_by_nothing_that_does_not_ask_for_it() -> None:
    code = (
        "import sys, rag.cli, rag.build, rag.ingest.update, rag.evaluate.evaluation, rag.cluster.connection\n"
        "import rag.ingest.cluster_readers; print('ray' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_a_worker_counts_on_one_core() -> None:
    code = "from rag.cores import core_count, use_one_core; use_one_core(); print(core_count())"
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert done.stdout == "1\n"
    assert core_count() >= 1
