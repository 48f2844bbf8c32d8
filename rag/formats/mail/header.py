"""The header of a mail: its fields as text, and as a form that later steps can tell from what the mail says."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import parsedate_to_datetime

from rag.formats.tables.table_lines import table_lines
from rag.formats.text import one_line

HEADER = "Mail header"
"""Caption of the table that the header of a mail, or of one that it quotes, is."""

SUBJECT, FROM, TO, CC, DATE, ATTACHMENTS = "Subject", "From", "To", "Cc", "Date", "Attachments"
"""Labels of the header of a mail; one that it quotes has those of the program that quoted it."""


def header_text(message: EmailMessage, name: str) -> str:
    """A field's text in one line; as it stands where it is not written as it should be."""
    try:
        return one_line(str(message.get(name, "")))
    except Exception:
        return next((one_line(str(value)) for key, value in message.raw_items() if key.lower() == name.lower()), "")


def header_lines(fields: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Labels and values as the rows of a form, for `with_tables`."""
    return table_lines([list(field) for field in fields], caption=HEADER, headers=0, labelled=True)


def sent_at(date: str) -> datetime | None:
    """The time that the field Date says, of UTC where it names no zone; None where it is none."""
    try:
        found: datetime = parsedate_to_datetime(date)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
