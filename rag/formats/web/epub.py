"""E-books in the EPUB format."""

import posixpath
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import unquote
from zipfile import ZipFile

from rag.errors import DocumentError
from rag.formats.archive import open_zip
from rag.formats.left_out import notes
from rag.formats.markdown import heading_sections
from rag.formats.parsed_document import ParsedDocument
from rag.formats.tables.table_lines import with_tables
from rag.formats.text import finished, iso_day, join_parts, library_errors, one_line
from rag.formats.titles import own_title
from rag.formats.web.html import HtmlPage, decode_html, html_page

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"
_PAGE_TYPES = {"application/xhtml+xml", "text/html", "application/x-dtbook+xml"}


def read_epub(raw: bytes) -> ParsedDocument:
    """An e-book: its chapters in the order of reading with their notes, and what its headings stand over."""
    with open_zip(raw, ".epub", "e-book", _CONTAINER) as archive, library_errors("e-book"):
        root_file = _find(_xml(archive, _CONTAINER), "rootfile").get("full-path", "")
        package = _xml(archive, root_file)
        paths = list(_reading_order(package, posixpath.dirname(root_file)))
        _check_readable(archive, paths)
        pages = [html_page(decode_html(archive.read(path)).text) for path in paths]
        text, sections = join_parts("chapter", [(None, _title(page), page.text) for page in pages])
        title = own_title(package.findtext(".//{*}metadata/{*}title"))
        author = one_line(package.findtext(".//{*}metadata/{*}creator") or "") or None
        date = iso_day(package.findtext(".//{*}metadata/{*}date"))
    left_out = sum((page.left_out for page in pages), Counter[str]())
    sections += heading_sections(text)
    return finished(with_tables(ParsedDocument(text, title, date, sections, notes=notes(left_out), author=author)))


def _title(page: HtmlPage) -> str | None:
    """The title of a chapter, for that of its page is often that of the book."""
    headings = heading_sections(page.text)
    return headings[0].title if headings and headings[0].start == 0 else page.title


def _reading_order(package: "Element", folder: str) -> Iterator[str]:
    """Paths of the pages of the spine."""
    items = {item.get("id"): item for item in package.iterfind(".//{*}manifest/{*}item")}
    for reference in package.iterfind(".//{*}spine/{*}itemref"):
        item = items.get(reference.get("idref"))
        if item is not None and item.get("media-type") in _PAGE_TYPES:
            yield posixpath.normpath(posixpath.join(folder, unquote(item.get("href", "").partition("#")[0])))


def _check_readable(archive: ZipFile, paths: list[str]) -> None:
    """Raises DocumentError where a page is encrypted; fonts may be."""
    if _ENCRYPTION not in archive.namelist():
        return
    references = _xml(archive, _ENCRYPTION).iterfind(".//{*}CipherReference")
    if {unquote(reference.get("URI", "")) for reference in references}.intersection(paths):
        raise DocumentError("protected by DRM, so its text cannot be read. Use an edition without DRM.")


def _find(element: "Element", name: str) -> "Element":
    found = element.find(f".//{{*}}{name}")
    if found is None:
        raise ValueError(f"no {name}")
    return found


def _xml(archive: ZipFile, path: str) -> "Element":
    from defusedxml import ElementTree

    root: Element = ElementTree.fromstring(archive.read(path))
    return root
