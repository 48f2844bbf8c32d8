from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import DocumentError
from rag.formats.eml import read_eml


def mail() -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = "Grüße\N{PARTY POPPER}"
    message["From"] = "Anna Müller <anna@example.org>"
    message["To"] = "bob@example.org, cy@example.org"
    message["Date"] = "Wed, 01 May 2024 23:30:00 -0500"
    message.set_content("Dear Bob,\n\nthe Rhine is long.\n")
    return message


HEAD = (
    "# Grüße\N{PARTY POPPER}\n\n- From: Anna Müller <anna@example.org>\n- To: bob@example.org, cy@example.org\n"
    "- Date: Wed, 01 May 2024 23:30:00 -0500\n\n"
)


def test_a_mail_is_its_subject_its_people_and_its_text() -> None:
    message = mail()
    message.add_alternative("<p>Dear <b>Bob</b></p>", subtype="html")
    message.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="Straße.pdf")
    message.add_attachment(b"x", maintype="image", subtype="png")
    parsed = read_eml(message.as_bytes())
    assert parsed.text == f"{HEAD}Dear Bob,\n\nthe Rhine is long.\n\nAttachments: Straße.pdf, image/png"
    assert (parsed.title, parsed.date) == ("Grüße\N{PARTY POPPER}", "2024-05-01")


def test_html_is_read_where_there_is_no_plain_text() -> None:
    message = mail()
    message.set_content("<h2>Rivers</h2><p>The <b>Rhine</b> is long.</p>", subtype="html")
    assert read_eml(message.as_bytes()).text == f"{HEAD}## Rivers\n\nThe Rhine is long."


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
