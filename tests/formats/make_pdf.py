"""Small PDFs written byte by byte, so that a test says exactly what its file holds."""

import zlib
from collections.abc import Mapping, Sequence

LETTER = (0, 0, 612, 792)
HELVETICA = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>"
Line = tuple[float, float, str]


def show(lines: Sequence[Line], size: float = 12, font: str = "F1") -> bytes:
    """Content that shows each (x, y, text) at its place, in points from the bottom left corner."""
    return b"\n".join(
        f"BT /{font} {size} Tf 1 0 0 1 {x} {y} Tm (".encode() + _escaped(text) + b") Tj ET" for x, y, text in lines
    )


def make_pdf(
    pages: Sequence[bytes],
    *,
    page_entries: str = "",
    info: Mapping[str, str] | None = None,
    meanings: str = "",
    images: Mapping[str, bytes] | None = None,
    outline: Sequence[tuple[str, int, float]] = (),
    encrypted: bool = False,
) -> bytes:
    """A PDF of the content of its `pages`, on US letter paper.

    `page_entries` are further entries of every page, `images` what `picture` makes, `outline` bookmarks as title, page
    from 0 and height in points. Font F2 looks like F1, but its codes from "A" on mean the characters of `meanings`; F3
    is bold.
    """
    objects: list[bytes] = []

    def add(content: bytes) -> int:
        objects.append(content)
        return len(objects)

    catalog, tree = add(b""), add(b"")
    means = add(_stream(b"", _unicode_map(meanings)))
    fonts = {"F1": HELVETICA, "F2": HELVETICA.replace(b">>", f"/ToUnicode {means} 0 R>>".encode())}
    fonts["F3"] = HELVETICA.replace(b"/Helvetica", b"/Helvetica-Bold")
    names = "".join(f"/{name} {add(font)} 0 R" for name, font in fonts.items())
    pictures = "".join(f"/{name} {add(image)} 0 R" for name, image in (images or {}).items())
    resources = f"/Resources<</Font<<{names}>>/XObject<<{pictures}>>>>"
    box = "" if "MediaBox" in page_entries else "/MediaBox[{} {} {} {}]".format(*LETTER)
    kids = []
    for content in pages:
        stream = add(_stream(b"", content))
        page = f"<</Type/Page/Parent {tree} 0 R{box}{resources}/Contents {stream} 0 R{page_entries}>>"
        kids.append(add(page.encode()))
    objects[tree - 1] = f"<</Type/Pages/Count {len(kids)}/Kids[{' '.join(f'{kid} 0 R' for kid in kids)}]>>".encode()
    outlines = _outline(objects, kids, outline)
    objects[catalog - 1] = f"<</Type/Catalog/Pages {tree} 0 R{outlines}>>".encode()
    trailer = f"/Root {catalog} 0 R"
    if info:
        entries = b"".join(f"/{key}(".encode() + _escaped(value) + b")" for key, value in info.items())
        trailer += f"/Info {add(b'<<' + entries + b'>>')} 0 R"
    if encrypted:
        # Hashes that no password has.
        entry = add(b"<</Filter/Standard/V 1/R 2/P -4/O<" + b"11" * 32 + b">/U<" + b"22" * 32 + b">>>")
        trailer += f"/Encrypt {entry} 0 R/ID[<00><00>]"
    return _file(objects, trailer)


def picture(pixels: bytes, width: int, height: int) -> bytes:
    """A grey picture, one byte a pixel, for `images` of `make_pdf`."""
    entries = f"/Type/XObject/Subtype/Image/Width {width}/Height {height}/ColorSpace/DeviceGray/BitsPerComponent 8"
    return _stream(entries.encode() + b"/Filter/FlateDecode", zlib.compress(pixels))


def _unicode_map(characters: str) -> bytes:
    pairs = "".join(
        f"<{65 + n:02x}><{character.encode('utf-16-be').hex()}>\n" for n, character in enumerate(characters)
    )
    return (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapType 2 def\n"
        "1 begincodespacerange <00><ff> endcodespacerange\n"
        f"{len(characters)} beginbfchar\n{pairs}endbfchar\nendcmap end end"
    ).encode()


def _stream(entries: bytes, content: bytes) -> bytes:
    return b"<<" + entries + f"/Length {len(content)}>>\nstream\n".encode() + content + b"\nendstream"


def _escaped(text: str) -> bytes:
    raw = text.encode("cp1252")
    return raw.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")


def _outline(objects: list[bytes], pages: list[int], bookmarks: Sequence[tuple[str, int, float]]) -> str:
    if not bookmarks:
        return ""
    root = len(objects) + 1
    first, last = root + 1, root + len(bookmarks)
    objects.append(f"<</First {first} 0 R/Last {last} 0 R/Count {len(bookmarks)}>>".encode())
    for number, (title, page, height) in enumerate(bookmarks, first):
        following = f"/Next {number + 1} 0 R" if number < last else ""
        place = f"/Parent {root} 0 R{following}/Dest[{pages[page]} 0 R/XYZ 0 {height} 0]"
        objects.append(b"<</Title(" + _escaped(title) + b")" + place.encode() + b">>")
    return f"/Outlines {root} 0 R"


def _file(objects: Sequence[bytes], trailer: str) -> bytes:
    out = b"%PDF-1.7\n"
    offsets = []
    for number, content in enumerate(objects, 1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n".encode() + content + b"\nendobj\n"
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    end = f"trailer\n<</Size {len(objects) + 1}{trailer}>>\nstartxref\n{len(out)}\n%%EOF\n"
    return out + f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}".encode() + end.encode()
