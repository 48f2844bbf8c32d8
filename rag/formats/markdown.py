"""Markdown, and the headings of any text written like it."""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from operator import itemgetter

import yaml

from rag.formats.left_out import STRUCK
from rag.formats.left_out import notes as notes_on
from rag.formats.markdown_struck import without_struck
from rag.formats.parsed_document import ParsedDocument, Section
from rag.formats.tables.line_search import matches_at_lines
from rag.formats.tables.markdown_tables import markdown_tables
from rag.formats.text import decode, finished, headed, iso_day, one_line
from rag.formats.titles import own_title
from rag.text.headings import LOWEST, Heading, below_others
from rag.text.markdown_syntax import CODE_FENCE, HEADING, UNDERLINED, underlined_level
from rag.text.sentences import LONGEST_HEADING, Span, is_heading

_MARKED_LINE = re.compile(rf"^ {{0,3}}(?P<level>{HEADING})[ \t](?P<title>.*)|{UNDERLINED}", re.MULTILINE)
_FENCE_LINE = re.compile(rf"^[ \t]*{CODE_FENCE}", re.MULTILINE)
_LEADING = re.compile(
    r"(?:(?P<numbered>\d{1,2}(?P<deeper>(?:\.\d{1,2}){0,3})\.?[ \t]+[^\W\d_][^\n]{0,70}[^\W_])(?=\n\n)"
    rf"|(?P<lone>[^\W_][^\n]{{0,{LONGEST_HEADING - 2}}}[^\W_])(?=\n\n)"
    rf"|\*\*(?P<bold>[^*:\n]{{1,{LONGEST_HEADING}}}[^*.,;!\n])\*\*(?=\n[ \t]*\S|\n\n)"
    r"|(?P<over>[^\W_][^\n:.;,]{0,38}[^\W_])(?::\n\n?|\n)(?=[^\W_a-z]))"
)
"""The first line of a paragraph, where it may head what follows."""
_HEADS = ("numbered", "lone", "bold", "over")
FRONT_MATTER = re.compile(r"---[ \t]*\n(?P<yaml>(?:(?!---[ \t]*\n)[^\n]{0,1000}\n){1,60})---[ \t]*(?:\n|\Z)")
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
    title, date, author = front_matter(text)
    return finished(
        ParsedDocument(text, first_title(text) or title, date, sections, {}, notes, tables, encoding, author)
    )


def front_matter(text: str) -> tuple[str | None, str | None, str | None]:
    """Title, day and author in the YAML between lines --- that a Markdown file begins with; None for what it lacks."""
    found = FRONT_MATTER.match(text)
    try:
        said = yaml.safe_load(found["yaml"]) if found else None
    except (yaml.YAMLError, ValueError, RecursionError):
        return None, None, None
    said = {str(key).lower(): value for key, value in said.items()} if isinstance(said, dict) else {}
    author = said.get("author") or said.get("authors")
    names = author if isinstance(author, list) else [author]
    written = ", ".join(one_line(name) for name in names if isinstance(name, str))
    return own_title(str(said.get("title") or "")), iso_day(str(said.get("date") or "")), written or None


def heading_sections(text: str) -> list[Section]:
    """What each heading of `text` stands over, from its own line to the next heading's or the end.

    Headings are those of Markdown and, below them, lines that stand alone: in bold, or as is_heading has them.
    """
    marked = [(start, heading) for start, heading in _headings(text) if heading.title]
    return headed(sorted(marked + _alone(text, len(marked) < 2)), len(text))


def first_title(text: str) -> str | None:
    """The first heading of the top level, or None."""
    return next((title for _, (level, title) in _headings(text) if level == 1 and title), None)


def _headings(text: str) -> Iterator[tuple[int, Heading]]:
    """Start of each heading line outside fenced code, and the heading."""
    fenced = list(_fenced(text))
    may_be_underlined = any(sign[-1] in text and sign in text for sign in ("\n===", "\n---"))
    for line in _MARKED_LINE.finditer(text) if may_be_underlined else matches_at_lines(_MARKED_LINE, text, "#"):
        if not _is_within(fenced, line.start()):
            level = underlined_level(line) if line["underlined"] else len(line["level"])
            yield line.start(), Heading(level, _heading_title(line["underlined"] or line["title"]))


def _alone(text: str, nests: bool) -> list[tuple[int, Heading]]:
    """Start of each line that stands alone, or over a paragraph, and heads what follows, and the heading.

    Where it `nests`, there may be several levels of them.
    """
    leading = [line for start in _short_beginnings(text) if (line := _LEADING.match(text, start))]
    found = {line.start(): line for line in leading if line["bold"] or _heads(text, line)}
    # A single one may be a salutation, or an item.
    over = [line for line in leading if line["over"] and _is_over_prose(text, line)]
    numbered = [line for line in leading if line["numbered"] and not _is_item(text, line)]
    for several in (over, numbered):
        found |= {line.start(): line for line in several if len(several) > 1}
    fenced = list(_fenced(text))
    lines = [line for start, line in found.items() if not _is_within(fenced, start)]
    titles = [next(line[name] for name in _HEADS if line[name]) for line in lines]
    headings = [
        Heading(LOWEST + (line["deeper"] or "").count("."), _heading_title(title.rstrip(":")))
        for line, title in zip(lines, titles, strict=True)
    ]
    headings = below_others(headings) if nests and not any(line["deeper"] for line in lines) else headings
    return [(line.start(), heading) for line, heading in zip(lines, headings, strict=True)]


def _heads(text: str, line: re.Match[str]) -> bool:
    """Whether a line that stands alone is a heading; none is what a marked one follows at once, such as a signature."""
    return not line["over"] and not text.startswith("#", line.end() + 2) and is_heading(text, line.span())


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
    # A character is looked for sooner than several.
    if "`" not in text and "~" not in text:
        return
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
