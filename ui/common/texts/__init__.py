"""The texts of the window, one file a language."""

import tomllib
from pathlib import Path

LANGUAGE = "en"

_TEXTS: dict[str, dict[str, str]] = tomllib.loads(
    (Path(__file__).parent / f"{LANGUAGE}.toml").read_text(encoding="utf-8")
)


def text(key: str, **values: object) -> str:
    """The text under a key such as `chat.ask`, with `values` for what stands in braces. Raises KeyError."""
    section, _, name = key.partition(".")
    return _TEXTS[section][name].format(**values)
