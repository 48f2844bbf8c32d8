"""What handlers of the page's parts have in common."""

from typing import Any

Shown = dict[Any, Any]
"""What parts of the page are to hold, by part."""

QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
"""For events: no spinner over parts that say themselves how far they are, and no place in an API."""

IN_TURN: dict[str, Any] = {"concurrency_limit": 1, "concurrency_id": "collections"}
"""For events that say which collections there are: what was found first is shown first."""
