import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import DocumentError
from rag.formats.parsed_document import Section
from rag.formats.text import clean, decode_declared, iso_day, join_parts, library_errors, one_line
from rag.formats.text_file import read_text


def test_a_text_file_is_read_as_it_stands() -> None:
    parsed = read_text(b"\xef\xbb\xbf  Title\r\n\r\nOne \rtwo.\n\n")
    assert parsed.text == "  Title\n\nOne \ntwo.\n\n"
    assert parsed.sections == []
    assert parsed.title is None


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r\ufeff"), min_size=1))
def test_any_text_comes_back_from_utf_8_and_utf_16(text: str) -> None:
    if text.strip():
        assert read_text(text.encode()).text == read_text(text.encode("utf-16")).text == text


def test_form_feeds_end_pages() -> None:
    parsed = read_text(b"one\n\ftwo\f\f\nfour\f\n")
    assert [(page.number, parsed.text[page.start : page.end]) for page in parsed.sections] == [
        (1, "one\n"),
        (2, "two"),
        (3, ""),
        (4, "\nfour"),
    ]


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ("Größe, Straße, Übung, Höhe, ".encode() * 2 + b"\xff ", "not UTF-8 (byte 66). Save the file as UTF-8."),
        (b"\x89PNG\r\n\x1a\n\xff\xd8\x01", "not UTF-8 (byte 0). Save the file as UTF-8."),
        (b"\xff\xfea\0b", "damaged UTF-16 (byte 4). Save the file as UTF-8."),
        (b"It opened\0 in 1887.", "holds NUL characters, so it is no text file. Save it as UTF-8 text."),
        (b"It open\xff\xfeed.", "not UTF-8 (byte 7). Save the file as UTF-8."),
        (b"a\0b", "holds NUL characters, so it is no text file. Save it as UTF-8 text."),
        (b"", "empty. Remove the file or give it text."),
        (b"\xef\xbb\xbf \n", "empty. Remove the file or give it text."),
    ],
)
def test_what_is_no_text_is_named(raw: bytes, message: str) -> None:
    with pytest.raises(DocumentError) as error:
        read_text(raw)
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("encoding", "name", "text"),
    [
        ("cp1252", "Windows-1252", "Die Lieferung für Büro Köln – 30 €."),
        ("latin-1", "Windows-1252", "Le café a été fermé à Noël."),
        ("cp1252", "Windows-1252", "The fee is £40, at 25 °C ± 2, for 10 µm."),
        ("cp1252", "Windows-1252", "naïve"),
        ("cp1250", "Windows-1250", "Imię;Miasto\nŁukasz;Łódź\n"),
        ("iso-8859-2", "ISO-8859-2", "Příští schůze bude v úterý v deset hodin."),
        ("koi8-r", "KOI8-U", "Договор подписан в марте."),
        ("cp1251", "Windows-1251", "Цена: 40 руб."),
        ("cp1253", "Windows-1253", "Η τιμή είναι σαράντα ευρώ."),
        ("cp1254", "Windows-1254", "Toplantı çarşamba günü yapılacak."),
        ("shift_jis", "Shift-JIS", "名前,年齢,住所\n田中,30,東京\n"),
        ("euc-jp", "EUC-JP", "受付時間は9時から17時です。"),
        ("iso-2022-jp", "ISO-2022-JP", "受付時間は9時から17時です。"),
        ("gb18030", "GB18030", "会议时间是星期三上午十点。"),
        ("big5", "Big5", "會議時間是星期三上午十點。"),
        ("euc-kr", "EUC-KR", "회의는 수요일 오전 열 시입니다."),
        ("utf-16-le", "UTF-16", "The price is 40 euros.\nNext line."),
        ("utf-16-be", "UTF-16", "会议时间是星期三上午十点。"),
        ("utf-16-be", "UTF-16", "Договор подписан в марте."),
        ("utf-32-le", "UTF-32", "The price is 40 euros.\nNext line."),
        ("utf-32-be", "UTF-32", "Größe"),
        ("utf-32", "UTF-32", "Größe"),
    ],
)
def test_the_encoding_of_a_text_is_found_and_said(encoding: str, name: str, text: str) -> None:
    parsed = read_text(text.encode(encoding))
    assert (parsed.text, parsed.encoding, parsed.notes) == (text, name, [f"Read as {name}."])


def test_what_says_its_encoding_needs_no_word() -> None:
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        assert read_text("Größe".encode(encoding)).notes == []
    assert read_text("Größe \x1b[31mrot".encode()).notes == []


@given(st.binary(max_size=60))
def test_any_bytes_are_a_text_or_named(raw: bytes) -> None:
    try:
        text = read_text(raw).text
    except DocumentError:
        return
    assert "\0" not in text
    text.encode()


@pytest.mark.parametrize(
    ("raw", "declared", "text"),
    [
        ("é€".encode(), "iso-8859-1", "é€"),
        ("é€".encode("cp1252"), "iso-8859-1", "é€"),
        ("é€".encode("cp1252"), None, "é€"),
        ("é€".encode("cp1252"), "no-such-charset", "é€"),
        (b"\\xe9\xe9", "unicode-escape", "\\xe9é"),
        ("日本".encode("shift_jis"), "Shift_JIS", "日本"),
        ("日本".encode("iso-2022-jp"), "iso-2022-jp", "日本"),
        ("日本".encode("utf-16"), "utf-8", "日本"),
    ],
)
def test_the_declared_encoding_is_tried(raw: bytes, declared: str | None, text: str) -> None:
    assert decode_declared(raw, declared).text == text


@pytest.mark.parametrize(
    ("raw", "declared", "name", "notes"),
    [
        ("é€".encode(), "iso-8859-1", "UTF-8", []),
        ("é€".encode("utf-16"), None, "UTF-16", []),
        ("é€".encode("cp1252"), "iso-8859-1", "Windows-1252", []),
        ("é€".encode("cp1252"), None, "Windows-1252", ["Read as Windows-1252."]),
        ("日本".encode("shift_jis"), "shift_jis", "Shift-JIS", []),
        ("Größe, Maß".encode("iso-8859-15"), "iso-8859-15", "ISO-8859-15", []),
    ],
)
def test_an_encoding_is_named_and_noted_where_nothing_declares_it(
    raw: bytes, declared: str | None, name: str, notes: list[str]
) -> None:
    assert decode_declared(raw, declared)[1:] == (name, notes)


def test_what_nobody_sees_goes() -> None:
    assert clean("a\r\nb\vc\x07\xad\ud800\ufeff\0\td") == "a\nb\nc\td"
    assert one_line(" a\u2028\n b ") == "a b"


@pytest.mark.parametrize(
    ("text", "day"),
    [("2024-05-01T10:00:00Z", "2024-05-01"), ("2024-13-01", None), ("May 2024", None), (None, None)],
)
def test_a_day_is_one_that_there_is(text: str | None, day: str | None) -> None:
    assert iso_day(text) == day


def test_sections_are_the_parts_that_hold_text() -> None:
    text, sections = join_parts("slide", [(1, "A", "one"), (2, None, " "), (3, None, "three")])
    assert text == "one\n\nthree"
    assert sections == [Section("slide", 0, 3, 1, "A"), Section("slide", 5, 10, 3)]


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError, SystemExit])
def test_what_is_not_the_files_fault_passes(error: type[BaseException]) -> None:
    with pytest.raises(error), library_errors("mail"):
        raise error


def test_what_a_library_says_is_kept_short() -> None:
    with pytest.raises(DocumentError, match=r"^a damaged mail \(a b\)\. Open it"), library_errors("mail"):
        raise ValueError("a\nb.")
    with pytest.raises(DocumentError, match=r"^a damaged mail \(KeyError\)\. Open it"), library_errors("mail"):
        raise KeyError
