"""Files that are ZIP archives within: Office files and e-books, opened with care, and what Office says of its own."""

import io
import zipfile
from typing import NamedTuple
from zipfile import ZipFile

from rag.errors import DocumentError
from rag.formats.text import iso_day, library_errors, one_line
from rag.formats.titles import own_title

_MOST_ENTRIES = 20_000
_MOST_BYTES = 500_000_000
_HIGHEST_RATIO = 200
# Small files may well be packed tighter.
_FREE_BYTES = 20_000_000
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_SIGNATURES = (
    (b"%PDF", "a PDF"),
    (b"{\\rtf", "a Rich Text file"),
    (b"MZ", "a Windows program"),
    (b"\x7fELF", "a Linux program"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
)
_MARKS = (
    ("word/", "a Word document"),
    ("ppt/", "a PowerPoint presentation"),
    ("xl/", "an Excel workbook"),
    ("META-INF/container.xml", "an e-book"),
)
_DUBLIN_CORE = "{http://purl.org/dc/elements/1.1/}"
_DUBLIN_CORE_TERMS = "{http://purl.org/dc/terms/}"


def open_zip(raw: bytes, suffix: str, kind: str, mark: str) -> ZipFile:
    """The archive that a file of `suffix`, a `kind`, should be, with an entry whose name begins with `mark`.

    Raises DocumentError for another kind of file, and for one that is encrypted or unpacks to too much.
    """
    if raw.startswith(_OLE):
        raise DocumentError(f"encrypted or an old .doc/.xls/.ppt file. Save it as {suffix} without a password.")
    if not raw.strip():
        raise DocumentError("empty. Remove the file or give it text.")
    if not raw.startswith(b"PK"):
        raise _another_kind(suffix, next((what for start, what in _SIGNATURES if raw.startswith(start)), None))
    with library_errors(kind):
        archive = ZipFile(io.BytesIO(raw))
        _check_sizes(archive, len(raw))
    names = archive.namelist()
    if not any(name.startswith(mark) for name in names):
        raise _another_kind(
            suffix, next((what for start, what in _MARKS if any(n.startswith(start) for n in names)), None)
        )
    if any(entry.flag_bits & 1 for entry in archive.infolist()):
        raise DocumentError(f"encrypted. Save it as {suffix} without a password.")
    return archive


class CoreProperties(NamedTuple):
    """Title, day of the last change and author that an Office file says of itself; None for what it does not."""

    title: str | None = None
    date: str | None = None
    author: str | None = None


def core_properties(archive: ZipFile) -> CoreProperties:
    """What an Office file says of itself."""
    from defusedxml import ElementTree
    from defusedxml.common import DefusedXmlException

    try:
        root = ElementTree.fromstring(archive.read("docProps/core.xml"))
    except (KeyError, zipfile.BadZipFile, ElementTree.ParseError, DefusedXmlException, ValueError, LookupError):
        # Nobody needs them to read the text.
        return CoreProperties()
    title = own_title(root.findtext(f"{_DUBLIN_CORE}title"))
    author = one_line(root.findtext(f"{_DUBLIN_CORE}creator") or "") or None
    days = (iso_day(root.findtext(f"{_DUBLIN_CORE_TERMS}{term}")) for term in ("modified", "created"))
    return CoreProperties(title, next((day for day in days if day), None), author)


def _check_sizes(archive: ZipFile, packed: int) -> None:
    entries = archive.infolist()
    unpacked = sum(entry.file_size for entry in entries)
    if len(entries) > _MOST_ENTRIES:
        raise DocumentError(f"holds {len(entries)} files, more than any document does. Remove it.")
    if unpacked > _MOST_BYTES or (unpacked > _FREE_BYTES and unpacked > _HIGHEST_RATIO * packed):
        raise DocumentError(
            f"{len(entries)} files of {unpacked / 1e6:.0f} MB packed into {packed / 1e6:.1f} MB,"
            " which no document needs. Remove it, or split it where it is genuine."
        )


def _another_kind(suffix: str, beginning: str | None) -> DocumentError:
    what = f"not a {suffix} file" + (f" (it looks like {beginning})" if beginning else "")
    return DocumentError(f"{what}. Give it the suffix of what it is, or remove it.")
