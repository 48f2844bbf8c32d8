"""Markdown, and the headings of any text written like it."""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from operator import itemgetter

from rag.formats.left_out import STRUCK
from rag.formats.left_out import notes as notes_on
from rag.formats.markdown_struck import without_struck
from rag.formats.parsed_document import ParsedDocument, Section
from rag.formats.tables.line_search import matches_at_lines
from rag.formats.tables.markdown_tables import markdown_tables
from rag.formats.text import decode, finished
from rag.text.headings import LOWEST, Heading, below_others
from rag.text.markdown_syntax import CODE_FENCE, HEADING, UNDERLINED, underlined_level
from rag.text.sentences import LONGEST_HEADING, Span, is_heading

_MARKED_LINE = re.compile(
    rf"^(?: {{0,3}}(?P<level>{HEADING})[ \t](?P<title>.*)|[ \t]*{CODE_FENCE})|{UNDERLINED}", re.MULTILINE
)
_FENCE_LINE = re.compile(rf"^[ \t]*{CODE_FENCE}", re.MULTILINE)
_LEADING = re.compile(
    r"(?:(?P<numbered>\d{1,2}(?P<deeper>(?:\.\d{1,2}){0,3})\.?[ \t]+[^\W\d_][^\n]{0,70}[^\W_])(?=\n\n)"
    rf"|(?P<lone>[^\W_][^\n]{{0,{LONGEST_HEADING - 2}}}[^\W_])(?=\n\n)"
    rf"|\*\*(?P<bold>[^*:\n]{{1,{LONGEST_HEADING}}}[^*.,;!\n])\*\*(?=\n[ \t]*\S|\n\n)"
    r"|(?P<over>[^\W_][^\n:.;,]{0,38}[^\W_])(?::\n\n?|\n)(?=[^\W_a-z]))"
)
"""The first line of a paragraph, where it may head what follows."""
_HEADS = ("numbered", "lone", "bold", "over")
_SHORT = 0.6
"""Share of a line of prose that a heading over it fills at most."""
_ENDS = tuple('.!?…。！？)"”’')
_MARKUP = re.compile(r"\*\*|__|`|!?\[([^\[\]\n]*)\]\([^()\n]*\)")


def read_markdown(raw: bytes) -> ParsedDocument:
    """A Markdown file as it stands, less what is struck out; its title is the first heading of the top level."""
    text, encoding, notes = decode(raw)
    text, struck = without_struck(text)
    notes += notes_on(Counter({STRUCK: struck}))
    sections, tables = heading_sections(text), markdown_tables(text)
    return finished(ParsedDocument(text, first_title(text), None, sections, {}, notes, tables, encoding))


def heading_sections(text: str) -> list[Section]:
    """What each heading of `text` stands over, from its own line to the next heading's or the end.

    Headings are those of Markdown and, below them, lines that stand alone: in bold, or as is_heading has them.
    """
    marked = [(start, level, title) for start, level, title in _headings(text) if title]
    found = sorted(marked + _alone(text, len(marked) < 2))
    ends = [*(start for start, *_ in found[1:]), len(text)]
    return [
        Section("heading", start, end, title=title, level=level)
        for (start, level, title), end in zip(found, ends, strict=False)
    ]


def first_title(text: str) -> str | None:
    """The first heading of the top level, or None."""
    return next((title for _, level, title in _headings(text) if level == 1 and title), None)


def _headings(text: str) -> Iterator[tuple[int, int, str]]:
    """Start, level and title of each heading line outside fenced code."""
    open_fence: str | None = None
    # A character is looked for sooner than several.
    may_have_others = any(sign[-1] in text and sign in text for sign in ("```", "~~~", "\n===", "\n---"))
    for line in _MARKED_LINE.finditer(text) if may_have_others else matches_at_lines(_MARKED_LINE, text, "#"):
        level, title, fence, underlined = line.group("level", "title", "fence", "underlined")
        if open_fence is None and fence is None:
            depth = underlined_level(line) if underlined else len(level)
            yield line.start(), depth, _heading_title(underlined or title)
        elif open_fence is None:
            open_fence = fence
        elif fence is not None and fence.startswith(open_fence):
            open_fence = None


def _alone(text: str, nests: bool) -> list[tuple[int, int, str]]:
    """Start, level and title of each line that stands alone, or over a paragraph, and heads what follows.

    Where it `nests`, there may be several levels of them.
    """
    fenced = list(_fenced(text)) if "`" in text or "~" in text else []
    leading = [line for start in _short_beginnings(text) if (line := _LEADING.match(text, start))]
    over = [line for line in leading if line["over"] and _is_over_prose(text, line)]
    numbered = [line for line in leading if line["numbered"] and not _is_item(text, line)]
    # What a marked heading follows at once, such as a signature, heads nothing.
    lone = [line for line in leading if line["lone"] and not text.startswith("#", line.end() + 2)]
    found = [line for line in leading if line["bold"]] + [x for x in lone if is_heading(text, x.span("lone"))]
    # A single one may be a salutation, or an item.
    for several in (over, numbered):
        found += several if len(several) > 1 else []
    found = [line for line in found if not _is_within(fenced, line.start())]
    titles = [next(line[name] for name in _HEADS if line[name]) for line in found]
    headings = [
        Heading(LOWEST + (line["deeper"] or "").count("."), _heading_title(title.rstrip(":")))
        for line, title in zip(found, titles, strict=True)
    ]
    headings = below_others(headings) if nests and not any(line["deeper"] for line in found) else headings
    return [(line.start(), *heading) for line, heading in zip(found, headings, strict=True)]


def _is_within(spans: list[Span], place: int) -> bool:
    before = bisect_right(spans, place, key=itemgetter(0)) - 1
    return before >= 0 and place < spans[before][1]


def _is_item(text: str, line: re.Match[str]) -> bool:
    """Whether a numbered line is an item of a list: another one follows that is as deep, or nothing."""
    following = _LEADING.match(text, line.end() + 2)
    if following and following["numbered"]:
        return len(following["deeper"]) <= len(line["deeper"])
    return not text[line.end() :].strip()


def _short_beginnings(text: str) -> Iterator[int]:
    """Where what blank lines part begins with a line that is short enough for a heading."""
    at = 0
    while True:
        if 0 <= text.find("\n", at, at + LONGEST_HEADING + 5) > at:
            yield at
        at = text.find("\n\n", at) + 2
        if at < 2:
            return


def _is_over_prose(text: str, line: re.Match[str]) -> bool:
    """Whether what follows a line is prose, in lines that it would have filled as the first of them."""
    end = text.find("\n\n", line.end())
    under = text[line.end() : end if end >= 0 else len(text)].rstrip()
    longest = max(map(len, under.split("\n")))
    return len(line["over"]) <= _SHORT * longest and under[-1:] in _ENDS and not line["over"][0].islower()


def _fenced(text: str) -> Iterator[Span]:
    """The ranges of fenced code."""
    opened: re.Match[str] | None = None
    for line in _FENCE_LINE.finditer(text):
        if opened is None:
            opened = line
        elif line["fence"].startswith(opened["fence"]):
            yield opened.start(), line.end()
            opened = None
    if opened is not None:
        yield opened.start(), len(text)


def _heading_title(text: str) -> str:
    """A heading's text without its markup and the number signs that may close it."""
    title = text.strip()
    unclosed = title.rstrip("#")
    if not unclosed or unclosed[-1].isspace():
        title = unclosed.rstrip()
    return _MARKUP.sub(r"\1", title).strip()
