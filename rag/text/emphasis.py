"""Text as people read it, without the marks by which Markdown emphasises and links."""

import re

_MARKS = re.compile(
    r"(?P<strong>\*\*|__)(?=\S)(?P<in_strong>[^\n]*?\S)(?P=strong)(?!\w)"
    r"|(?<!\w)`(?P<in_code>[^`\n]+)`"
    r"|!?\[(?P<in_link>[^\[\]\n]*)\]\([^()\s]*\)"
)
_HEADING = re.compile(r"^#{1,6}[ \t]+", re.MULTILINE)


def without_marks(text: str) -> str:
    """`text` without pairs of marks around words, targets of links and the signs of headings."""
    if not any(mark in text for mark in "*_`[#"):
        return text
    plain = _HEADING.sub("", text)
    before = None
    while before != plain:
        before = plain
        plain = _MARKS.sub(lambda found: found["in_strong"] or found["in_code"] or found["in_link"] or "", plain)
    return plain
