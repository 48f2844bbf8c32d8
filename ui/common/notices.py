"""HTML of what the window tells a person: a notice, what was done, why something was not."""

from collections.abc import Sequence

from ui.common.escape import inert


def notice_html(message: str) -> str:
    """A message in place of what would stand there."""
    return f'<p class="notice">{inert(message)}</p>'


def status_html(said: str) -> str:
    """What was done; a screen reader says it."""
    return f'<p class="notice" role="status">{inert(said)}</p>'


def alert_html(message: str, items: Sequence[str] = ()) -> str:
    """Why something was not done, with what there is to say of it one by one."""
    listed = f"<ul>{''.join(f'<li>{inert(item)}</li>' for item in items)}</ul>" if items else ""
    return f'<div class="alert" role="alert"><p>{inert(message)}</p>{listed}</div>'
