"""Where work is done, as --on says it."""

from urllib.parse import urlsplit

from rag.errors import ConfigError

HERE = "ray"
"""A Ray of one's own on this machine, for as long as the work takes."""

_NOT_A_PLACE = (
    "--on: {given!r} is no place to work. Give ray for the cores of this machine, or ray://HOST:PORT for a cluster: its"
    " head, and its port for clients, which is 10001 unless it was started with another."
)


def client_address(on: str) -> tuple[str, int] | None:
    """Host and port of the head that `on` names; None for a Ray on this machine. Raises ConfigError."""
    if on == HERE:
        return None
    try:
        parts = urlsplit(on)
        host, port = parts.hostname, parts.port
        is_plain = on.isascii() and parts.path in ("", "/") and not (parts.query or parts.fragment or parts.username)
    except ValueError:
        host, port, is_plain = None, None, False
    if not host or not port or not is_plain or not on.startswith("ray://"):
        raise ConfigError(_NOT_A_PLACE.format(given=on))
    return host, port
