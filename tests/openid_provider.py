"""A provider of OpenID Connect in a process of its own: Django OAuth Toolkit, with the people that a test names.

`python -m tests.openid_provider FOLDER NAME…` prints the provider's address. A person's password is PASSWORD.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.conf import settings
from django.core.wsgi import get_wsgi_application

CLIENT, SECRET, PASSWORD = "footnote", "kept between two servers", "another long password"

BACK = "http://127.0.0.1/login/openid/back"
"""Where alone it sends browsers on to; the port is not looked at."""

_FORM = """<form method="post">{% csrf_token %}{{ form }}<input type="hidden" name="next" value="{{ next }}">
<button>Go on</button></form>"""


@contextmanager
def running_provider(folder: Path, *names: str) -> Iterator[dict[str, str]]:
    """The settings of a server whose people may log in here, while a provider runs; the first person's number is 1."""
    command = [sys.executable, "-m", "tests.openid_provider", str(folder), *names]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        address = process.stdout.readline().strip()
        try:
            yield {
                "RAG_LOGIN": "yes",
                "RAG_OPENID_ISSUER": address,
                "RAG_OPENID_CLIENT_ID": CLIENT,
                "RAG_OPENID_CLIENT_SECRET": SECRET,
            }
        finally:
            process.terminate()


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *arguments: Any) -> None:
        pass


def configure(folder: Path) -> None:
    """Have Django keep what it keeps in a folder, and sign with a key of its own."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    settings.configure(
        SECRET_KEY="of a test",
        ALLOWED_HOSTS=["localhost"],
        ROOT_URLCONF="tests.openid_urls",
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": folder / "provider.sqlite"}},
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        INSTALLED_APPS=[f"django.contrib.{name}" for name in ("auth", "contenttypes", "sessions")]
        + ["oauth2_provider"],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
        ],
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "OPTIONS": {
                    "loaders": [
                        ("django.template.loaders.locmem.Loader", {"registration/login.html": _FORM}),
                        "django.template.loaders.app_directories.Loader",
                    ]
                },
            }
        ],
        OAUTH2_PROVIDER={
            "OIDC_ENABLED": True,
            "OIDC_RSA_PRIVATE_KEY": pem,
            "SCOPES": {"openid": "who you are", "profile": "your name", "email": "your address"},
            "OAUTH2_VALIDATOR_CLASS": "tests.openid_urls.NamedUsers",
        },
        USE_TZ=True,
    )


def main() -> None:
    """Serve until ended."""
    folder, *names = sys.argv[1:]
    configure(Path(folder))
    application = get_wsgi_application()
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from oauth2_provider.models import Application

    call_command("migrate", verbosity=0)
    for name in names:
        User.objects.create_user(name, password=PASSWORD)
    Application.objects.create(
        client_id=CLIENT,
        client_secret=SECRET,
        client_type=Application.CLIENT_CONFIDENTIAL,
        authorization_grant_type=Application.GRANT_AUTHORIZATION_CODE,
        redirect_uris=BACK,
        algorithm=Application.RS256_ALGORITHM,
        skip_authorization=True,
    )
    with make_server("127.0.0.1", 0, application, _Server, _Quiet) as server:
        print(f"http://localhost:{server.server_port}/o", flush=True)  # noqa: T201
        server.serve_forever()


if __name__ == "__main__":
    main()
