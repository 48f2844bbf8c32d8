"""nginx in a folder of a test's own, with a site of deploy/ and a certificate for it."""

import os
import shutil
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.conftest import REPOSITORY
from tests.warm import free_port

NAME = "footnote.example.org"
# The server itself, which is on the machine that has it, and not where a person types commands.
NGINX = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")


@contextmanager
def running_nginx(folder: Path, site: str, addresses: Mapping[str, str]) -> Iterator[httpx.Client]:
    """A client of nginx with the site deploy/`site`, in which `addresses` stand for those of the file."""
    certificate, secret = folder / "cert.pem", folder / "key.pem"
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={NAME}"]
    made += ["-addext", f"subjectAltName=DNS:{NAME}", "-keyout", str(secret), "-out", str(certificate)]
    subprocess.run(made, check=True, capture_output=True)
    port = free_port()
    text = (REPOSITORY / "deploy" / site).read_text(encoding="utf-8")
    own = {
        "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
        "/etc/ssl/footnote.pem": str(certificate),
        "/etc/ssl/footnote.key": str(secret),
    }
    for ours, here in (own | dict(addresses)).items():
        assert ours in text
        text = text.replace(ours, here)
    paths = "".join(
        f"{kind}_temp_path {folder / kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    # Else what it keeps of an upload would be another's.
    user = "user root;\n" if os.geteuid() == 0 else ""
    head = f"{user}daemon off;\npid {folder / 'pid'};\nevents {{}}\n"
    configuration = folder / "nginx.conf"
    configuration.write_text(f"{head}http {{\naccess_log off;\n{paths}{text}}}\n", encoding="utf-8")
    nginx = subprocess.Popen([NGINX or "nginx", "-c", configuration, "-e", folder / "error.log", "-p", folder])
    try:
        while True:
            assert nginx.poll() is None, (folder / "error.log").read_text()
            with socket.socket() as probe:
                if not probe.connect_ex(("127.0.0.1", port)):
                    break
            time.sleep(0.05)
        context = ssl.create_default_context(cafile=str(certificate))
        with httpx.Client(
            transport=httpx.HTTPTransport(verify=context),
            base_url=f"https://127.0.0.1:{port}",
            headers={"Host": NAME},
            timeout=60,
        ) as client:
            yield client
    finally:
        nginx.send_signal(signal.SIGQUIT)
        nginx.wait()
