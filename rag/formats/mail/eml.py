"""Mails as mail programs save them."""

import codecs
import email
from dataclasses import replace
from email import policy
from email.message import EmailMessage, MIMEPart

from rag.errors import DocumentError
from rag.formats.left_out import notes as notes_on
from rag.formats.mail.attachments import attachment_name, with_attachments
from rag.formats.mail.header import ATTACHMENTS, CC, DATE, FROM, SUBJECT, TO, header_lines, header_text, sent_at
from rag.formats.mail.thread import thread
from rag.formats.markdown import heading_sections
from rag.formats.parsed_document import ParsedDocument
from rag.formats.tables.table_lines import with_tables
from rag.formats.text import clean, decode_declared, finished, library_errors
from rag.formats.web.html import decode_html, html_page

_SHOWN = (SUBJECT, FROM, TO, CC, DATE)
_EXPECTED = (*_SHOWN, "Message-ID", "Received")
_ENCRYPTED = {"multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime"}


def read_eml(raw: bytes, depth: int = 0) -> ParsedDocument:
    """A mail: its subject as a heading, its header as a form, its text, what it quotes, and what is attached to it.

    It is attached itself where `depth`, to as many mails within mails.
    """
    # The parser would take a byte order mark for the beginning of the first header's name.
    raw = raw.removeprefix(codecs.BOM_UTF8).lstrip()
    if not raw:
        return finished(ParsedDocument(""))
    with library_errors("mail"):
        return read_message(email.message_from_bytes(raw, policy=policy.default), depth)


def read_message(message: EmailMessage, depth: int) -> ParsedDocument:
    """A mail that is parsed into its parts, otherwise as `read_eml`. Raises DocumentError."""
    if not any(name in message for name in _EXPECTED):
        raise DocumentError("not a mail: it has no From, Subject or Date. Give it the suffix of what it is.")
    fields = [(name, value) for name in _SHOWN if (value := header_text(message, name))]
    subject = dict(fields).get(SUBJECT, "")
    text, encoding, notes = _body(message)
    parts = list(message.iter_attachments())
    # A text between or below pictures, which no mail program shows as a file.
    texts = [part for part in parts if part.get_content_maintype() == "text" and not part.get_filename()]
    for part in texts:
        if part.get_content_disposition() != "attachment":
            more, _, noted = _part_text(part)
            text, notes = "\n\n".join(filter(None, [text, more])), notes + noted
            parts.remove(part)
    if names := ", ".join(map(attachment_name, parts)):
        fields.append((ATTACHMENTS, names))
    blocks = [f"# {subject}" if subject else "", "\n".join(header_lines(fields)), thread(text)]
    text = "\n\n".join(block for block in blocks if block)
    sent = sent_at(dict(fields).get(DATE, ""))
    day = sent.date().isoformat() if sent else None
    parsed = ParsedDocument(text, subject or None, day, heading_sections(text), notes=notes, encoding=encoding)
    parsed = replace(parsed, author=dict(fields).get(FROM))
    return with_attachments(finished(with_tables(parsed)), parts, depth)


def _body(message: EmailMessage) -> tuple[str, str | None, list[str]]:
    """A mail's own text, its encoding, and what is left out of it."""
    if message.get_content_type() in _ENCRYPTED:
        raise DocumentError("an encrypted mail. Save it decrypted.")
    part = message.get_body(("plain", "html"))
    return ("", None, []) if part is None else _part_text(part)


def _part_text(part: MIMEPart) -> tuple[str, str | None, list[str]]:
    raw = part.get_payload(decode=True)
    if not isinstance(raw, bytes):
        return "", None, []
    charset = part.get_content_charset()
    is_html = part.get_content_subtype() == "html"
    text, encoding, notes = decode_html(raw) if is_html and not charset else decode_declared(raw, charset)
    if is_html:
        page = html_page(text, marks_quotes=True)
        return page.text, encoding, notes + notes_on(page.left_out)
    return clean(text).strip(), encoding, notes
