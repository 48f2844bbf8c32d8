"""What a text in Markdown strikes out, between two tildes on each side as GitHub's Markdown has it."""

import re
from collections.abc import Iterator

from rag.text.markdown_syntax import BULLET, HEADING, NUMBER, code_fence
from rag.text.sentences import Span

_ITEM = rf"(?:{BULLET}|{NUMBER})[ \t]+"
_LINE = re.compile(r"[^\n]*\n?")
_BEGINS_BLOCK = re.compile(rf"[ \t]*(?:\n|[|>]|{HEADING}[ \t]|{_ITEM})")
_SIGNS = re.compile(r"\\.|`+|~+|\|", re.DOTALL)
_MARK_ALONE = re.compile(rf"[ \t]*(?:{_ITEM}(?:\[[ xX]\][ \t]+)?)?")


def without_struck(text: str) -> tuple[str, int]:
    """`text` without what is struck out in it, and how many passages that is; code stays as it is."""
    if "~~" not in text:
        return text, 0
    struck = [span for block in _blocks(text) for span in _struck_in(text, *block)]
    kept: list[str] = []
    at = 0
    for span in struck:
        start, end = _with_its_room(text, *span)
        kept.append(text[at:start])
        if text[start - 1 : start].isalnum() and text[end : end + 1].isalnum():
            # What stands on both sides is not one word.
            kept.append(" ")
        at = end
    return "".join([*kept, text[at:]]), len(struck)


def _blocks(text: str) -> Iterator[Span]:
    """Parts of a text outside of fenced code that marks may reach through: paragraphs, items, headings, rows."""
    open_fence = ""
    start = 0
    for line in _LINE.finditer(text):
        fence = code_fence(line.group())
        if not open_fence and (fence or _BEGINS_BLOCK.match(line.group())):
            yield start, line.start()
            start = line.start()
        if open_fence or fence:
            start = line.end()
            open_fence = fence if not open_fence else "" if fence.startswith(open_fence) else open_fence
    yield start, len(text)


def _struck_in(text: str, start: int, end: int) -> Iterator[Span]:
    if "~~" not in text[start:end]:
        return
    signs = list(_SIGNS.finditer(text, start, end))
    is_row = text[start:end].lstrip().startswith("|")
    opened: int | None = None
    code_until = start
    for number, sign in enumerate(signs):
        if sign.start() < code_until:
            continue
        what = sign.group()
        if what[0] == "`":
            ends = (signs[other] for other in range(number + 1, len(signs)))
            code_until = next((end.end() for end in ends if end.group() == what), code_until)
        elif what == "|" and is_row:
            opened = None
        elif what == "~~" and opened is not None and not text[sign.start() - 1].isspace():
            yield opened, sign.end()
            opened = None
        elif what == "~~" and not text[sign.end() : sign.end() + 1].isspace():
            opened = sign.start()


def _with_its_room(text: str, start: int, end: int) -> Span:
    """What goes with a struck passage: the space before or behind it, or the line that has nothing else."""
    line = text.rfind("\n", 0, start) + 1
    stop = text.find("\n", end)
    stop = len(text) if stop < 0 else stop
    if _MARK_ALONE.fullmatch(text, line, start) and not text[end:stop].strip():
        return line, min(stop + 1, len(text))
    if start == line:
        return start, end + len(text[end:stop]) - len(text[end:stop].lstrip(" \t"))
    if text[end : end + 1].isalnum():
        return start, end
    return line + len(text[line:start].rstrip(" \t")), end
