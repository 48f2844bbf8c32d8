"""Mails as mail programs save them."""

import codecs
import email
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime

from rag.errors import DocumentError
from rag.formats.html import decode_html, html_page
from rag.formats.parsed_document import ParsedDocument
from rag.formats.table_lines import with_tables
from rag.formats.text import clean, decode_declared, finished, library_errors, one_line

_SHOWN = ("From", "To", "Cc", "Date")
_EXPECTED = (*_SHOWN, "Subject", "Message-ID", "Received")
_ENCRYPTED = {"multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime"}


def read_eml(raw: bytes) -> ParsedDocument:
    """A mail: its subject as a heading, from whom to whom and when, its text, and the names of what is attached."""
    # The parser would take a byte order mark for the beginning of the first header's name.
    raw = raw.removeprefix(codecs.BOM_UTF8).lstrip()
    if not raw:
        return finished(ParsedDocument(""))
    with library_errors("mail"):
        message = email.message_from_bytes(raw, policy=policy.default)
        if not any(name in message for name in _EXPECTED):
            raise DocumentError("not a mail: it has no From, Subject or Date. Give it the suffix of what it is.")
        subject = one_line(_header(message, "Subject"))
        headers = [f"- {name}: {value}" for name in _SHOWN if (value := one_line(_header(message, name)))]
        body = _body(message)
        names = [one_line(part.get_filename() or part.get_content_type()) for part in message.iter_attachments()]
        attached = f"Attachments: {', '.join(names)}" if names else ""
    blocks = [f"# {subject}" if subject else "", "\n".join(headers), body, attached]
    text = "\n\n".join(block for block in blocks if block)
    return finished(with_tables(ParsedDocument(text, subject or None, _day(_header(message, "Date")))))


def _header(message: EmailMessage, name: str) -> str:
    """A header's text; as it stands where it is not written as it should be."""
    try:
        return str(message.get(name, ""))
    except Exception:
        return next((str(value) for key, value in message.raw_items() if key.lower() == name.lower()), "")


def _body(message: EmailMessage) -> str:
    if message.get_content_type() in _ENCRYPTED:
        raise DocumentError("an encrypted mail. Save it decrypted.")
    part = message.get_body(("plain", "html"))
    if part is None:
        return ""
    raw = part.get_payload(decode=True)
    if not isinstance(raw, bytes):
        return ""
    charset = part.get_content_charset()
    if part.get_content_subtype() == "html":
        return html_page(decode_declared(raw, charset) if charset else decode_html(raw)).text
    return clean(decode_declared(raw, charset)).strip()


def _day(date: str) -> str | None:
    try:
        day: datetime = parsedate_to_datetime(date)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return day.date().isoformat()
