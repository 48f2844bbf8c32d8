"""A Ray of one's own, and clusters that are refused, each in a process of its own: make test-ray."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tests.ray_cluster import ray_cluster
from tests.straced import STRACE, contacted, straced

pytestmark = pytest.mark.ray

INDEXED = """
import os, sys
from contextlib import suppress
from pathlib import Path
from rag.build import build_index
from rag.cluster.connection import connected
from rag.config import load_config

def children(process):
    found = []
    with suppress(OSError):
        for task in Path(f"/proc/{process}/task").iterdir():
            found += map(int, (task / "children").read_text().split())
    return found + [below for child in found for below in children(child)]

with connected("ray") as cluster:
    from ray._common.usage.usage_lib import usage_stats_enabled
    assert not usage_stats_enabled()
    report = build_index(Path(sys.argv[1]), load_config(), "there", cluster=cluster)
    names = {}
    for process in children(os.getpid()):
        # Workers end and write titles over what they were started with.
        with suppress(OSError):
            names[process] = Path(f"/proc/{process}/cmdline").read_bytes().split(b"\\0")
    started = [process for process, name in names.items() if name[0].endswith((b"/gcs_server", b"/raylet"))]
    assert len(started) == 2 and not any(b"dashboard.py" in b" ".join(name) for name in names.values()), names
    for process in started:
        assert b"RAY_USAGE_STATS_ENABLED=0" in Path(f"/proc/{process}/environ").read_bytes()
    print(report.documents, report.passages)
try:
    with connected("ray://127.0.0.1:1"): pass
except Exception as error:
    print(error)
"""


@pytest.mark.skipif(STRACE is None, reason="strace is not here")
def test_a_folder_is_indexed_here_and_nothing_goes_to_another_machine_or_is_counted(
    documents: Path, rag_environment: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "home").mkdir()
    environment = {name: value for name, value in rag_environment.items() if not name.startswith("RAY_")}
    environment |= {"HOME": str(tmp_path / "home"), "RAG_INDEX_DIR": str(tmp_path / "indexes")}
    environment |= {"PYTHONPATH": str(REPOSITORY), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [*straced(tmp_path / "log"), sys.executable, "-c", INDEXED, str(documents)]
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    indexed, other = done.stdout.splitlines()
    assert indexed == "2 2"
    assert "either a Ray of its own or that of others" in other
    assert contacted(tmp_path / "log") == set()
    # Neither a token nor an identity is left behind.
    assert list((tmp_path / "home").iterdir()) == []


def test_a_head_with_another_version_is_refused_with_both(tmp_path: Path) -> None:
    package = tmp_path / "other" / "rag"
    package.mkdir(parents=True)
    for part in (REPOSITORY / "rag").iterdir():
        if part.name != "__init__.py":
            (package / part.name).symlink_to(part)
    init = (REPOSITORY / "rag" / "__init__.py").read_text()
    (package / "__init__.py").write_text(init.replace('__version__ = "', '__version__ = "77.'))
    with ray_cluster(0, {"PYTHONPATH": f"{package.parent}:{REPOSITORY}"}) as nodes:
        environment = os.environ | nodes.keys | {"PYTHONPATH": str(REPOSITORY), "RAG_INDEX_DIR": str(tmp_path)}
        command = [sys.executable, "-m", "rag.cli", "index", str(REPOSITORY / "seeds"), "--index", "there"]
        command += ["--on", nodes.address]
        other = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        code = f"from rag.cluster.connection import connected\nwith connected({nodes.address!r}, seconds=3): pass"
        unknown = subprocess.run(
            [sys.executable, "-c", code],
            env=environment | {"RAY_AUTH_TOKEN": "0" * 64},
            capture_output=True,
            text=True,
            check=False,
        )
    assert other.returncode == 2
    assert "has footnote-rag 77." in other.stderr
    assert " where this machine has 0." in other.stderr
    assert "Traceback" not in other.stderr
    assert not (tmp_path / "there").exists()
    assert "ConfigError" in unknown.stderr
    assert "no cluster answers there" in unknown.stderr


LEFT_ALONE = """
import os, sys
from pathlib import Path
from rag.build import build_index
from rag.cluster.connection import connected
from rag.config import load_config
from rag.errors import ConfigError
from tests.conftest import HashEmbedding

waited = []

def wait(progress):
    if progress.files_done >= 3 and not waited:
        waited.append(True)
        print("now", flush=True)
        sys.stdin.readline()

folder, embedding = Path(sys.argv[2]), HashEmbedding()
with connected(sys.argv[1]) as cluster:
    try:
        build_index(folder, load_config(), "there", embedding=embedding, cluster=cluster, on_progress=wait)
    except ConfigError as error:
        print(error)
print([child.read_text() for child in Path("/proc/self/task").glob("*/children") if child.read_text()])
"""


def test_a_cluster_that_is_gone_in_mid_run_is_said_to_be_and_nothing_takes_its_place(tmp_path: Path) -> None:
    folder = tmp_path / "documents"
    folder.mkdir()
    # More than are ahead of what is stored.
    for number in range(400):
        (folder / f"{number}.txt").write_text(f"Document {number} is about the number {number}.\n")
    with ray_cluster(1, {}) as nodes:
        # A second, not thirty, in which a connection may come back.
        environment = os.environ | nodes.keys | {"RAY_CLIENT_RECONNECT_GRACE_PERIOD": "1"}
        environment |= {"PYTHONPATH": str(REPOSITORY), "RAG_INDEX_DIR": str(tmp_path / "indexes")}
        command = [sys.executable, "-c", LEFT_ALONE, nodes.address, str(folder)]
        with subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as running:
            assert running.stdout.readline() == "now\n"
            nodes.stop()
            said, errors = running.communicate("go on\n")
    message, children = said.splitlines()
    assert "the cluster does not answer any more" in message
    assert "Nothing was changed" in message
    assert (children, errors, running.returncode) == ("[]", "", 0)
    assert not (tmp_path / "indexes" / "there" / "manifest.json").exists()
