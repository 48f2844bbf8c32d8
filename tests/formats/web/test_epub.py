import pytest

from rag.errors import DocumentError
from rag.formats.web.epub import read_epub
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


def test_notes_are_kept_and_their_marks_join_no_figure() -> None:
    page = (
        '<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"><head><title/></head>'
        '<body><p>It carries 450<a epub:type="noteref" href="#n1">1</a> barges, 460<a href="notes.xhtml#n2">2</a> in '
        'spring, and <del>10</del> 12 ferries.</p><aside epub:type="footnote" hidden="hidden"><p>1 In 2010.</p></aside>'
        "<p style='display:none'>Not shown.</p><table><tr><th>Town<th>Year<tr><td rowspan='2'>Basel<td>1<tr><td>2"
        "</table></body></html>"
    )
    parsed = read_epub(epub({"a.xhtml": page, "b.xhtml": page}))
    assert parsed.text.startswith(
        "It carries 450¹ barges, 460² in spring, and 12 ferries.\n\n1 In 2010.\n\n| Town | Year |"
    )
    assert parsed.notes == ["2 hidden passages left out.", "2 struck-out passages left out."]
    cells = [[parsed.text[slice(*cell)] for cell in row.cells if cell] for row in parsed.tables[1].rows]
    assert cells == [["Basel", "1"], ["Basel", "2"]]


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
