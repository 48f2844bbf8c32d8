"""What makes a line of Markdown a heading, an item or the edge of code, as regular expressions to be put together."""

import re

HEADING = "#{1,6}"
"""The number signs of a heading, which white space follows."""

BULLET = "[-*+]"
NUMBER = r"\d{1,3}[.)]"
"""The mark of an item in a list, which white space follows."""

FENCE = "`{3,}+|~{3,}+"
CODE_FENCE = rf"(?P<fence>{FENCE})(?!.*(?P=fence))"
"""What parts code from text: a run that does not stand on its line again, which would be code within the line."""

_CODE_FENCE = re.compile(rf"[ \t]*{CODE_FENCE}")


def code_fence(line: str) -> str:
    """The run that parts code from text in this line, else nothing. Code ends with a run that starts with its first."""
    found = _CODE_FENCE.match(line)
    return found["fence"] if found else ""
