"""Whatever bytes a reader is given, what it parses keeps its promises, or it gives a reason that helps a person."""

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag.errors import DocumentError
from rag.formats.parsed_document import ParsedDocument
from rag.formats.process import ReaderProcess
from rag.formats.readers import READERS
from tests.small_files import FORMATS, PACKED_FORMATS, TEXT_FORMATS, pdf_of, zipped

GOOD = {suffix: make("The lighthouse opened in 1887, said Ann.") for suffix, make in FORMATS.items()} | {
    ".pdf": pdf_of(["The lighthouse opened in 1887, said Ann.", "It closed in 1901."])
}
# Where a file's grammar has its joints.
JOINT = re.compile(rb"(?=[<\s/>])")
WORDS = [b"", b"<", b">", b"\0", b"\r", b"\xff", b"\xed\xa0\x80", b"&#xD800;", b"&#0;", b"&", b'"', b"]]>", b"<!--"]
NUMBERS = [b"-1", b"0", b"65536", b"4294967296", b"99999999999999999999", b"1e999", b"NaN", b"0.0000001"]
TAGS = """a article blockquote body br caption code dd div dl dt em figure h1 h2 h6 head hr html img li link math meta
    nav ol option p pre q script section select span style sub summary svg table tbody td template textarea th title tr
    ul wbr""".split()

bounded = settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@pytest.fixture(scope="module")
def reader() -> Iterator[ReaderProcess]:
    with ReaderProcess(max_seconds=20) as process:
        yield process


def check_parsed(parsed: ParsedDocument) -> None:
    """Raise AssertionError where `parsed` breaks what rag.formats.parsed_document promises."""
    text = parsed.text
    assert text.strip()
    assert not re.search("[\0\r\ud800-\udfff]", text)
    assert parsed.title is None or (parsed.title.strip() and not re.search("[\0\r\n\ud800-\udfff]", parsed.title))
    assert parsed.date is None or re.fullmatch(r"\d{4}-\d{2}-\d{2}", parsed.date)
    assert all(0 <= section.start <= section.end <= len(text) for section in parsed.sections)
    for kind in {section.kind for section in parsed.sections}:
        sections = [section for section in parsed.sections if section.kind == kind]
        assert all(first.end <= second.start for first, second in pairwise(sections))
        numbers = [section.number for section in sections]
        if kind in {"page", "slide"}:
            assert all(number is not None and number >= 1 for number in numbers)
            assert numbers == sorted(set(numbers))
    pages = {section.number: section for section in parsed.sections if section.kind == "page"}
    for number, boxes in parsed.boxes.items():
        assert boxes.dtype == np.uint16
        assert boxes.shape == (pages[number].end - pages[number].start, 4)
        assert (boxes[:, 0] <= boxes[:, 2]).all()
        assert (boxes[:, 1] <= boxes[:, 3]).all()


def check(reader: ReaderProcess, raw: bytes, suffix: str) -> None:
    try:
        parsed = reader.read(raw, suffix)
    except DocumentError as error:
        reason = str(error)
        assert re.fullmatch(r"[^\n\0\ud800-\udfff]{5,250}\.", reason), reason
        # What a reader did not foresee, or did not live to say.
        assert not re.match("its reader|not read within|needs more than", reason), reason
    else:
        check_parsed(parsed)


@st.composite
def mutated(draw: st.DrawFn, raw: bytes) -> bytes:
    """`raw` after a few changes of bytes and of the words between its joints."""
    for _ in range(draw(st.integers(1, 4))):
        words = JOINT.split(raw)
        at, other = (draw(st.integers(0, len(words) - 1)) for _ in range(2))
        first, last = sorted(draw(st.integers(0, len(raw))) for _ in range(2))
        match draw(st.sampled_from(["flip", "cut", "insert", "repeat", "drop", "swap", "number", "word"])):
            case "flip" if first < len(raw):
                raw = raw[:first] + bytes([raw[first] ^ (1 << draw(st.integers(0, 7)))]) + raw[first + 1 :]
            case "cut":
                raw = raw[:first] + raw[last:]
            case "insert":
                raw = raw[:first] + draw(st.binary(max_size=20)) + raw[first:]
            case "repeat":
                raw = raw[:last] + raw[first:last] * draw(st.integers(1, 50)) + raw[last:]
            case "drop":
                raw = b"".join(words[:at] + words[at + 1 :])
            case "swap":
                words[at], words[other] = words[other], words[at]
                raw = b"".join(words)
            case "number":
                number = draw(st.sampled_from(NUMBERS))
                numbers = list(re.finditer(rb"\d+", raw))
                if numbers:
                    start, end = draw(st.sampled_from(numbers)).span()
                    raw = raw[:start] + number + raw[end:]
            case "word":
                words[at] += draw(st.sampled_from(WORDS))
                raw = b"".join(words)
        # Repeats of repeats grow without end.
        raw = raw[:200_000]
    return raw


@st.composite
def repacked(draw: st.DrawFn, raw: bytes) -> bytes:
    """The archive `raw` with a change in one of its XML entries, or without it."""
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    name = draw(st.sampled_from([name for name in entries if entries[name].lstrip().startswith(b"<")]))
    if draw(st.integers(0, 9)):
        entries[name] = draw(mutated(entries[name]))
    else:
        del entries[name]
    return zipped(entries)


@pytest.mark.parametrize("suffix", READERS)
@bounded
@given(raw=st.binary(max_size=300))
def test_random_bytes(reader: ReaderProcess, suffix: str, raw: bytes) -> None:
    check(reader, raw, suffix)


@pytest.mark.parametrize("suffix", FORMATS)
@bounded
@given(data=st.data())
def test_a_changed_file(reader: ReaderProcess, suffix: str, data: st.DataObject) -> None:
    check(reader, data.draw(mutated(GOOD[suffix])), suffix)


@pytest.mark.parametrize("suffix", PACKED_FORMATS)
@bounded
@given(data=st.data())
def test_a_changed_part_of_a_packed_file(reader: ReaderProcess, suffix: str, data: st.DataObject) -> None:
    check(reader, data.draw(repacked(GOOD[suffix])), suffix)


@pytest.mark.parametrize("suffix", [*sorted(TEXT_FORMATS.keys() - {".eml"}), ".docx", ".pptx", ".xlsx", ".epub"])
@bounded
@given(text=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60))
def test_any_text(reader: ReaderProcess, suffix: str, text: str) -> None:
    try:
        raw = FORMATS[suffix](text)
    except ValueError:
        # XML cannot hold it.
        return
    check(reader, raw, suffix)


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@bounded
@given(values=st.lists(VALUES, max_size=5))
def test_json(reader: ReaderProcess, values: list[object]) -> None:
    check(reader, json.dumps(values).encode(), ".json")
    check(reader, "\n".join(map(json.dumps, values)).encode(), ".jsonl")


@bounded
@given(
    rows=st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=8), max_size=5), max_size=6),
    dialect=st.sampled_from(["excel", "excel-tab", "unix"]),
)
def test_csv(reader: ReaderProcess, rows: list[list[str]], dialect: str) -> None:
    table = io.StringIO()
    csv.writer(table, dialect).writerows(rows)
    check(reader, table.getvalue().encode(), ".csv")


TAG = st.sampled_from(TAGS)
PIECES = st.one_of(
    TAG.map("<{}>".format),
    TAG.map("</{}>".format),
    st.builds(
        '<{} {}="{}">'.format,
        TAG,
        st.sampled_from("href start value class hidden content name".split()),
        st.text(max_size=4),
    ),
    st.sampled_from(
        ["text", " ", "\n", "&nbsp;", "&#xD800;", "&#0;", "<!--", "-->", "<![CDATA[", "<?", "]]>", "\u2028"]
    ),
)


@settings(bounded, max_examples=200)
@given(pieces=st.lists(PIECES, min_size=1, max_size=30))
def test_html(reader: ReaderProcess, pieces: list[str]) -> None:
    check(reader, "".join(pieces).encode("utf-8", "replace"), ".html")


HEADERS = st.sampled_from(
    "Subject From To Date Content-Type Content-Transfer-Encoding Content-Disposition References".split()
)
HEADER_VALUES = st.text(max_size=20) | st.sampled_from(
    [
        "=?utf-8?b?4pyT?= =?x-none?q?=FF?=",
        "multipart/mixed; boundary=a",
        "multipart/alternative; boundary=a",
        "message/rfc822",
        "text/html; charset=x-none",
        "text/plain; charset=utf-16",
        "text/plain; charset=unicode_escape",
        "base64",
        "quoted-printable",
        "x-uuencode",
        "attachment; filename*=utf-8''%FF; filename=\"a\nb\"",
        "Mon, 99 Foo 99999 99:99:99 +9999",
        "1 Jan 0000 00:00 -0000",
        '<a@b>, "c" <@>, ;:',
    ]
)
PARTS = st.sampled_from(["--a\n", "--a--\n", "\n", "text\n", "VGhl\n", "=FF=\n", "<p>text</p>\n", "\x1b$B\n", "\xe9\n"])


@settings(bounded, max_examples=200)
@given(
    headers=st.lists(st.tuples(HEADERS, HEADER_VALUES), max_size=6),
    parts=st.lists(PARTS | HEADERS.map("{}: text/html\n".format), max_size=10),
)
def test_mail(reader: ReaderProcess, headers: list[tuple[str, str]], parts: list[str]) -> None:
    head = "".join(f"{name}: {value}\n" for name, value in headers)
    check(reader, f"{head}\n{''.join(parts)}".encode("latin-1", "replace"), ".eml")
