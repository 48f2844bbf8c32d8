from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import DocumentError
from rag.formats.mail.eml import read_eml
from rag.formats.mail.header import HEADER


def mail() -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = "Grüße\N{PARTY POPPER}"
    message["From"] = "Anna Müller <anna@example.org>"
    message["To"] = "bob@example.org, cy@example.org"
    message["Date"] = "Wed, 01 May 2024 23:30:00 -0500"
    message.set_content("Dear Bob,\n\nthe Rhine is long.\n")
    return message


HEAD = (
    "# Grüße\N{PARTY POPPER}\n\n- Subject: Grüße\N{PARTY POPPER}\n- From: Anna Müller <anna@example.org>\n"
    "- To: bob@example.org, cy@example.org\n"
    "- Date: Wed, 01 May 2024 23:30:00 -0500"
)


def test_a_mail_is_its_subject_its_people_and_its_text() -> None:
    message = mail()
    message.add_alternative("<p>Dear <b>Bob</b></p>", subtype="html")
    message.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="Straße.pdf")
    message.add_attachment(b"x", maintype="image", subtype="png")
    parsed = read_eml(message.as_bytes())
    assert parsed.text == f"{HEAD}\n- Attachments: Straße.pdf, image/png\n\nDear Bob,\n\nthe Rhine is long."
    assert (parsed.title, parsed.date) == ("Grüße\N{PARTY POPPER}", "2024-05-01")
    assert [note.partition(" (")[0] for note in parsed.notes] == [
        "Attachment not read: Straße.pdf",
        "Attachment not read: image/png",
    ]


def test_the_header_is_a_form_that_is_told_from_others() -> None:
    (header,) = (parsed := read_eml(mail().as_bytes())).tables
    assert (header.caption, header.labels) == (HEADER, ())
    cells = [[parsed.text[slice(*cell)] for cell in row.cells if cell] for row in header.rows]
    assert cells[1:3] == [["From", "Anna Müller <anna@example.org>"], ["To", "bob@example.org, cy@example.org"]]


def thread_of(text: str, subtype: str = "plain") -> str:
    message = mail()
    message.set_content(text, subtype=subtype)
    return read_eml(message.as_bytes()).text.removeprefix(HEAD).strip()


@pytest.mark.parametrize(
    ("said", "heading"),
    [
        (
            "On Mon, May 1, 2024 at 10:00 AM Cy\n<cy@example.org> wrote:",
            "On Mon, May 1, 2024 at 10:00 AM Cy <cy@example.org> wrote",
        ),
        ("Am 30.04.2024 um 09:00 schrieb Cy <cy@example.org>:", "Am 30.04.2024 um 09:00 schrieb Cy <cy@example.org>"),
        ("Le 3 avr. 2024, Cy a écrit :", "Le 3 avr. 2024, Cy a écrit"),
        ("2024年5月1日 10:00、Cy <cy@example.org>のメール：", "2024年5月1日 10:00、Cy <cy@example.org>のメール"),
    ],
)
def test_what_a_mail_quotes_is_older_and_a_section_of_its_own(said: str, heading: str) -> None:
    assert thread_of(f"It is 30.\n\n{said}\n> It is 40.\n>\n> Cy\n\nSo there.") == (
        f"It is 30.\n\n## Earlier message: {heading}\n\nIt is 40.\n\nCy\n\n## Reply\n\nSo there."
    )


def test_quotes_in_quotes_are_older_still() -> None:
    text = "New.\n\nOn 2 May 2024 A wrote:\n> Second.\n> On 1 May 2024 B wrote:\n>> First.\n> Below.\n"
    assert thread_of(text) == (
        "New.\n\n## Earlier message: On 2 May 2024 A wrote\n\nSecond.\n\n## Earlier message: On 1 May 2024 B wrote\n\n"
        "First.\n\n## Earlier message: On 2 May 2024 A wrote\n\nBelow."
    )


@pytest.mark.parametrize(
    "divider", ["", "-----Original Message-----\n", "-----Ursprüngliche Nachricht-----\n\n", "_" * 32 + "\n"]
)
def test_a_header_in_the_text_begins_an_older_message(divider: str) -> None:
    text = f"New.\n\n{divider}From: Cy\nSent: Monday, May 1, 2024 9:00 AM\nTo: Anna;\n Bob\nSubject: x\n\nOld.\n"
    assert thread_of(text) == (
        "New.\n\n## Earlier message: Cy, Monday, May 1, 2024 9:00 AM\n\n"
        "- From: Cy\n- Sent: Monday, May 1, 2024 9:00 AM\n- To: Anna; Bob\n- Subject: x\n\nOld."
    )


def test_older_messages_are_told_in_html_too() -> None:
    html = (
        "<p>New.</p><div><b>Von:</b> Cy<br><b>Gesendet:</b> 1. Mai 2024 10:00<br><b>Betreff:</b> x</div><p>Old.</p>"
        "<div>Le 3 avr. 2024, D a écrit&nbsp;:</div><blockquote class=gmail_quote><p>Oldest.<br>Two.</blockquote>"
    )
    assert thread_of(html, "html") == (
        "New.\n\n## Earlier message: Cy, 1. Mai 2024 10:00\n\n- Von: Cy\n- Gesendet: 1. Mai 2024 10:00\n- Betreff: x"
        "\n\nOld.\n\n## Earlier message: Le 3 avr. 2024, D a écrit\n\nOldest.\nTwo."
    )


@pytest.mark.parametrize(
    "text",
    [
        "What: a party\nWhen: 3 May 2024 10:00\nWhere: here",
        "The board decided on 3 May 2024:\n- one\n- two",
        "-----\nAgenda\n-----",
        ">From what I know it is long.",
    ],
)
def test_what_only_looks_like_an_older_message_is_none(text: str) -> None:
    assert thread_of(text) == text.removeprefix(">")


def test_what_is_attached_is_read_below_its_name() -> None:
    inner = mail()
    inner.replace_header("Subject", "Inner")
    inner.add_attachment("name,age\nAnna,3\nBob,4\n", subtype="csv", filename="list.csv")
    message = mail()
    message.add_attachment(inner)
    message.add_attachment("<h2>Fee</h2><p>5<sup>1</sup> <s>6</s>", subtype="html", filename="fee.html")
    message.add_attachment("Größe".encode("cp1252"), maintype="application", subtype="octet-stream", filename="a.TXT")
    parsed = read_eml(message.as_bytes())
    assert parsed.text == (
        f"{HEAD}\n- Attachments: Inner, fee.html, a.TXT\n\nDear Bob,\n\nthe Rhine is long.\n\n## Attachment: Inner\n\n"
        + HEAD.replace("Grüße\N{PARTY POPPER}", "Inner")
        + "\n- Attachments: list.csv\n\nDear Bob,\n\nthe Rhine is long.\n\n## Attachment: list.csv\n\n"
        "- name: Anna; age: 3\n- name: Bob; age: 4\n\n## Attachment: fee.html\n\n## Fee\n\n5¹\n\n"
        "## Attachment: a.TXT\n\nGröße"
    )
    assert parsed.notes == ["fee.html: 1 struck-out passage left out.", "a.TXT: Read as Windows-1252."]
    values = [[parsed.text[slice(*cell)] for cell in row.cells if cell] for row in parsed.tables[2].rows]
    assert (parsed.tables[2].labels, values) == (("name", "age"), [["Anna", "3"], ["Bob", "4"]])
    assert all(parsed.text[s.start : s.end].startswith("#") for s in parsed.sections)
    assert [(s.level, s.title) for s in parsed.sections][-4:] == [
        (4, "Attachment: list.csv"),
        (2, "Attachment: fee.html"),
        (4, "Fee"),
        (2, "Attachment: a.TXT"),
    ]


def test_no_mail_in_a_mail_is_too_deep() -> None:
    message = mail()
    for _ in range(8):
        outer = mail()
        outer.add_attachment(message)
        message = outer
    parsed = read_eml(message.as_bytes())
    assert parsed.text.count("## Attachment: ") == 5
    assert "more than is read of one mail" in parsed.notes[0]


def test_text_below_a_picture_is_part_of_the_mail() -> None:
    message = mail()
    message.add_attachment(b"x", maintype="image", subtype="png")
    message.add_attachment("Below the picture.", disposition="inline")
    assert "the Rhine is long.\n\nBelow the picture." in read_eml(message.as_bytes()).text


def test_html_is_read_where_there_is_no_plain_text() -> None:
    message = mail()
    message.set_content("<h2>Rivers</h2><p>The <b>Rhine</b> is long.</p>", subtype="html")
    assert read_eml(message.as_bytes()).text == f"{HEAD}\n\n## Rivers\n\nThe Rhine is long."


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain; charset=no-such",
        "text/plain; charset=iso-8859-1",
        "text/plain",
        "text/html",
        "text/html; charset=x",
    ],
)
def test_no_charset_stops_a_mail(content_type: str) -> None:
    raw = f"From: a\nContent-Type: {content_type}\n\n".encode() + b"caf\xe9\n"
    assert read_eml(raw).text == "- From: a\n\ncafé"


@pytest.mark.parametrize("date", ["tomorrow", "Wed, 99 Foo 2024 99:99:99", "\xff", "Mon, 1 Jan 99999 00:00:00 +0000"])
def test_a_date_that_is_none_is_shown_only(date: str) -> None:
    parsed = read_eml(f"Date: {date}\nFrom: a\n\nText\n".encode("latin-1"))
    assert parsed.date is None
    assert parsed.text.endswith("\n\nText")


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", "empty."),
        (b"\x89PNG\r\n\x1a\n\0\0", "not a mail: it has no From, Subject or Date."),
        (b"Just some text.\n", "not a mail: it has no From, Subject or Date."),
        (b"From: a\nContent-Type: multipart/encrypted; boundary=b\n\n--b--", "an encrypted mail. Save it decrypted."),
        (b"From: a\nContent-Type: application/pkcs7-mime\n\nxx", "an encrypted mail. Save it decrypted."),
    ],
)
def test_what_is_no_mail_is_named(raw: bytes, message: str) -> None:
    with pytest.raises(DocumentError) as error:
        read_eml(raw)
    assert str(error.value).startswith(message)


HEADERS = st.sampled_from("From To Cc Date Subject Content-Type Content-Transfer-Encoding Content-Disposition".split())
VALUES = st.one_of(
    st.binary(max_size=20),
    st.sampled_from(
        [
            b"multipart/mixed; boundary=b",
            b"text/html",
            b"base64",
            b"=?utf-8?b?////?=",
            b"<a@",
            b'"',
            b"message/rfc822",
            b"@,;:",
        ]
    ),
)


@given(st.lists(st.tuples(HEADERS, VALUES), max_size=5), st.binary(max_size=40))
def test_any_bytes_are_a_mail_or_named(headers: list[tuple[str, bytes]], body: bytes) -> None:
    raw = (
        b"".join(name.encode() + b": " + value + b"\n" for name, value in headers) + b"\n--b\n\n" + body + b"\n--b--\n"
    )
    try:
        text = read_eml(raw).text
    except DocumentError:
        return
    assert not set("\r\0") & set(text)
    text.encode()
