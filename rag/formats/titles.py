"""What a document is called: by its own title where that says something, else by the name of its file."""

import re
from pathlib import PurePosixPath

from rag.formats.text import one_line

_ADDRESS = r"(?-i:[a-z][a-z\d+.-]+:(?!:)\S+)"
_PATH = r"(?:file:|[a-z]:[\\/]|\\\\).*|~?/\S+"
_FILE = r"\S+\.(?:docx?|odt|rtf|pdf|tex|dvi|indd|pptx?|xlsx?|html?|te?mp)"
_TEMPORARY = r"te?mp[\w-]*\d[\w-]*"
# What programs call new documents, one after the other: Document1, Mappe2, Untitled-3.
_NUMBERED = r"[^\W\d_]{4,}[-_]?\d{1,3}"
_BY_NAME = (
    r"untitled.*|(?:no|document) title|microsoft \w+ - .*"
    r"|powerpoint presentation|powerpoint-präsentation|présentation powerpoint"
)
_SAYS_NOTHING = re.compile("|".join([_ADDRESS, _PATH, _FILE, _TEMPORARY, _NUMBERED, _BY_NAME]), re.IGNORECASE)


def own_title(said: str | None) -> str | None:
    """What a file says its title is, on one line; None where that is an address, a path or a program's own default."""
    title = one_line(said or "")
    is_name = any(character.isalpha() for character in title) and not _SAYS_NOTHING.fullmatch(title)
    return title if is_name else None


def title_of(document_id: str, title: str) -> str:
    """The title that an index has of a document, or its file's name where that says nothing, as in older indexes."""
    return own_title(title) or PurePosixPath(document_id).stem
