import pytest

from rag.errors import DocumentError
from rag.formats.epub import read_epub
from tests.formats.archives import epub

CHAPTERS = {
    "cover.xhtml": "<html><body><img src='x.png'/></body></html>",
    "one two.xhtml": "<html><head><title>T</title></head><body><h1>The Rhine</h1><p>It is long.</p></body></html>",
    "b.xhtml": '<?xml version="1.0" encoding="utf-8"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title>The Rhône'
    "</title></head><body><p>It is short.</p><h2>Towns</h2><p>Lyon.</p></body></html>",
}


def encryption(path: str) -> dict[str, str | bytes]:
    return {"META-INF/encryption.xml": f'<encryption><a><CipherReference URI="{path}"/></a></encryption>'}


def test_a_book_is_its_chapters_in_order() -> None:
    parsed = read_epub(epub(CHAPTERS))
    assert parsed.text == "# The Rhine\n\nIt is long.\n\nIt is short.\n\n## Towns\n\nLyon."
    assert (parsed.title, parsed.date) == ("Two Rivers", "2003-05-01")
    assert [(part.kind, part.title, parsed.text[part.start : part.end]) for part in parsed.sections] == [
        ("chapter", "The Rhine", "# The Rhine\n\nIt is long."),
        ("chapter", "The Rhône", "It is short.\n\n## Towns\n\nLyon."),
        ("heading", "The Rhine", "# The Rhine\n\nIt is long.\n\nIt is short.\n\n"),
        ("heading", "Towns", "## Towns\n\nLyon."),
    ]


def test_encrypted_fonts_do_no_harm_and_encrypted_chapters_are_named() -> None:
    assert read_epub(epub(CHAPTERS, encryption("OEBPS/font.otf"))).title == "Two Rivers"
    with pytest.raises(DocumentError, match="^protected by DRM"):
        read_epub(epub(CHAPTERS, encryption("OEBPS/one%20two.xhtml")))


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        ({"META-INF/container.xml": "<container/>"}, "a damaged e-book (no rootfile)"),
        ({"OEBPS/book.opf": "<package>"}, "a damaged e-book (no element found"),
        ({"OEBPS/book.opf": "<package/>"}, "empty."),
        (
            {"OEBPS/book.opf": '<!DOCTYPE p [<!ENTITY e SYSTEM "file:///etc/passwd">]><p>&e;</p>'},
            "a damaged e-book (Ent",
        ),
    ],
)
def test_what_cannot_be_read_is_named(extra: dict[str, str | bytes], message: str) -> None:
    with pytest.raises(DocumentError) as error:
        read_epub(epub(CHAPTERS, extra))
    assert str(error.value).startswith(message)
