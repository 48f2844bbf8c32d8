"""Forms that a text writes as lines: a label, a colon, a value."""

import re
from itertools import groupby

from rag.formats.parsed_document import Row, Table
from rag.formats.tables.line_search import matches_at_lines

_LONGEST_VALUE = 80
"""Characters; what is longer is a sentence, as of somebody who speaks."""

_LINE = re.compile(
    r"^[ \t]*(?:[-*+•][ \t]+)?(?P<label>[*_]{0,3}[^\W\d_][^:|.!?;\n]{0,60}):(?P<close>[*_]{0,3})[ \t]+"
    r"(?P<value>\S[^\n]*)$",
    re.MULTILINE,
)


def label_lines(text: str) -> list[Table]:
    """The forms of `text`: two lines or more that follow each other, each a label and a short value."""
    found = list(matches_at_lines(_LINE, text, ":"))
    run = 0
    runs: list[int] = []
    for number, line in enumerate(found):
        follows = number and text[found[number - 1].end() : line.start()] == "\n"
        run += not follows
        runs.append(run)
    forms = [[line for _, line in group] for _, group in groupby(zip(runs, found, strict=True), key=lambda one: one[0])]
    return [
        Table((), [_row(line) for line in form])
        for form in forms
        if len(form) > 1 and all(len(line["value"].rstrip(" \t")) <= _LONGEST_VALUE for line in form)
    ]


def _row(line: re.Match[str]) -> Row:
    start = line.end() - len(line.group().lstrip())
    end = line.start() + len(line.group().rstrip(" \t"))
    return Row(start, end, (_bare(line, "label"), _bare(line, "value")))


def _bare(line: re.Match[str], part: str) -> tuple[int, int]:
    """The range of a part without the emphasis around it and the blanks behind it."""
    text = line[part].rstrip(" \t")
    bare = text.strip("*_`") or text
    left = line.start(part) + text.find(bare)
    return left, left + len(bare)
