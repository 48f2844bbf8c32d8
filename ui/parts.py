"""What handlers of the page's parts have in common."""

from typing import Any

Shown = dict[Any, Any]
"""What parts of the page are to hold, by part."""

QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
"""For events: no spinner over parts that say themselves how far they are, and no place in an API."""
