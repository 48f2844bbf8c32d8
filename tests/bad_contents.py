"""Bad and odd contents of files of every format, each with what must become of it."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from tests.small_files import (
    FORMATS,
    PACKED_FORMATS,
    TEXT_FORMATS,
    docx,
    docx_of,
    docx_paragraph,
    epub_of,
    flagged,
    mail,
    pdf,
    pdf_of,
    understated,
    xlsx_of,
    zipped,
)

SCRIPTS = {
    "arabic": "افتتحت المنارة في عام 1887.",
    "hebrew": "המגדלור נפתח בשנת 1887.",
    "chinese": "灯塔于1887年启用。",
    "japanese": "灯台は1887年に開設されました。",
    "devanagari": "प्रकाशस्तंभ 1887 में खुला।",
    "thai": "ประภาคารเปิดในปี 1887",
    "combining": "Der Leuchtturm ero\u0308ffnete 1887, a\u0301 cote\u0301.",
    "emoji": "The family 👨\u200d👩\u200d👧\u200d👦 came in 1887 🏳\ufe0f\u200d🌈.",
    "override": "The file \u202egnp.exe\u202c was found in 1887.",
    "mathematical": "𝕋𝕙𝕖 𝓵𝓲𝓰𝓱𝓽 opened in 𝟭𝟴𝟴𝟳.",
    "zero_width": "The light\u200bhouse\u2060 opened in 1887.",
}
SCRIPT_FORMATS = sorted(FORMATS.keys() - {".pdf"})
"""A PDF's fonts are a matter of its own tests."""

MEGABYTE = 1_000_000
DAMAGED = r"damaged|not a |empty|encrypted|holds NUL|not UTF-8|not valid|nothing|no text|line \d"
EMPTY = r"empty\. Remove the file or give it text\.|no text"
TOO_MUCH = r"which no document needs|more than any document does|needs more than"


@dataclass(frozen=True, slots=True)
class BadFile:
    """A file and its expectation: "read" with the text `detail` in it, "named" with a reason that the pattern `detail`
    matches, "either" (no crash, and a reason where it is not read), or "ignored": neither indexed nor named.

    `path` is as an index writes it: relative, with U+FFFD for what is not UTF-8.
    """

    path: str
    expected: Literal["read", "named", "either", "ignored"]
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Content:
    file: BadFile
    raw: bytes


def says(name: str) -> str:
    """A sentence that only one file holds."""
    return f"The lighthouse {''.join(c for c in name if c.isalnum())} opened in 1887."


def read(path: str, raw: bytes, text: str) -> Content:
    return Content(BadFile(path, "read", text), raw)


def named(path: str, raw: bytes, reason: str) -> Content:
    return Content(BadFile(path, "named", reason), raw)


def either(path: str, raw: bytes) -> Content:
    return Content(BadFile(path, "either"), raw)


def bad_contents() -> Iterator[Content]:
    rng = random.Random(35)
    for suffix, make in FORMATS.items():
        yield from _of_every_format(suffix, make, rng)
    for suffix in SCRIPT_FORMATS:
        for script, text in SCRIPTS.items():
            yield read(f"scripts/{script}{suffix}", FORMATS[suffix](f"{text} {suffix[1:]}"), text)
    yield from _of_text()
    yield from _archives()
    yield from _xml()
    yield from _deep()
    yield from _pdfs()


def _of_every_format(suffix: str, make: Callable[[str], bytes], rng: random.Random) -> Iterator[Content]:
    good = make(says(f"cut{suffix}"))
    is_text = suffix in TEXT_FORMATS
    yield named(f"bytes/empty{suffix}", b"", EMPTY)
    yield named(f"bytes/blank{suffix}", b" \n\t\r\n ", EMPTY if is_text else f"{EMPTY}|{DAMAGED}")
    yield named(f"bytes/random{suffix}", rng.randbytes(5000), DAMAGED)
    yield named(f"bytes/zeros{suffix}", bytes(4096), DAMAGED)
    for share in (0.3, 0.6, 0.9):
        cut = good[: int(len(good) * share)]
        path = f"bytes/cut{share:.0%}{suffix}"
        yield named(path, cut, DAMAGED) if suffix in PACKED_FORMATS else either(path, cut)
    for number in range(3):
        flipped = bytearray(make(says(f"flipped{number}{suffix}")))
        for _ in range(1 + number * 5):
            flipped[rng.randrange(len(flipped))] ^= 1 << rng.randrange(8)
        yield either(f"bytes/flipped{number}{suffix}", bytes(flipped))
    yield read(f"bytes/tail{suffix}", make(says(f"tail{suffix}")) + b"\n" * 10, says(f"tail{suffix}"))
    strangers = {
        "program": b"MZ\x90\0" + rng.randbytes(400),
        "picture": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + rng.randbytes(400),
        "archive": zipped({"notes.txt": says(f"archive{suffix}")}),
        "old_office": bytes.fromhex("d0cf11e0a1b11ae1") + bytes(504) + rng.randbytes(512),
        "word": docx(says(f"word{suffix}")),
        "portable": pdf(says(f"portable{suffix}")) + bytes(10),
    }
    for what, raw in strangers.items():
        if (what, suffix) not in {("word", ".docx"), ("portable", ".pdf")}:
            yield named(f"strangers/{what}{suffix}", raw, DAMAGED)


def _of_text() -> Iterator[Content]:
    for suffix, make in TEXT_FORMATS.items():
        text = says(f"text{suffix}")

        def one(what: str, suffix: str = suffix) -> tuple[str, str]:
            return f"text/{what}{suffix}", says(f"{what}{suffix}")

        path, text = one("nul")
        yield named(path, make(text).replace(b"opened", b"open\0ed"), DAMAGED)
        path, text = one("bom")
        yield read(path, b"\xef\xbb\xbf" + make(text), text)
        for encoding in ("utf-16-le", "utf-16-be"):
            path, text = one(encoding)
            raw = ("\ufeff" + make(text).decode()).encode(encoding)
            # Mails are made of bytes.
            yield named(path, raw, DAMAGED) if suffix == ".eml" else read(path, raw, text)
            path, text = one(f"{encoding}-bare")
            raw = make(text).decode().encode(encoding)
            # Pages and mails begin with ASCII wherever they do not say what they are.
            yield named(path, raw, DAMAGED) if suffix in {".html", ".eml"} else read(path, raw, text)
        path, text = one("returns")
        yield read(path, make(text).replace(b"\r\n", b"\n").replace(b"\n", b"\r"), text)
        yield named(f"text/only_bom{suffix}", b"\xef\xbb\xbf", EMPTY)
        path, text = one("invalid")
        raw = make(text).replace(b"opened", b"open\xff\xfeed")
        # A page or a mail may be in an older encoding, whose every byte is a character.
        yield either(path, raw) if suffix in {".html", ".eml"} else named(path, raw, DAMAGED)
        path, text = one("long_line")
        length = MEGABYTE if suffix == ".txt" else MEGABYTE // 10
        yield read(path, make(f"{text} " + "The keeper lit it again, said Ann. " * (length // 35)), text)
    yield read("text/surrogate.json", b'{"note": "The keeper \\ud800 lit it in 1888."}', "lit it in 1888.")
    yield read("text/pair.json", b'{"note": "The keeper \\ud83d\\ude00 lit it in 1889."}', "\U0001f600 lit it in 1889.")
    # What makes a careless pattern take time by the square of it.
    yield read("text/spaces.md", b"# The wide" + b" " * 100_000 + b"light of 1868.\n", "light of 1868.")
    yield read("text/columns.csv", ",".join(f"c{n}" for n in range(5000)).encode() + b"\n1867" * 5000, "1867")
    yield named("text/half.json", b'{"note": "The keeper', DAMAGED)
    yield read("text/numbers.json", b'{"note": "Infinite.", "x": [1e999, -0]}', "Infinite.")
    yield named("text/no_number.json", b'{"note": "None.",\n"x": NaN}', "line 2: NaN")
    yield either("text/huge_number.json", b'{"note": "Numbers.", "x": ' + b"9" * 10_000 + b"}")
    yield named("text/one_bad_line.jsonl", b'{"note": "Good line."}\n{"note": \n', DAMAGED)
    yield either("text/no_word.md", b"# \n\n- \n\n> \n\n***\n")
    yield read("text/escapes.html", b"<p>Caf&eacute; &#x1F600; opened &#0; &#xD800; in 1886.</p>", "in 1886.")
    yield named("text/no_text.html", b"<html><script>var light = 1;</script><style>p {}</style></html>", EMPTY)
    yield read("text/quote.csv", b'name,note\none,"The keeper said ""no"" in\n1884."\n', "1884.")
    yield either("text/open_quote.csv", b'name,note\none,"The keeper left in 1885.\n')
    yield read("text/ragged.csv", b"a,b\n1\n1,2,3,4\n,,\nThe mast fell in 1883.\n", "The mast fell in 1883.")
    yield either("text/wide_field.csv", b"a,b\n1," + b"x" * 200_000 + b"\n")
    yield either("text/unknown_charset.eml", mail("The bell rang in 1882.").replace(b"utf-8", b"x-none"))
    boundary = b"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n\r\nThe bell rang in 1881.\r\n"
    yield read("text/no_end.eml", b"Subject: Bell\r\n" + boundary, "The bell rang in 1881.")
    yield either("text/no_boundary.eml", b"Content-Type: multipart/mixed\r\n\r\nThe bell rang in 1880.\r\n")
    encoded = b"Content-Transfer-Encoding: base64\r\n\r\n%%%VGhl!\r\n"
    yield either("text/bad_base64.eml", b"Subject: Bell\r\n" + encoded)


def _archives() -> Iterator[Content]:
    paragraph = docx_paragraph(says("macros"))
    yield read("zip/macros.docx", docx_of(paragraph, more={"word/vbaProject.bin": b"\xcc\x61" * 500}), says("macros"))
    inner = zipped({"a.zip": zipped({"b.txt": bytes(10_000)})})
    paragraph = docx_paragraph(says("nested"))
    yield read("zip/nested.docx", docx_of(paragraph, more={"word/embeddings/a.zip": inner}), says("nested"))
    up = {"../../etc/evil.xml": "<x/>", "/root/evil.xml": "<x/>"}
    yield read("zip/upwards.docx", docx_of(docx_paragraph(says("upwards")), more=up), says("upwards"))
    bomb = " " * (25 * MEGABYTE)
    yield named("zip/bomb.docx", docx_of(docx_paragraph("Bomb.") + bomb), TOO_MUCH)
    yield named("zip/bomb.xlsx", xlsx_of(bomb), TOO_MUCH)
    yield named("zip/bomb.epub", epub_of(f"<html><body><p>{bomb}</p></body></html>"), TOO_MUCH)
    many = {f"word/media/{n}": b"" for n in range(20_001)}
    yield named("zip/many.docx", docx_of(docx_paragraph("Many."), more=many), TOO_MUCH)
    for suffix, make in PACKED_FORMATS.items():
        raw = make(says(f"password{suffix}"))
        yield named(f"zip/password{suffix}", flagged(raw), "encrypted|password")
        yield named(f"zip/understated{suffix}", understated(raw), DAMAGED)
        yield read(f"zip/before{suffix}", b"PK" + bytes(40) + make(says(f"before{suffix}")), says(f"before{suffix}"))
        yield named(f"zip/hollow{suffix}", zipped({"[Content_Types].xml": "<Types/>"}), DAMAGED)


def _xml() -> Iterator[Content]:
    outside = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
    levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 11))
    laughs = f'<!DOCTYPE x [<!ENTITY l0 "ha">{levels}]>'
    for what, doctype, entity in (("outside", outside, "&e;"), ("laughs", laughs, "&l10;")):
        body = f"<w:p><w:r><w:t>Before {entity} after.</w:t></w:r></w:p>"
        row = f'<row r="1"><c r="A1" t="inlineStr"><is><t>Before {entity} after.</t></is></c></row>'
        page = f"{doctype}<html><body><p>Before {entity} after.</p></body></html>"
        yield either(f"xml/{what}.docx", docx_of(body, doctype))
        yield either(f"xml/{what}.xlsx", xlsx_of(row, doctype))
        yield either(f"xml/{what}.epub", epub_of(page))
        yield either(f"xml/{what}.html", page.encode())
    yield named("xml/unclosed.docx", docx_of("<w:p><w:r>"), DAMAGED)
    yield named("xml/no_text.docx", docx_of("<w:p/>"), EMPTY)
    yield named("xml/no_text.xlsx", xlsx_of(""), EMPTY)
    yield named("xml/no_text.epub", epub_of("<html><body/></html>"), EMPTY)
    yield either(
        "xml/far_cell.xlsx", xlsx_of('<row r="1048576"><c r="XFD1048576"><v>1</v></c><c r="A1"><v>2</v></c></row>')
    )


def _deep() -> Iterator[Content]:
    sentence = says("deep")
    yield read("deep/divs.html", b"<div>" * 50_000 + sentence.encode() + b"</div>" * 50_000, sentence)
    yield read("deep/lists.html", b"<ul><li>" * 3000 + b"The deep list of 1879.", "The deep list of 1879.")
    yield read("deep/tables.html", b"<table><tr><td>" * 3000 + b"The deep table of 1878.", "The deep table of 1878.")
    yield read("deep/quotes.md", b">" * 50_000 + b" The deep quote of 1877.", "The deep quote of 1877.")
    yield named("deep/brackets.json", b"[" * 100_000 + b'"x"' + b"]" * 100_000, "nested too deeply|" + DAMAGED)
    yield either("deep/brackets.jsonl", b'{"a": "b"}\n' + b"[" * 100_000 + b"]" * 100_000)
    smart = "<w:p>" + "<w:smartTag>" * 50_000 + "<w:r><w:t>Deep.</w:t></w:r>" + "</w:smartTag>" * 50_000 + "</w:p>"
    yield either("deep/tags.docx", docx_of(smart))
    yield either("deep/divs.epub", epub_of("<html><body>" + "<div>" * 50_000 + "The deep book of 1876."))
    part = b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n"
    yield either("deep/parts.eml", b"".join(part % (n, n) for n in range(1000)) + b"\r\nDeep.\r\n")


def _pdfs() -> Iterator[Content]:
    yield read("pdf/one_word.pdf", pdf_of(["a" * 20_000]), "a" * 20_000)
    yield named("pdf/password.pdf", pdf_of(["A secret of 1875."], b"secret"), "password")
    yield read("pdf/open_password.pdf", pdf_of([says("openpassword")], b""), says("openpassword"))
    yield named("pdf/no_text.pdf", pdf_of(["", ""]), "no text|empty|scan")
    yield named("pdf/without_pages.pdf", pdf_of([]), "no page|no text|empty|damaged|scan")
    pages = [f"Page {number} of the log of 1874." for number in range(1, 2001)]
    yield read("pdf/long.pdf", pdf_of(pages), "Page 2000 of the log of 1874.")
    good = pdf_of(["The loop of 1873.", "The second page of 1873."])
    yield either("pdf/loop.pdf", good.replace(b"/Kids[4 0 R 6 0 R]", b"/Kids[2 0 R 2 0 R]"))
    yield either("pdf/count.pdf", good.replace(b"/Count 2", b"/Count 99999999"))
    yield either("pdf/wide.pdf", good.replace(b"612 792", b"612 9e9"))
    yield read("pdf/before.pdf", b"noise before\n" * 20 + pdf(says("before")), says("before"))
    yield read("pdf/no_xref.pdf", pdf(says("noxref")).replace(b"startxref", b"startyref"), says("noxref"))
