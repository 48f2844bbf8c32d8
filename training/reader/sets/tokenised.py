"""Text whose tokens are parted by spaces, as people would have written it."""

import re
from collections.abc import Sequence

from training.reader.examples import Span

_PARTED = re.compile(
    r"""
    ``\x20? | \x20?'' | (?P<straight>\x20"(?:\x20|$)|^"\x20)   # quotation marks
    | (?P<open>-l[rsc]b-\x20?) | (?P<close>\x20?-r[rsc]b-)      # brackets by name
    | \x20(?=[,;:.!?%)\]}]) | (?<=[(\[{$£€])\x20                # signs that stand close
    | \x20(?=(?:n't|'(?:s|re|ve|ll|d|m))\b) | (?<=\w)\x20'\x20(?=s\b)
    | (?<=\d\x20,)(?<!\d{4}\x20,)\x20(?=\d{3}\b) | (?<=\w)\x20-\x20(?=\w) | (?<=\w)\x20/\x20(?=\w)
    | (?<=\b(?:gon|wan))\x20(?=na\b) | (?<=\bgot)\x20(?=ta\b)
    | \x20--\x20 | (?<=\#)\x20(?=\d)
    """,
    re.IGNORECASE | re.VERBOSE,
)
_BRACKETS = {"-lrb-": "(", "-lsb-": "[", "-lcb-": "{", "-rrb-": ")", "-rsb-": "]", "-rcb-": "}"}


def detokenised(text: str, spans: Sequence[Span] = ()) -> tuple[str, list[Span]]:
    """The text without the spaces between tokens that nobody writes, and where the spans, whole tokens, are then."""
    pieces: list[str] = []
    edges: list[tuple[int, int, int]] = []  # of what is replaced: start, end, and where its end is then
    done = length = 0
    is_open = False
    for match in _PARTED.finditer(text):
        start, end = match.span()
        if match["straight"]:
            is_open = not is_open
        new = _instead(match, is_open)
        pieces += [text[done:start], new]
        length += start - done + len(new)
        edges.append((start, end, length))
        done = end
    pieces.append(text[done:])

    def moved(place: int) -> int:
        before, after = 0, 0
        for start, end, new_end in edges:
            if place <= start:
                break
            if place < end:  # within what is replaced: at its end, as a token is behind the space before it
                return new_end
            before, after = end, new_end
        return after + place - before

    return "".join(pieces), [(moved(start), moved(end)) for start, end in spans]


def _instead(match: re.Match[str], is_open: bool) -> str:
    found = match.group().strip()
    if match["straight"]:
        before, after = (" ", "") if is_open else ("", " ")
        return f'{before if match.start() else ""}"{after if match.string[match.end() :][:1].isalnum() else ""}'
    if found in {"``", "''"}:
        return '"'
    if match["open"] or match["close"]:
        return _BRACKETS[found.lower()]
    return {"-": "-", "/": "/", "--": " – ", "'": "'"}.get(found, "")
