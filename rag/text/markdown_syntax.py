"""What makes a line of Markdown a heading, an item or the edge of code, as regular expressions to be put together."""

import re

HEADING = "#{1,6}"
"""The number signs of a heading, which white space follows."""

UNDERLINE = r"(?P<underline>={3,}|-{3,})[ \t]*$"
UNDERLINED = rf"(?P<underlined>(?:\A|(?<=\n\n))[^\W\d_][^|\n]{{0,79}})\n{UNDERLINE}"
"""A heading of one line that a line of signs underlines: = the highest level, - the next."""

BULLET = "[-*+]"
NUMBER = r"\d{1,3}[.)]"
"""The mark of an item in a list, which white space follows."""

FENCE = "`{3,}+|~{3,}+"
CODE_FENCE = rf"(?P<fence>{FENCE})(?!.*(?P=fence))"
"""What parts code from text: a run that does not stand on its line again, which would be code within the line."""

_CODE_FENCE = re.compile(rf"[ \t]*{CODE_FENCE}")


def underlined_level(line: re.Match[str]) -> int:
    """The level of what UNDERLINED matched."""
    return 1 if line["underline"].startswith("=") else 2


def code_fence(line: str) -> str:
    """The run that parts code from text in this line, else nothing. Code ends with a run that starts with its first."""
    found = _CODE_FENCE.match(line)
    return found["fence"] if found else ""
