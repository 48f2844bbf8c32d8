"""What a page holds and does not show or no longer says: hidden and struck-out passages."""

import re
from collections import Counter
from collections.abc import Mapping

from rag.formats.left_out import HIDDEN, STRUCK, LeftOut

_UNREAD = frozenset(
    "script style template noscript nav svg iframe video audio canvas select datalist object applet annotation".split()  # noqa: SIM905
)
_STRUCK = frozenset({"s", "del", "strike"})
_HIDDEN_STYLE = re.compile(r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse))\b", re.IGNORECASE)
_STRUCK_STYLE = re.compile(r"(?:^|;)\s*text-decoration(?:-line)?\s*:[^;]*\bline-through\b", re.IGNORECASE)


class Visibility:
    """The part of a page that is being left out, and what was, counted.

    It begins with an element that says so, or holds no text at all as scripts do, and ends with it.
    """

    def __init__(self) -> None:
        self.left_out: LeftOut = Counter()
        self.depth = 0
        """Of the elements that are being left out, 0 where none is."""
        self._unread_from: int | None = None
        self._reason: str | None = None
        self._holds_text = False

    def start(self, tag: str, attributes: Mapping[str, str]) -> bool:
        """Whether an element that begins is left out."""
        is_unread = tag in _UNREAD
        if not self.depth:
            if not attributes and not is_unread and tag not in _STRUCK:
                return False
            reason = None if is_unread else _reason(tag, attributes)
            if reason is None and not is_unread:
                return False
            self._reason, self._holds_text = reason, False
        self.depth += 1
        if is_unread and self._unread_from is None:
            self._unread_from = self.depth
        return True

    def end(self) -> None:
        """An element's end in what is left out."""
        if self.depth == self._unread_from:
            self._unread_from = None
        self.depth -= 1
        if not self.depth and self._reason and self._holds_text:
            self.left_out[self._reason] += 1

    def data(self, text: str) -> None:
        """Text in what is left out."""
        self._holds_text = self._holds_text or (self._unread_from is None and not text.isspace())


def _reason(tag: str, attributes: Mapping[str, str]) -> str | None:
    style = attributes.get("style", "")
    if tag in _STRUCK or (style and _STRUCK_STYLE.search(style)):
        return STRUCK
    if (style and _HIDDEN_STYLE.search(style)) or attributes.get("hidden", "until-found") != "until-found":
        # Notes that an e-book shows where they are asked for.
        role = attributes.get("epub:type", "") + attributes.get("role", "")
        return None if "note" in role and "noteref" not in role else HIDDEN
    return None
