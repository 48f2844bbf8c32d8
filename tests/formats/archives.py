"""Office files and e-books made by hand, as small as they can be."""

import io
from zipfile import ZIP_DEFLATED, ZipFile

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml"


def zipped(files: dict[str, str | bytes]) -> bytes:
    """An archive of files."""
    packed = io.BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


def relationships(**targets: str) -> str:
    """A .rels file of targets by kind."""
    inner = "".join(
        f'<Relationship Id="{kind}" Type="{_OFFICE}/{kind}" Target="{target}"/>' for kind, target in targets.items()
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{inner}</Relationships>'


def paragraph(text: str, style: str = "", properties: str = "") -> str:
    """A Word paragraph."""
    style = f'<w:pStyle w:val="{style}"/>' if style else ""
    return f'<w:p><w:pPr>{style}{properties}</w:pPr><w:r><w:t xml:space="preserve">{text}</w:t></w:r></w:p>'


def core(title: str, modified: str) -> str:
    """What an Office file says of itself."""
    return (
        f'<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/"'
        ' xmlns:dcterms="http://purl.org/dc/terms/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<dc:title>{title}</dc:title>"
        f'<dcterms:modified xsi:type="dcterms:W3CDTF">{modified}</dcterms:modified></cp:coreProperties>'
    )


def docx(body: str, extra: dict[str, str | bytes] | None = None) -> bytes:
    """A Word document with the styles Heading1, Heading2, Title and Contents1, and one footnote, `1`."""
    styles = "".join(
        f'<w:style w:type="paragraph" w:styleId="{id_}"><w:name w:val="{name}"/></w:style>'
        for id_, name in [("Heading1", "heading 1"), ("Heading2", "heading 2"), ("Title", "Title"), ("Toc1", "toc 1")]
    )
    levels = '<w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/></w:lvl><w:lvl w:ilvl="1"><w:numFmt w:val="decimal"/></w:lvl>'
    note = f'<w:footnote w:id="1">{paragraph("Measured in 2010.")}</w:footnote>'
    parts = {name: f"word/{name}.xml" for name in ("styles", "numbering", "footnotes")}
    overrides = "".join(
        f'<Override PartName="/{path}" ContentType="{_WORD}.{name}+xml"/>' for name, path in parts.items()
    )
    return zipped(
        {
            "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
            f'<Override PartName="/word/document.xml" ContentType="{_WORD}.document.main+xml"/>{overrides}</Types>',
            "_rels/.rels": relationships(officeDocument="word/document.xml"),
            "word/document.xml": f"<w:document {W}><w:body>{body}</w:body></w:document>",
            "word/_rels/document.xml.rels": relationships(**{name: f"{name}.xml" for name in parts}),
            "word/styles.xml": f"<w:styles {W}>{styles}</w:styles>",
            "word/numbering.xml": f'<w:numbering {W}><w:abstractNum w:abstractNumId="0">{levels}</w:abstractNum>'
            '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>',
            "word/footnotes.xml": f"<w:footnotes {W}>{note}</w:footnotes>",
        }
        | (extra or {})
    )


def epub(chapters: dict[str, str], extra: dict[str, str | bytes] | None = None) -> bytes:
    """An e-book of chapters by file name, called Two Rivers, of 2003-05-01."""
    items = "".join(
        f'<item id="c{number}" href="{name.replace(" ", "%20")}" media-type="application/xhtml+xml"/>'
        for number, name in enumerate(chapters)
    )
    spine = "".join(f'<itemref idref="c{number}"/>' for number in range(len(chapters)))
    return zipped(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
            '<rootfile full-path="OEBPS/book.opf"/></rootfiles></container>',
            "OEBPS/book.opf": '<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/">'
            "<metadata><dc:title>Two Rivers</dc:title><dc:date>2003-05-01T00:00:00Z</dc:date></metadata>"
            f"<manifest>{items}</manifest><spine>{spine}</spine></package>",
        }
        | {f"OEBPS/{name}": content for name, content in chapters.items()}
        | (extra or {})
    )
