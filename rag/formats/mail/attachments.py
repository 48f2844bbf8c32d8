"""What is attached to a mail, read as part of it."""

import mimetypes
from collections.abc import Sequence
from dataclasses import replace
from email.message import EmailMessage
from pathlib import PurePath

from rag.errors import DocumentError
from rag.formats.mail.header import header_text
from rag.formats.parsed_document import ParsedDocument, Row, Section
from rag.formats.text import decode_declared, one_line
from rag.text.sentences import Span

_DEEPEST = 5
"""Mails within mails."""
_LEVEL = 2
"""Of the heading over an attachment; those within it stand under that."""
_MOST_BYTES = 20_000_000
_MOST_PARTS = 50
_AS_TEXT = frozenset({".csv", ".json", ".jsonl", ".md", ".txt"})
_KINDS = {"message/rfc822": ".eml", "text/plain": ".txt", "text/markdown": ".md"}


def attachment_name(part: EmailMessage) -> str:
    """What a mail calls an attachment: its file's name, an attached mail's subject, or its type."""
    subject = ""
    if part.get_content_type() == "message/rfc822" and isinstance(inner := _inner(part), EmailMessage):
        subject = header_text(inner, "Subject")
    return one_line(part.get_filename() or subject or part.get_content_type())


def with_attachments(parsed: ParsedDocument, parts: Sequence[EmailMessage], depth: int) -> ParsedDocument:
    """A mail with each attachment of a format that is read under a heading of its name; notes name the others."""
    left = _MOST_BYTES
    for index, part in enumerate(parts):
        name = attachment_name(part)
        raw = part.get_payload(decode=True)
        size = len(raw) if isinstance(raw, bytes) else 0
        try:
            if index >= _MOST_PARTS or depth >= _DEEPEST or size > left:
                raise DocumentError("more than is read of one mail. Save it as a file of its own.")
            left -= size
            attached = _read(part, raw, depth)
            parsed = _appended(parsed, f"## Attachment: {name}", name, attached)
        except DocumentError as error:
            parsed.notes.append(f"Attachment not read: {name} ({str(error).rstrip('.')}).")
        except MemoryError:
            parsed.notes.append(f"Attachment not read: {name} (needs too much memory).")
    return parsed


def _read(part: EmailMessage, raw: object, depth: int) -> ParsedDocument:
    # Which holds the reader of mails too.
    from rag.formats.mail.eml import read_eml, read_message
    from rag.formats.readers import READERS

    kind = part.get_content_type()
    if kind == "message/rfc822" and isinstance(inner := _inner(part), EmailMessage):
        return read_message(inner, depth + 1)
    suffix = PurePath(part.get_filename() or "").suffix.lower()
    if suffix not in READERS:
        suffix = _KINDS.get(kind) or mimetypes.guess_extension(kind) or suffix
    if suffix not in READERS or not isinstance(raw, bytes):
        raise DocumentError(f"files of the type {suffix or kind} are not read")
    if suffix == ".eml":
        return read_eml(raw, depth + 1)
    charset = part.get_content_charset() if part.get_content_maintype() == "text" else None
    return READERS[suffix](decode_declared(raw, charset).text.encode() if charset and suffix in _AS_TEXT else raw)


def _inner(part: EmailMessage) -> object:
    payload = part.get_payload()
    return payload[0] if isinstance(payload, list) and payload else payload


def _appended(parsed: ParsedDocument, heading: str, title: str, attached: ParsedDocument) -> ParsedDocument:
    """`parsed` with the text and the parts of `attached` below a heading."""
    start = len(parsed.text) + len("\n\n")
    by = start + len(heading) + len("\n\n")

    def moved(span: Span | None) -> Span | None:
        return span and (span[0] + by, span[1] + by)

    sections = [
        replace(part, start=part.start + by, end=part.end + by, level=part.level + _LEVEL) for part in attached.sections
    ]
    headings = [section.start for section in sections if section.kind == "heading"]
    end = min(headings, default=by + len(attached.text))
    tables = [
        replace(table, rows=[Row(row.start + by, row.end + by, tuple(map(moved, row.cells))) for row in table.rows])
        for table in attached.tables
    ]
    head = Section("heading", start, end, title=f"Attachment: {title}", level=_LEVEL)
    return replace(
        parsed,
        text=f"{parsed.text}\n\n{heading}\n\n{attached.text}",
        sections=[*parsed.sections, head, *sections],
        notes=[*parsed.notes, *(f"{title}: {note}" for note in attached.notes)],
        tables=[*parsed.tables, *tables],
    )
