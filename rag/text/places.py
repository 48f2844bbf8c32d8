"""Where one text stands in another."""

import re


def find_place(text: str, part: str, start: int = 0) -> tuple[int, int] | None:
    """Where `part` stands in `text`, from `start` on; white space may differ. None where it does not."""
    at = text.find(part, start)
    if at >= 0:
        return at, at + len(part)
    match = re.compile(r"\s+".join(map(re.escape, part.split()))).search(text, start) if part.split() else None
    return match.span() if match else None
