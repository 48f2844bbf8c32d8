"""The older messages that a mail quotes, each under a heading of its own, told by how mail programs set them off."""

import re
from collections.abc import Iterator, Sequence

from rag.formats.mail.header import header_lines

EARLIER, REPLY = "Earlier message", "Reply"
"""What the heading of an older message begins with, and the heading of what a mail says below one."""

_Message = tuple[str, list[tuple[str, str]], list[str]]
"""Heading, header and lines."""

_QUOTED = re.compile(r"(?:[ \t]?>(?!From ))+[ \t]?")
_FIELD = re.compile(r"[ \t]*\*{0,2}([^\W\d][^:：<>@]{0,30}?)[ \t\xa0]*(?::\*{0,2}|\*{1,2}:|：)(?:[ \t\xa0]+(.*))?$")
_ADDRESS = re.compile(r"[^\s<>@]+@[^\s<>@]+\.\w+")
_DAY = re.compile(r"\d{4}|\d{1,2}[./-]\d{1,2}[./-]\d{2}")
_TIME = re.compile(r"\d{1,2}[:.h]\d{2}")
_DIVIDER = re.compile(r"[ \t]*(?:_{10,}|-{3,}.{0,60}?-{3,})[ \t]*$|[^\W\d][^:.]{5,50}[:：]$")
# What mail programs call the sender, in the languages that most of them speak.
_FROM = frozenset(
    """from von de da van från fra od lähettäjä feladó от от\xa0кого від від\xa0кого kimden từ 发件人 寄件者 寄件人
    差出人 送信者 보낸사람 보낸\xa0사람 από מאת expéditeur afzender absender""".split()  # noqa: SIM905
)
_LONGEST_ATTRIBUTION = 3
"""Lines that a mail program may take to say who wrote what it quotes."""
_LONGEST_LINE = 400
_FEWEST_FIELDS, _MOST_FIELDS = 3, 10


def thread(text: str) -> str:
    """A mail's text with a heading over each older message that it quotes, and over what is new after one.

    The marks of quotation go, the header of a quoted mail is a form for `with_tables`, the order stays as it is.
    """
    blocks: list[str] = []
    for heading, fields, lines in _messages(text.split("\n")):
        body = "\n".join(lines).strip("\n").rstrip()
        form = "\n".join(header_lines(fields))
        if heading in {EARLIER, REPLY} and not body.strip():
            continue
        blocks += [f"## {heading}" if heading else "", form, body]
    return "\n\n".join(block for block in blocks if block.strip())


def _messages(lines: list[str]) -> Iterator[_Message]:
    """The messages of a thread in the order in which they stand."""
    # Of the messages that are open, by how deep they are quoted.
    headings = {0: ""}
    depth = 0
    message: _Message = ("", [], [])
    at = 0
    while at < len(lines):
        quoted, line = _unquoted(lines[at])
        if quoted > depth:
            headings = {level: heading for level, heading in headings.items() if level <= depth}
            headings[quoted] = _attributed(message[2])
            yield message
            depth, message = quoted, (headings[quoted], [], [])
        elif quoted < depth and line.strip():
            depth = quoted
            yield message
            message = (headings.get(depth, EARLIER) or REPLY, [], [])
        if fields := _header(lines, at, depth, message[2]):
            _drop_divider(message[2])
            yield message
            headings[depth] = _named(fields)
            message = (headings[depth], [(label, value) for label, value, _ in fields], [])
            at += sum(count for _, _, count in fields)
            continue
        message[2].append(line)
        if _is_attribution(line, alone=True) and not _is_followed_by_quote(lines, at + 1, depth):
            headings[depth] = _attributed(message[2])
            yield message
            message = (headings[depth], [], [])
        at += 1
    yield message


def _unquoted(line: str) -> tuple[int, str]:
    """How deep a line is quoted, and the line without the marks of it."""
    marks = _QUOTED.match(line) if ">" in line else None
    if not marks:
        return 0, line.removeprefix(">") if line.startswith(">From ") else line
    return marks.group().count(">"), line[marks.end() :]


def _is_attribution(line: str, alone: bool) -> bool:
    """Whether a line may say who wrote what follows: it ends with a colon and tells a day or an address.

    Where nothing but the line tells so (`alone`), both.
    """
    line = line.rstrip()
    if not line.endswith((":", "：")) or len(line) > _LONGEST_LINE:
        return False
    found = [bool(_ADDRESS.search(line)), bool(_DAY.search(line))]
    return all(found) if alone else any(found)


def _attributed(lines: list[str]) -> str:
    """The heading of what follows `lines`, from which it takes those that say who wrote it."""
    last = next((index for index in reversed(range(len(lines))) if lines[index].strip()), -1)
    paragraph: list[tuple[int, str]] = []
    for index in range(last, max(last - _LONGEST_ATTRIBUTION, -1), -1):
        if not lines[index].strip():
            break
        paragraph.append((index, " ".join(" ".join(lines[index : last + 1]).split())))
    # A line that holds the address only goes on from the one with the day.
    for alone in (True, False):
        for index, line in paragraph:
            if _is_attribution(line, alone):
                del lines[index:]
                return f"{EARLIER}: {line.rstrip(':： ')}"
    return EARLIER


def _is_followed_by_quote(lines: list[str], at: int, depth: int) -> bool:
    following = next((line for line in lines[at : at + _LONGEST_ATTRIBUTION] if _unquoted(line)[1].strip()), "")
    return _unquoted(following)[0] > depth


def _header(lines: list[str], at: int, depth: int, before: list[str]) -> list[tuple[str, str, int]]:
    """The fields of a quoted mail's header that begins at a line, each with how many lines it takes; or none."""
    if ":" not in lines[at] and "：" not in lines[at] and "*" not in lines[at]:
        return []
    if not _FIELD.match(_unquoted(lines[at])[1]):
        return []
    fields: list[tuple[str, str, int]] = []
    for line in lines[at : at + _MOST_FIELDS]:
        level, text = _unquoted(line)
        found = _FIELD.match(text) if level == depth else None
        if found:
            fields.append((found.group(1).strip(), (found.group(2) or "").strip(" *"), 1))
        elif level == depth and text.strip() and fields and fields[-1][1].endswith((";", ",")):
            # The addresses go on.
            label, value, count = fields[-1]
            fields[-1] = (label, f"{value} {text.strip()}", count + 1)
        else:
            break
    if len(fields) < _FEWEST_FIELDS - 1 or not any(_DAY.search(value) for _, value, _ in fields):
        return []
    last = next((line for line in reversed(before) if line.strip()), "")
    divided = bool(_DIVIDER.match(last))
    is_from = fields[:1] and fields[0][0].lower().replace(" ", "\xa0") in _FROM
    enough = len(fields) >= _FEWEST_FIELDS - divided
    return fields if enough and (is_from or (divided and any(map(_has_address, fields)))) else []


def _has_address(field: tuple[str, str, int]) -> bool:
    return bool(_ADDRESS.search(field[1]))


def _drop_divider(lines: list[str]) -> None:
    """Take away the line of dashes that stands over a quoted mail's header."""
    while lines and not lines[-1].strip():
        lines.pop()
    if lines and _DIVIDER.match(lines[-1]):
        lines.pop()


def _named(fields: Sequence[tuple[str, str, int]]) -> str:
    """The heading of a quoted mail by its header: its sender and day."""
    sender = fields[0][1]
    day = next((value for _, value, _ in fields[1:] if _DAY.search(value) and _TIME.search(value)), "")
    return f"{EARLIER}: {', '.join(filter(None, [sender, day]))}"
