"""The smallest valid file of each format that says a given text; made by hand where a library would refuse to."""

import csv
import hashlib
import io
import json
import struct
import zipfile
from collections.abc import Callable, Mapping, Sequence
from email.message import EmailMessage
from email.policy import SMTP
from html import escape
from typing import Any

_PDF_PADDING = bytes.fromhex("28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a")
_PDF_ID = b"0123456789abcdef"
_RELATIONSHIPS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_SHEETS = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def html(text: str) -> bytes:
    head = '<!DOCTYPE html><html><head><meta charset="utf-8"><title>Page</title></head>'
    return f"{head}<body><h1>Page</h1><p>{escape(text)}</p></body></html>".encode()


def csv_table(text: str) -> bytes:
    rows = io.StringIO()
    csv.writer(rows).writerows([["name", "note"], ["one", text]])
    return rows.getvalue().encode()


def json_object(text: str) -> bytes:
    return json.dumps({"note": text, "year": 1887}).encode()


def json_lines(text: str) -> bytes:
    return b"\n".join([json_object(text), json.dumps({"note": "Second line."}).encode(), b""])


def mail(text: str) -> bytes:
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = "a@example.org", "b@example.org", "Lights"
    message["Date"] = "Mon, 02 May 2022 10:00:00 +0000"
    message.set_content(text + "\n")
    return bytes(message)


def zipped(entries: Mapping[str, str | bytes]) -> bytes:
    """A ZIP archive of `entries`, without times of its own."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in entries.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def flagged(archive: bytes) -> bytes:
    """`archive` with the mark of encryption on each entry."""
    raw = bytearray(archive)
    for signature, offset in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        at = raw.find(signature)
        while at >= 0:
            raw[at + offset] |= 1
            at = raw.find(signature, at + 4)
    return bytes(raw)


def understated(archive: bytes) -> bytes:
    """`archive` whose directory says of each entry that it unpacks to 10 bytes."""
    raw = bytearray(archive)
    at = raw.find(b"PK\x01\x02")
    while at >= 0:
        raw[at + 24 : at + 28] = struct.pack("<I", 10)
        at = raw.find(b"PK\x01\x02", at + 4)
    return bytes(raw)


def _package(main: str, content_type: str, entries: Mapping[str, str | bytes]) -> bytes:
    """An Office file with the part `main`; `entries` may replace the parts that every package has."""
    types = (
        f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="xml" ContentType="application/xml"/>'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/{main}" ContentType="application/vnd.openxmlformats-officedocument.{content_type}"/>'
        "</Types>"
    )
    relations = (
        f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_RELATIONSHIPS}/officeDocument" Target="{main}"/></Relationships>'
    )
    return zipped({"[Content_Types].xml": types, "_rels/.rels": relations, **entries})


def docx_of(body: str, doctype: str = "", more: Mapping[str, str | bytes] | None = None) -> bytes:
    """A Word document with the XML `body` and entries beside it."""
    document = f'<?xml version="1.0"?>{doctype}<w:document xmlns:w="{_WORD}"><w:body>{body}</w:body></w:document>'
    return _package(
        "word/document.xml", "wordprocessingml.document.main+xml", {"word/document.xml": document, **(more or {})}
    )


def docx_paragraph(text: str) -> str:
    return f"<w:p><w:r><w:t>{escape(text)}</w:t></w:r></w:p>"


def docx(text: str) -> bytes:
    return docx_of(docx_paragraph(text))


def xlsx_of(rows: str, doctype: str = "", more: Mapping[str, str | bytes] | None = None) -> bytes:
    """A workbook of one sheet with the XML `rows` and entries beside it."""
    workbook = (
        f'<workbook xmlns="{_SHEETS}" xmlns:r="{_RELATIONSHIPS}">'
        '<sheets><sheet name="Notes" sheetId="1" r:id="rId1"/></sheets></workbook>'
    )
    relations = (
        f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_RELATIONSHIPS}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>'
    )
    sheet = f'<?xml version="1.0"?>{doctype}<worksheet xmlns="{_SHEETS}"><sheetData>{rows}</sheetData></worksheet>'
    parts = {"xl/workbook.xml": workbook, "xl/_rels/workbook.xml.rels": relations, "xl/worksheets/sheet1.xml": sheet}
    return _package("xl/workbook.xml", "spreadsheetml.sheet.main+xml", {**parts, **(more or {})})


def xlsx(text: str) -> bytes:
    cells = "".join(
        f'<c r="{column}1" t="inlineStr"><is><t>{escape(cell)}</t></is></c>'
        for column, cell in zip("AB", ("one", text), strict=True)
    )
    return xlsx_of(f'<row r="1">{cells}</row>')


def pptx(text: str) -> bytes:
    from pptx import Presentation

    presentation = Presentation()
    slide = presentation.slides.add_slide(presentation.slide_layouts[1])
    slide.shapes.title.text = "Slide"
    slide.placeholders[1].text = text
    buffer = io.BytesIO()
    presentation.save(buffer)
    with zipfile.ZipFile(buffer) as archive:
        # Packed anew, for python-pptx writes the time of day into it.
        return zipped({name: archive.read(name) for name in archive.namelist()})


def epub_of(chapter: str, more: Mapping[str, str | bytes] | None = None) -> bytes:
    """An e-book of one chapter, given as its whole XHTML, and entries beside it."""
    container = (
        '<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
        '<rootfile full-path="book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
    )
    package = (
        '<package version="3.0" xmlns="http://www.idpf.org/2007/opf" unique-identifier="id">'
        '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:identifier id="id">1</dc:identifier>'
        "<dc:title>Lights</dc:title><dc:language>en</dc:language></metadata>"
        '<manifest><item id="one" href="one.xhtml" media-type="application/xhtml+xml"/></manifest>'
        '<spine><itemref idref="one"/></spine></package>'
    )
    parts = {"mimetype": "application/epub+zip", "META-INF/container.xml": container, "book.opf": package}
    return zipped({**parts, "one.xhtml": chapter, **(more or {})})


def epub(text: str) -> bytes:
    page = f"<head><title>One</title></head><body><p>{escape(text)}</p></body>"
    return epub_of(f'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml">{page}</html>')


def pdf(text: str) -> bytes:
    return pdf_of([text])


def pdf_of(pages: Sequence[str], password: bytes | None = None) -> bytes:
    """A PDF with a line of Latin-1 text on each page; with `password`, encrypted as PDF 1.1 does it."""
    owner = _rc4(hashlib.md5(_PDF_PADDING).digest()[:5], _padded(password or b""))
    permissions = (-4).to_bytes(4, "little", signed=True)
    key = hashlib.md5(_padded(password or b"") + owner + permissions + _PDF_ID).digest()[:5]
    font, first_page = 3, 4
    kids = b" ".join(b"%d 0 R" % (first_page + 2 * n) for n in range(len(pages)))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count %d/Kids[%b]>>" % (len(pages), kids),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    ]
    for text in pages:
        contents = len(objects) + 2
        line = text.encode("latin-1").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
        stream = b"BT /F1 12 Tf 72 720 Td (%b) Tj ET" % line if text else b""
        if password is not None:
            stream = _rc4(hashlib.md5(key + contents.to_bytes(3, "little") + b"\0\0").digest()[:10], stream)
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Resources<</Font<</F1 %d 0 R>>>>/Contents %d 0 R>>"
            % (font, contents)
        )
        objects.append(b"<</Length %d>>stream\n%b\nendstream" % (len(stream), stream))
    trailer = b"<</Size %d/Root 1 0 R" % (len(objects) + 1)
    if password is not None:
        entries = (owner.hex().encode(), _rc4(key, _PDF_PADDING).hex().encode())
        trailer += b"/ID[<%b><%b>]" % (_PDF_ID.hex().encode(), _PDF_ID.hex().encode())
        trailer += b"/Encrypt<</Filter/Standard/V 1/R 2/P -4/O<%b>/U<%b>>>" % entries
    body, offsets = bytearray(b"%PDF-1.4\n"), []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(body))
        body += b"%d 0 obj%b endobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    return bytes(body) + head + table + b"trailer" + trailer + b">>\nstartxref\n%d\n%%%%EOF\n" % len(body)


def _padded(password: bytes) -> bytes:
    return (password + _PDF_PADDING)[:32]


def _rc4(key: bytes, data: bytes) -> bytes:
    state, j = list(range(256)), 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    result, i, j = bytearray(), 0, 0
    for byte in data:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        result.append(byte ^ state[(state[i] + state[j]) % 256])
    return bytes(result)


TEXT_FORMATS: dict[str, Callable[[str], bytes]] = {
    ".txt": str.encode,
    ".md": lambda text: f"# Page\n\n{text}\n".encode(),
    ".html": html,
    ".csv": csv_table,
    ".json": json_object,
    ".jsonl": json_lines,
    ".eml": mail,
}
PACKED_FORMATS: dict[str, Callable[[str], bytes]] = {".docx": docx, ".pptx": pptx, ".xlsx": xlsx, ".epub": epub}
FORMATS = TEXT_FORMATS | PACKED_FORMATS | {".pdf": pdf}
"""By suffix, the file that says a text of one line; a PDF's text is Latin-1."""


def add_table(slide: Any, rows: Sequence[Sequence[str]]) -> None:
    """Put a table of one-line cells on a slide of python-pptx."""
    from pptx.util import Inches

    size = [Inches(1), Inches(4), Inches(8), Inches(2)]
    table = slide.shapes.add_table(len(rows), len(rows[0]), *size).table
    for y, row in enumerate(rows):
        for x, text in enumerate(row):
            table.cell(y, x).text = text
