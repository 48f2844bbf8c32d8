import struct

import pytest

from rag.errors import DocumentError
from rag.formats.readers import READERS
from tests.formats.archives import core, docx, epub, paragraph, zipped

OLE = bytes.fromhex("d0cf11e0a1b11ae1")
MARKS: dict[str, str | bytes] = {
    "word/document.xml": "<",
    "ppt/x": "<",
    "xl/workbook.xml": "<",
    "META-INF/container.xml": "<",
}
SUFFIXES = [".docx", ".epub", ".pptx", ".xlsx"]


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", "empty."),
        (OLE + b"x", "encrypted or an old .doc/.xls/.ppt file. Save it as {} without a password."),
        (b"MZ\x90", "not a {} file (it looks like a Windows program). Give it the suffix of what it is, or remove it."),
        (b"\x89PNG\r\n", "not a {} file (it looks like a PNG picture)."),
        (b"%PDF-1.7", "not a {} file (it looks like a PDF)."),
        (b"hello", "not a {} file. Give it the suffix"),
        (zipped({"a.txt": "x"}), "not a {} file. Give it the suffix"),
        (b"PK\x03\x04 cut off", "a damaged "),
        (zipped(MARKS), "a damaged "),
        (zipped(MARKS | {"big": bytes(30_000_000)}), "5 files of 30 MB packed into 0.0 MB, which no document needs."),
        (zipped(MARKS | {str(n): "" for n in range(20_000)}), "holds 20004 files, more than any document does."),
    ],
)
def test_what_is_no_such_document_is_named(suffix: str, raw: bytes, message: str) -> None:
    with pytest.raises(DocumentError) as error:
        READERS[suffix](raw)
    assert str(error.value).startswith(message.format(suffix))


def test_a_wrong_suffix_is_named() -> None:
    word, book = docx(paragraph("x")), epub({"a.xhtml": "<p>x"})
    for suffix, raw, kind in [
        (".xlsx", word, "a Word document"),
        (".docx", book, "an e-book"),
        (".pptx", book, "an e-book"),
    ]:
        with pytest.raises(DocumentError) as error:
            READERS[suffix](raw)
        assert str(error.value).startswith(f"not a {suffix} file (it looks like {kind})")


def test_an_encrypted_entry_is_named() -> None:
    raw = docx(paragraph("x"))
    # The flags of the first entry of the central directory.
    flags = raw.index(b"PK\x01\x02") + 8
    with pytest.raises(DocumentError, match=r"^encrypted\. Save it as \.docx without a password\.$"):
        READERS[".docx"](raw[:flags] + struct.pack("<H", 1) + raw[flags + 2 :])


@pytest.mark.parametrize(
    "properties",
    [
        "<",
        core("", "yesterday"),
        '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>',
        '<!DOCTYPE x [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><x>&b;</x>',
    ],
)
def test_properties_that_cannot_be_read_do_not_keep_the_text(properties: str) -> None:
    parsed = READERS[".docx"](docx(paragraph("Text."), {"docProps/core.xml": properties}))
    assert (parsed.text, parsed.title, parsed.date) == ("Text.", None, None)
