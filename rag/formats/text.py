"""What every reader does to text: decode it, rid it of what a converter leaves, join its parts."""

import codecs
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Literal, NamedTuple

from rag.errors import DocumentError
from rag.formats.encoding import FoundEncoding, encoding_name, found, is_mostly_utf_8
from rag.formats.parsed_document import ParsedDocument, Section
from rag.text.headings import Heading

_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_UTF_32 = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
_UTF_8 = "UTF-8"
_LINE_END = re.compile("\r\n|[\r\v\x85\u2028\u2029]")
_UNWRITABLE = re.compile("[\0-\x08\x0c\x0e-\x1f\x7f-\x9f\xad\ufdd0-\ufdef\ufeff\ud800-\udfff]")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_LONGEST_REASON = 120
# What browsers and mail programs take these names for.
_WIDER = {"ascii": "cp1252", "iso8859-1": "cp1252", "iso8859-9": "cp1254", "gb2312": "gb18030", "gbk": "gb18030"}
# Python's own, which are no encodings of documents, and some of them slow.
_NO_CHARSETS = frozenset({"idna", "punycode", "raw-unicode-escape", "unicode-escape"})


class Decoded(NamedTuple):
    """A file's text, the name of its encoding, and a sentence on that where the file does not say it."""

    text: str
    encoding: str
    notes: list[str]


def decode(raw: bytes) -> Decoded:
    """UTF-8, UTF-16 and UTF-32 that say so, or what is found to be another encoding.

    The text is without its byte order mark, with \\n for line ends. Raises DocumentError where the encoding stays
    unclear and for what is no text.
    """
    if raw.startswith(_UTF_16) and not raw.startswith(_UTF_32):
        try:
            return Decoded(plain(raw.decode("utf-16")), "UTF-16", [])
        except UnicodeDecodeError as error:
            raise DocumentError(f"damaged UTF-16 (byte {error.start}). Save the file as UTF-8.") from None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        text, at = "", error.start
    else:
        if "\0" not in text and "\x1b" not in text:
            return Decoded(plain(text), _UTF_8, [])
        at = -1
    detected = None if at >= 0 and is_mostly_utf_8(raw) else found(raw, is_utf_8=at < 0)
    if detected and detected.text != text:
        return _told(detected)
    if at >= 0:
        raise DocumentError(f"not UTF-8 (byte {at}). Save the file as UTF-8.")
    return Decoded(plain(text), _UTF_8, [])


def decode_declared(raw: bytes, declared: str | None) -> Decoded:
    """Text whose file or mail may declare its encoding: by its byte order mark, as UTF-8, as declared, as found.

    Raises DocumentError where it holds NUL, as what is no text does.
    """
    if raw.startswith(_UTF_16):
        return Decoded(plain(raw.decode("utf-16", "replace")), "UTF-16", [])
    # Encodings of seven bits with escapes would pass for UTF-8; others that do are UTF-8, whatever they declare.
    names = [declared or "utf-8", "utf-8"] if b"\x1b" in raw else ["utf-8", declared or "utf-8"]
    for name in names:
        try:
            codec = codecs.lookup(name).name
            if codec not in _NO_CHARSETS:
                text = plain(raw.decode(_WIDER.get(codec, codec)).removeprefix("\ufeff"))
                known = codec if codec.startswith("utf") else _WIDER.get(codec, name)
                return Decoded(text, encoding_name(known), [])
        except (LookupError, ValueError):
            continue
    if is_mostly_utf_8(raw):
        return Decoded(plain(raw.decode("utf-8", "replace")), _UTF_8, [])
    return _told(found(raw) or FoundEncoding(raw.decode("cp1252", "replace"), encoding_name("cp1252")))


def _told(detected: FoundEncoding) -> Decoded:
    return Decoded(plain(detected.text), detected.name, [f"Read as {detected.name}."])


def plain(text: str) -> str:
    """`text` with \\n for line ends and nothing else changed. Raises DocumentError where it holds NUL."""
    if "\0" in text:
        raise DocumentError("holds NUL characters, so it is no text file. Save it as UTF-8 text.")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def clean(text: str) -> str:
    """What a converter gives, with \\n for line ends, without characters that nobody sees or no text file holds."""
    # As nearly every cell of a table is, and most texts are but for their line ends.
    if text.isprintable() or text.replace("\n", "").replace("\t", "").isprintable():
        return text
    return _UNWRITABLE.sub("", _LINE_END.sub("\n", text))


def one_line(text: str) -> str:
    """`text` as `clean` leaves it, with one space for each run of white space."""
    if text.isprintable():  # so its only white space is plain spaces
        return " ".join(text.split()) if " " in text else text
    return " ".join(clean(text).split())


def finished(parsed: ParsedDocument) -> ParsedDocument:
    """`parsed`. Raises DocumentError where there is nothing to read in it."""
    if not parsed.text.strip():
        raise DocumentError("empty. Remove the file or give it text.")
    return parsed


def table_row(cells: Iterable[str]) -> str:
    """A Markdown table row, which rag.text.sentences takes for a block of its own."""
    return f"| {' | '.join(cells)} |"


def iso_day(text: str | None) -> str | None:
    """The day that an ISO 8601 date or time begins with, or None where it begins with no day that there is."""
    match = _DAY.match((text or "").strip())
    try:
        return date.fromisoformat(match.group()).isoformat() if match else None
    except ValueError:
        return None


def join_parts(
    kind: Literal["slide", "sheet", "chapter"], parts: Iterable[tuple[int | None, str | None, str]]
) -> tuple[str, list[Section]]:
    """Parts (number, title, text) as one text, a blank line between two, and the sections of those not empty."""
    texts: list[str] = []
    sections: list[Section] = []
    start = 0
    for number, title, text in parts:
        if text.strip():
            texts.append(text)
            sections.append(Section(kind, start, start + len(text), number, title))
            start += len(text) + len("\n\n")
    return "\n\n".join(texts), sections


def headed(headings: Sequence[tuple[int, Heading]], end: int) -> list[Section]:
    """What each heading stands over, in the order of their places: from its own to the next one's or the text's end."""
    ends = [*(start for start, _ in headings[1:]), end]
    return [
        Section("heading", start, until, title=title, level=level)
        for (start, (level, title)), until in zip(headings, ends, strict=False)
        if title and start < end
    ]


@contextmanager
def library_errors(kind: str) -> Iterator[None]:
    """A scope in which whatever a library raises about a file becomes a DocumentError that calls the file a `kind`."""
    try:
        yield
    except (DocumentError, MemoryError):
        raise
    except RecursionError:
        raise DocumentError(f"nested too deeply for a {kind}. Save it anew, or remove it.") from None
    except BaseException as error:
        # Libraries in Rust raise PanicException, which is no Exception.
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        reason = one_line(str(error))[:_LONGEST_REASON].rstrip(" .") or type(error).__name__
        raise DocumentError(f"a damaged {kind} ({reason}). Open it and save it anew, or remove it.") from None
