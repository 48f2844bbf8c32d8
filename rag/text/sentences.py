"""Sentences of a text as exact character ranges, aware of the lines that Markdown and plain text give meaning."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence

import sentencex

from rag.text.abbreviations import ends_unseen, goes_on
from rag.text.languages import language_of
from rag.text.markdown_syntax import BULLET, FENCE, HEADING, NUMBER, UNDERLINE, code_fence

Span = tuple[int, int]

LONGEST_HEADING = 80

_IN_SIGHT = 80
"""Characters on either side of a full stop that tell what it is."""

_LINE = re.compile(r"[^\n]*\n?")
# Plain text has a bullet of its own.
_ITEM = rf"(?:{BULLET}|•)"
_HEADING = re.compile(rf"\s{{0,3}}{HEADING}\s")
_UNDERLINE = re.compile(UNDERLINE, re.MULTILINE)
_STARTS_BLOCK = re.compile(rf"\s*({_ITEM}\s|{NUMBER}\s|\||>|{HEADING}\s|{FENCE})")
_STANDS_ALONE = re.compile(rf"\s{{0,3}}{HEADING}\s|\s*(\||[-*_=]{{3,}}\s*$)")
_BULLET = re.compile(rf"[ \t]*(?:{_ITEM}\s+|>\s*(?=[^\s\d>=])|\|\s*|{HEADING}\s+)*")
_CLOSING = re.compile(r"[*_]{1,3}(?=\s|\Z)")
_MARKER = re.compile(rf"\s*(?:(?:{_ITEM}|>)\s+|\|\s*|{NUMBER}\s+|{HEADING}\s+)*")


def sentence_spans(text: str, language: str | None = None) -> list[Span]:
    """Ranges of the sentences of `text`: in order, apart, and between them hold every visible character.

    A heading, a list item, a table row and a line of code begin a sentence of their own, whatever their punctuation.
    `language` (ISO 639-1) is that of the document; it is told from `text` where it is not known.
    """
    language = language or language_of(text)
    return [
        span
        for block_start, block_end in _blocks(text)
        for span in _sentences_of_block(text[block_start:block_end], block_start, language)
    ]


def is_heading(text: str, span: Span) -> bool:
    """Whether a sentence introduces what follows it and says nothing by itself.

    True for a Markdown heading and what underlines it, and for a short line between blank lines that no punctuation
    closes.
    """
    start, end = span
    if _HEADING.match(text, start, end):
        return True
    if _UNDERLINE.match(text, start, end):
        return text[start - 1 : start] == "\n" and text[start - 2 : start - 1].isalnum()
    if end - start > LONGEST_HEADING or _STARTS_BLOCK.match(text, start, end) or not text[end - 1].isalnum():
        return False
    begins_apart = text[max(0, start - 2) : start] in {"", "\n", "\n\n"} and "\n" not in text[start:end]
    if not begins_apart or text[end : end + 2] != "\n\n":
        return begins_apart and _UNDERLINE.match(text, end + 1) is not None
    # A title and a subtitle may follow each other; more lines like them are notes without full stops.
    following = text[end : end + 4 * LONGEST_HEADING].split("\n\n")[1:3]
    return any(
        len(block) > LONGEST_HEADING or not block.rstrip()[-1:].isalnum() for block in following if block.strip()
    )


def trim_marker(text: str, span: Span) -> Span:
    """`span` without the list, quotation or heading marker that it begins with, or a table row's outer bars."""
    start, end = span
    bullet = _BULLET.match(text, start, end) if _begins_line(text, start) else None
    start = bullet.end() if bullet else start
    while text[start:end].endswith("|"):
        end = start + len(text[start : end - 1].rstrip())
    return (start, end) if start < end else span


def with_whole_rows(spans: Sequence[Span], rows: Sequence[Span]) -> list[Span]:
    """`spans` with each row of a table as one in place of what lies in it; both are in order."""
    if not rows:
        return list(spans)
    starts = [start for start, _ in rows]

    def is_in_row(span: Span) -> bool:
        last = bisect_right(starts, span[0])
        return (last > 0 and span[0] < rows[last - 1][1]) or (last < len(rows) and rows[last][0] < span[1])

    return sorted([*(span for span in spans if not is_in_row(span)), *rows])


def quotable_spans(passage: str, language: str | None = None, rows: Sequence[Span] = ()) -> list[Span]:
    """Ranges of the sentences that can stand in an answer, without list markers: no headings, no bare punctuation.

    `rows` are those of tables, each a statement whatever stands in it.
    """
    sentences = with_whole_rows(sentence_spans(passage, language), rows)
    # Between bars where there are rows, what is none is their header.
    spans = (
        trim_marker(passage, span)
        for span in sentences
        if span in rows or not (is_heading(passage, span) or (rows and passage.startswith("|", span[0])))
    )
    return [span for span in spans if any(letter.isalnum() for letter in passage[slice(*span)])]


def _begins_line(text: str, start: int) -> bool:
    return not text[max(0, start - LONGEST_HEADING) : start].rpartition("\n")[2].strip()


def _after_marker(text: str, start: int, end: int) -> int:
    marker = _MARKER.match(text, start, end)
    return marker.end() if marker else start


def _blocks(text: str) -> Iterator[Span]:
    """Runs of lines that a sentence may cross: paragraphs, list items; headings, table rows and code lines alone."""
    start: int | None = None
    open_fence = ""
    for line in _LINE.finditer(text):
        content = line.group()
        fence = code_fence(content)
        alone = bool(open_fence or fence or _STANDS_ALONE.match(content))
        if start is not None and (alone or not content.strip() or _STARTS_BLOCK.match(content)):
            yield start, line.start()
            start = None
        if not open_fence:
            open_fence = fence
        elif fence.startswith(open_fence):
            open_fence = ""
        if not content.strip():
            continue
        if alone:
            yield line.span()
        elif start is None:
            start = line.start()
    if start is not None:
        yield start, len(text)


def _sentences_of_block(block: str, offset: int, language: str) -> Iterator[Span]:
    # A list marker such as `1.` would pass for a sentence.
    marker_end = _after_marker(block, 0, len(block))
    ends = [marker_end + end for end in _ends(block[marker_end:], language)]
    for start, end in zip([0, *ends], [*ends, len(block)], strict=True):
        piece = block[start:end].lstrip()
        left = offset + end - len(piece)
        if piece:
            yield left, left + len(piece.rstrip())


def _ends(text: str, language: str) -> list[int]:
    """Where the sentences of `text` end, without the last one's end."""
    ends = [boundary["end_index"] for boundary in sentencex.get_sentence_boundaries(language, text)[:-1]]
    found = {*(end for end in ends if not _goes_on(text, end, language)), *ends_unseen(language, text)}
    # Emphasis that ends with the sentence is of it.
    return sorted({closing.end() if (closing := _CLOSING.match(text, end)) else end for end in found} - {len(text)})


def _goes_on(text: str, end: int, language: str) -> bool:
    first = max(0, end - _IN_SIGHT)
    before = text[first:end].rstrip()
    # Terminators are known for every script; only a full stop has other uses.
    stop = first + len(before)
    return before.endswith(".") and goes_on(language, before[:-1], text[stop : stop + _IN_SIGHT])
