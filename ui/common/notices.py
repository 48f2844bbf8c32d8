"""HTML of what the window tells a person: a notice, what was done, why something was not."""

from collections.abc import Sequence

from markupsafe import Markup

from ui.common.said import capital, translated
from ui.common.templates import rendered


def notice_html(message: str) -> Markup:
    """A message in place of what would stand there."""
    return rendered("common/notice.html.j2", message=translated(message), role="")


def status_html(said: str) -> Markup:
    """What was done; a screen reader says it."""
    return rendered("common/notice.html.j2", message=said, role="status")


def alert_html(message: str, items: Sequence[str] = ()) -> Markup:
    """Why something was not done, with what there is to say of it one by one."""
    return rendered("common/alert.html.j2", message=capital(translated(message)), items=items)
