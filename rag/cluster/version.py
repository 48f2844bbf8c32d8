"""What the processes of a cluster have to agree on, or two of them might read or cut one file otherwise."""

from collections.abc import Callable

from rag import __version__
from rag.program import modules_sha256

FOOTNOTE = "footnote-rag"

Version = dict[str, str]
"""Versions by the name of what has them."""


def footnote_here() -> str:
    """Of this package: its modules count text, passages and models too, in READING_VERSION and others."""
    return f"{__version__} ({modules_sha256()[:12]})"


def version_there() -> Callable[[], Version]:
    """A function that tells the Version of whatever process it is called in, "" of footnote-rag where that is not.

    It is a function within one so that it travels whole, to where there is no module to find it in.
    """

    def told() -> dict[str, str]:
        import sys

        import ray

        try:
            from rag.cluster.version import footnote_here

            footnote = footnote_here()
        except ImportError:
            try:
                import rag

                footnote = str(rag.__version__)
            except (ImportError, AttributeError):
                footnote = ""
        return {"footnote-rag": footnote, "Python": ".".join(map(str, sys.version_info[:2])), "Ray": ray.__version__}

    return told


def version_here() -> Version:
    """Of this process."""
    return version_there()()


def difference(there: Version, here: Version) -> str | None:
    """In words, what another process has in another version than this one; None where it has none."""
    if not there[FOOTNOTE]:
        return "does not have footnote-rag. Install it there, with what it needs: pip install 'footnote-rag[ray]'."
    others = [f"{name} {there[name]} where this machine has {here[name]}" for name in here if there[name] != here[name]]
    return f"has {' and '.join(others)}. Install the same on both." if others else None
