"""Sources and an open document as HTML: the place marked, the pages at hand, and nothing taken for markup."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from rag.answer import Answer, Box, Citation, Passage
from rag.formats.parsed_document import Section
from rag.formats.pdf.page_picture import Picture
from rag.library.open_document import OpenDocument
from tests.ui.read_html import Reader
from ui.viewer.places import ShownPlace
from ui.viewer.source_html import PageView, document_html, library_document_html, sources_html
from ui.viewer.text_html import CONTEXT_CHARACTERS, after_html, before_html, page_html

NASTY = "<script>alert(1)</script><img src=x onerror=alert(2)> ${1+1} {{value}} `x` & \"quoted\" 'single'"
TEXTS = st.text(st.characters(exclude_characters="\0"), max_size=50) | st.just(NASTY)
TAGS = {
    *("div", "p", "span", "button", "h2", "h3", "h4", "h5", "h6", "ol", "li", "strong", "q", "mark", "b", "i", "code"),
    *("img", "label", "input", "svg", "path"),
}
PICTURE = Picture(b"x", "image/webp", 600, 800, 4)


def document(text: str, type: str = "md", pages: list[Section] | None = None) -> OpenDocument:
    return OpenDocument("seeds", text[:50], text[:50], type, "5ha", text, pages or [], Path("x"))


def opened(text: str, start: int, end: int, type: str = "md", pages: list[PageView] | None = None) -> str:
    at = Citation(1, text[:50], text[:50], 3, start, end, text[start:end], also=[text[:50]])
    return document_html(document(text, type), at, pages or [], text[:50], ShownPlace(0, "citation", 1), 3)


def answer(text: str, refused: bool) -> Answer:
    citation, passage = Citation(1, text, text, None, 3, 9, text), Passage("i", text, None, 3, 9, text, 1.0, 1, None)
    return Answer(text, text, None, 0.5, refused, None, [], [] if refused else [citation], [passage])


def paged(*texts: str) -> OpenDocument:
    """A PDF with these pages, a blank line between two."""
    pages, whole = [], ""
    for number, text in enumerate(texts, start=1):
        start = len(whole) + (2 if whole else 0)
        whole += ("\n\n" if whole else "") + text
        pages.append(Section("page", start, start + len(text), number))
    return document(whole, "pdf", pages)


def without_signs(text: str) -> str:
    """A text less what a page leaves out of it."""
    return "".join(text.replace("#", "").split())


@given(TEXTS)
def test_nothing_that_a_document_says_becomes_markup(text: str) -> None:
    pages = [
        sources_html(0, answer(text, refused=False)),
        sources_html(0, answer(text, refused=True)),
        opened(text, 0, min(3, len(text))),
        library_document_html(document(text), 1, [PageView(1, PICTURE, [])], text),
        after_html(document(text), 0),
    ]
    for page in pages:
        read = Reader(page)
        assert set(read.tags) <= TAGS
        assert read.tags.count("img") == page.count('alt="Picture of page 1"')
        assert not [name for name, _ in read.attributes if name.startswith("on")]
        assert not set("${}`") & set(page)
        # Neither the signs of headings are shown in a list, nor blanks at the ends.
        assert without_signs(text) in without_signs(read.text) or not text.isprintable()


def test_a_refusal_has_nearest_passages_as_its_sources() -> None:
    assert "Nearest passages" in sources_html(0, answer("far", refused=True))
    assert Reader(sources_html(4, answer("far", refused=True))).values("data-open") == ["4:passage:0"]


def test_the_cited_range_is_marked_in_its_surroundings_and_others_are_a_step_away() -> None:
    page = opened("a" * 50_000 + "HERE" + "b" * 50_000, 50_000, 50_004, "txt")
    read = Reader(page)
    assert '<mark class="cited" id="cited">HERE</mark>' in page
    assert f"… {50_000 - CONTEXT_CHARACTERS:,} characters before …" in read.text
    assert read.text.count("b") < CONTEXT_CHARACTERS + 200
    assert read.values("data-open") == ["0:citation:0", "0:citation:2"]
    assert read.values("data-place") == ["0:citation:1"]
    assert "2 of 3" in read.text


def test_boxes_lie_on_the_picture_of_their_page_and_others_wait_for_theirs() -> None:
    views = [PageView(number, PICTURE, [Box(number, 60, 80, 120, 100)]) for number in (3, 4)]
    page = opened("words", 0, 5, "pdf", views)
    assert 'data-page="3" style="left:10.000%;top:10.000%;width:10.000%;height:2.500%"></span>' in page
    assert 'data-page="4" style="left:10.000%;top:10.000%;width:10.000%;height:2.500%" hidden></span>' in page
    assert 'alt="Picture of page 3, the cited words boxed"' in page
    # The picture itself is asked for when it is looked at.
    address = "viewer/page?collection=seeds&document=words&sha256=5ha"
    assert Reader(page).values("src") == [f"{address}&page=3"]
    assert Reader(page).values("data-pages") == ["4"]


def test_a_text_of_pages_is_shown_page_by_page() -> None:
    book = paged("One.", "", "Three\ngoes on", "and on.")
    page = page_html(book, 3)
    assert Reader(page).values("data-page") == ["1", "2", "3", "4"]
    assert Reader(page).text == "Page 1One.\n\nPage 2\n\nPage 3Three\ngoes on\n\nPage 4and on."
    start = book.text.index("goes")
    at = Citation(1, book.id, "", 3, start, len(book.text), book.text[start:])
    marked = document_html(book, at, [], "", ShownPlace(0, "citation", 0), 1)
    assert marked.count('<mark class="cited" id="cited">goes on') == marked.count('id="cited"') == 1
    assert '<mark class="cited">and on.</mark>' in marked
    assert "<mark" not in library_document_html(book, 2, [], "")


@given(st.lists(st.sampled_from(["word " * 3_000, "\n", "x" * 30_000, "\n\n", "end"]), min_size=1, max_size=9))
def test_a_text_is_read_whole_by_going_on_at_either_end(parts: list[str]) -> None:
    whole = document("".join(parts), "txt")
    for go_on, name, start in ((after_html, "after", 0), (before_html, "before", len(whole.text))):
        at, read = start, ""
        while True:
            shown = Reader(go_on(whole, at))
            said = shown.text.partition("… ")[0] if name == "after" else shown.text.rpartition(" …")[2]
            read = read + said if name == "after" else said + read
            if name not in shown.values("data-viewer"):
                break
            [now] = shown.values("data-at")
            assert int(now or at) != at
            at = int(now or at)
        assert read == whole.text


def test_right_to_left_text_and_tables_of_any_type_are_what_they_are() -> None:
    page = opened("العربية هنا\n\n| a | b |\n|---|---|\n| 1 | 2 |\n", 0, 3, "pdf")
    assert '<p dir="auto"><mark class="cited" id="cited">الع</mark>' in page
    assert page.count('role="columnheader"') == 2


def test_a_title_that_says_nothing_gives_way_to_the_name_of_the_file() -> None:
    said = Answer("", "", None, 0.5, False, None, [], [Citation(1, "a/lamp.pdf", "about:blank", None, 0, 1, "x")], [])
    assert "</span> lamp</strong>" in sources_html(0, said)
