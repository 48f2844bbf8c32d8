"""The header of a mail: its fields as text, and as a form that later steps can tell from what the mail says."""

from collections.abc import Iterator, Sequence
from email.message import EmailMessage

from rag.formats.tables.table_lines import table_lines
from rag.formats.text import one_line

HEADER = "Mail header"
"""Caption of the table that the header of a mail, or of one that it quotes, is."""


def header_text(message: EmailMessage, name: str) -> str:
    """A field's text in one line; as it stands where it is not written as it should be."""
    try:
        return one_line(str(message.get(name, "")))
    except Exception:
        return next((one_line(str(value)) for key, value in message.raw_items() if key.lower() == name.lower()), "")


def header_lines(fields: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Labels and values as the rows of a form, for `with_tables`."""
    return table_lines([list(field) for field in fields], caption=HEADER, headers=0, labelled=True)
