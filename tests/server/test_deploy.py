"""What docs/deploy.md says, tried: the unit by systemd's own eyes, and nginx with TLS before a server."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from rag.library.rights import Level
from rag.server.accounts import accounts_of
from tests.conftest import REPOSITORY
from tests.llm_server import Reply, ScriptedServer
from tests.nginx import NAME, NGINX, running_nginx
from tests.server.conftest import OpenServer

DEPLOY = REPOSITORY / "deploy"
PASSWORD = "correct horse battery"
RUSSIA = {"model": "seeds", "messages": [{"role": "user", "content": "Who led the Russian delegation?"}]}

pytestmark = pytest.mark.nightly


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not here")
def test_the_unit_is_one(tmp_path: Path) -> None:
    unit = (DEPLOY / "footnote.service").read_text(encoding="utf-8")
    file = tmp_path / "footnote.service"
    file.write_text(unit.replace("/opt/footnote/bin/rag", str(Path(sys.executable).with_name("rag"))), encoding="utf-8")
    checked = subprocess.run(["systemd-analyze", "verify", file], capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


@pytest.fixture
def behind_nginx(
    tmp_path: Path, open_server: OpenServer, running_llm_server: ScriptedServer
) -> Iterator[tuple[httpx.Client, str]]:
    """A client of a server behind nginx with TLS, and bob's key."""
    accounts = accounts_of(tmp_path / "data")
    accounts.add("bob", PASSWORD)
    accounts.grant("bob", "seeds", Level.READ)
    key = accounts.add_key("bob", "", "admin")
    server = open_server(
        RAG_LOGIN="yes",
        RAG_ALLOWED_HOSTS=NAME,
        RAG_DATA_DIR=str(tmp_path / "data"),
        RAG_LLM="openai/m",
        OPENAI_BASE_URL=running_llm_server.address,
    )
    with running_nginx(tmp_path, "nginx.conf", {"http://127.0.0.1:7860": server}) as client:
        yield client, key


@pytest.mark.skipif(not NGINX, reason="nginx is not here")
def test_nginx_with_tls_stands_before_a_server(
    behind_nginx: tuple[httpx.Client, str], running_llm_server: ScriptedServer
) -> None:
    client, key = behind_nginx
    own = {"sni_hostname": NAME}
    program = {"Authorization": f"Bearer {key}"}
    assert client.get("/v1/models", extensions=own).status_code == 401
    assert client.get("/v1/models", headers={"Host": "other.example.org"} | program, extensions=own).status_code == 403
    logged_in = client.post("/login", data={"name": "bob", "password": PASSWORD}, extensions=own)
    assert logged_in.status_code == 303
    assert "Secure" in logged_in.headers["set-cookie"]
    assert "HttpOnly" in logged_in.headers["set-cookie"]
    page = client.get("/", headers={"Cookie": logged_in.headers["set-cookie"].split(";")[0]}, extensions=own)
    assert page.headers["strict-transport-security"]
    assert "Chat" in page.text
    running_llm_server.says("Alexander Lavrentiev headed the Russian delegation [1].")
    answer = client.post("/v1/chat/completions", json=RUSSIA, headers=program, extensions=own).json()
    assert "Lavrentiev" in answer["choices"][0]["message"]["content"]
    # A stream comes while it is written, and not when it is over.
    running_llm_server.says(Reply("Alexander Lavrentiev headed the Russian delegation. " * 50, endless=True))
    asked = RUSSIA | {"stream": True}
    with client.stream("POST", "/v1/chat/completions", json=asked, headers=program, extensions=own) as response:
        assert next(response.iter_text())
    assert running_llm_server.stopped.wait(30)
    taken = client.post(
        "/v1/documents",
        params={"collection": "seeds"},
        files={"files": ("a.md", b"The gate is open.\n" * 100_000)},
        headers=program,
        extensions=own,
    )
    assert taken.status_code == 202
