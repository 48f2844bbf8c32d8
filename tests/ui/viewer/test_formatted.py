"""Texts as HTML blocks: nothing of them is lost, added or taken for markup, whatever they say and is cited."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rag.formats.readers import READERS
from tests.conftest import REPOSITORY
from tests.small_files import FORMATS, docx_of, docx_paragraph
from ui.common.templates import joined
from ui.viewer.formatted import formatted_html

TAGS = {"div", "span", "p", "b", "i", "code", "mark", "h3", "h4", "h5", "h6"}
ATTRIBUTE = re.compile(
    "class=(syntax|syntax end|marker|break|item|quote|code|table|row|row rule|cell|cited)|id=cited"
    "|dir=auto|role=(table|row|cell|columnheader)|style=--depth:[0-8]"
)
SYNTAX = [
    *"# ¶###### ¶## x ##¶#######¶- ¶* ¶+ ¶1. ¶22) ¶  - ¶\t- ¶> ¶>> ¶>5¶```¶~~~¶````¶``¶`¶```py\n".split("¶"),
    *"** __ * _ *** ___ **** [ ] ( ) ![ ]( ](a) ![x](y) [a](b(c)) [](x) | || |---|---| |:-:| \\ \\* \\` \\|".split(" "),
    *"\n¶\n\n¶\r\n¶\r¶\t¶ ¶    ¶\u00a0¶\u2028¶\x0b¶\x0c¶\x85¶\ufeff".split("¶"),
    *"<b> </p> <script>alert(1)</script> & &amp; &#96; < > \" ' ${x} {{y}} $ { }".split(" "),
    *"a word Ä 中文 2*3 snake_case é 😀".split(" "),
    *"===\n¶--|--\n¶a | b\n¶***\n¶| a | b |\n¶|---|:-:|\n¶> quote\n¶# Title\n¶- item\n¶```\ncode\n```\n".split("¶"),
]
MARKDOWN = st.lists(st.sampled_from(SYNTAX), max_size=40).map("".join)
# Browsers show no NUL, and nothing can send a surrogate; no reader gives either.
ANYTHING = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=60)


class Read(HTMLParser):
    """What a browser makes of a page."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.text = ""
        self.marks: list[str] = []
        self.ids: list[str | None] = []
        self.shown = ""
        """The text that is no syntax, with pilcrows between blocks and a slash after each cell."""
        self.elements: list[str] = []
        self.deepest = 0
        self._open: list[tuple[str, str]] = []
        self.feed(str(html))
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in TAGS
        assert all(ATTRIBUTE.fullmatch(f"{name}={value}") for name, value in attrs)
        if not self._open:
            self.shown += "¶" * bool(self.shown)
            self.elements.append(" ".join([tag, *(str(value) for name, value in attrs if name != "dir")]))
        if tag == "mark":
            self.marks.append("")
            self.ids.append(dict(attrs).get("id"))
        self._open.append((tag, str(dict(attrs).get("class"))))
        self.deepest = max(self.deepest, len(self._open))

    def handle_endtag(self, tag: str) -> None:
        opened, kind = self._open.pop()
        assert opened == tag
        if kind == "cell":
            self.shown += "/"

    def handle_data(self, data: str) -> None:
        self.text += data
        if ("mark", "cited") in self._open:
            self.marks[-1] += data
        if not any(kind.startswith("syntax") for _, kind in self._open):
            self.shown += data


def read(text: str, start: int = 0, end: int = 0, is_markdown: bool = True) -> Read:
    """The page of `text`, which holds nothing but the text and the marks of its range."""
    html = formatted_html(text, (start, end), is_markdown)
    assert not set("${}`\r") & set(html)
    page = Read(html)
    assert page.text == text
    assert "".join(page.marks) == text[start:end]
    assert page.ids == ["cited"] + [None] * (len(page.ids) - 1)
    assert all(page.marks) or (start == end and page.marks == [""])
    return page


def shown(text: str) -> list[str]:
    """What is seen of each block of a Markdown text."""
    return [block.strip("\n") for block in read(text).shown.split("¶")]


@given(MARKDOWN | ANYTHING, st.integers(0, 2**20), st.integers(0, 2**20), st.booleans())
@example("", 0, 0, True)
@example("\n\n", 1, 2, True)
@example("# **a", 5, 5, True)
@example("<b>\r\n</b>", 2, 6, False)
def test_a_page_holds_its_text_and_marks_the_range(text: str, one: int, other: int, is_markdown: bool) -> None:
    start, end = sorted((one % (len(text) + 1), other % (len(text) + 1)))
    read(text, start, end, is_markdown)


@given(MARKDOWN, st.integers(0, 2**20))
def test_an_empty_range_is_marked_at_its_place(text: str, at: int) -> None:
    at %= len(text) + 1
    html = formatted_html(text, (at, at), is_markdown=True)
    before, after = html.split('<mark class="cited" id="cited"></mark>')
    assert re.sub("<[^>]*>", "", before) == joined([text[:at]])
    assert re.sub("<[^>]*>", "", after) == joined([text[at:]])


@pytest.mark.parametrize("name", ["astana-round-22.md", "powers-and-positions.md", "humanitarian-situation.txt"])
def test_every_range_of_a_document_is_marked(name: str) -> None:
    text = (REPOSITORY / "seeds" / name).read_text(encoding="utf-8")
    for start in range(0, len(text), 97):
        for length in (0, 1, 80, 3_000):
            read(text, start, min(len(text), start + length), name.endswith(".md"))


@pytest.mark.parametrize("suffix", FORMATS)
def test_what_each_reader_gives_is_shown_as_it_stands(suffix: str) -> None:
    text = READERS[suffix](FORMATS[suffix]("The <b>keeper</b> & his *lamp* | ${x} [1](2)")).text
    start = text.index("keeper")
    read(text, start, start + 20, is_markdown=suffix not in {".txt", ".pdf"})


def test_what_is_made_of_html_has_its_blocks() -> None:
    text = READERS[".html"](
        b"<h1>Top</h1><p>One<br>two</p><ul><li>a<ul><li>b</ul><li>c</ul><ol><li>x</ol><h3>Low</h3>"
        b"<table><tr><th>k<th>v<tr><td>1<td>2</table><pre><code># no\n\nend</code></pre>"
    ).text
    page = read(text, text.index("two"), text.index("2"))
    assert page.elements == [
        *["h3", "p", "div item --depth:0", "div item --depth:1", "div item --depth:0", "div item --depth:0", "h5"],
        *["div table table", "div code"],
    ]
    assert page.shown == "Top¶One\ntwo¶- a¶- b¶- c¶1. x¶Low¶k/v/1/2/¶# no\n\nend\n"


def test_what_is_made_of_a_word_document_has_its_blocks() -> None:
    cells = "".join(f"<w:tc>{docx_paragraph(text)}</w:tc>" for text in ("key", "value"))
    body = docx_paragraph("First.") + f"<w:tbl><w:tr>{cells}</w:tr></w:tbl>" + docx_paragraph("Last.")
    page = read(READERS[".docx"](docx_of(body)).text, 2, 20)
    assert page.elements == ["p", "div table table", "p"]


@pytest.mark.parametrize(
    ("text", "element"),
    [
        ("Text", "p"),
        ("# One", "h3"),
        ("## Two", "h4"),
        ("   ### Three ###", "h5"),
        ("#### Four", "h6"),
        ("###### Six", "h6"),
        ("####### Seven", "p"),
        ("#hash", "p"),
        ("# ", "p"),
        ("- item", "div item --depth:0"),
        ("* item", "div item --depth:0"),
        ("12) item", "div item --depth:0"),
        ("2019. The year", "p"),
        ("-5 degrees", "p"),
        ("> quote", "div quote"),
        (">50%", "p"),
        ("| a |", "div table table"),
        ("| a", "p"),
        ("|", "p"),
        ("```\ncode", "div code"),
        ("~~~~ py\n~~~\n~~~~", "div code"),
        ("```code```", "p"),
        ("Title\n===", "h3"),
        ("Title\n---\n", "h4"),
        ("---", "div break"),
        ("- - -\n", "div break"),
        ("a | b\n--|--\n1 | 2", "div table table"),
        ("\n", "div"),
    ],
)
def test_a_line_is_the_block_that_its_syntax_says(text: str, element: str) -> None:
    assert read(text, 0, len(text)).elements == [element]
    assert read(text, is_markdown=False).elements == ["div" if text == "\n" else "p"]


def test_a_table_is_one_in_any_text_and_without_bars_at_its_ends_in_markdown() -> None:
    assert read("a\n| b | c |\n| 1 | 2 |\nd", is_markdown=False).shown == "a¶b/c/1/2/¶d"
    assert shown("a | b\n:-|-:\n1 | \n| 2 | 3\n4 | 5 |\nText.") == ["a/b//1/2/3/4/5/", "Text."]
    assert shown("a | b\nc | d") == ["a | b\nc | d"]


def test_a_line_is_underlined_as_a_heading_where_it_stands_alone() -> None:
    assert shown("One\n===\nText\n\ntwo\nlines\n---\nText") == ["One", "Text", "two\nlines", "", "Text"]


def test_lines_go_on_with_blocks_until_a_blank_line_or_another_block() -> None:
    text = "a\nb\n\n\nc\n# d\ne\n- f\n  g\n- h\n\ni\n> j\n> k\nl\n"
    assert shown(text) == ["a\nb", "c", "d", "e", "- f\n  g", "- h", "i", "j\nk", "l"]
    assert read("a\nb\n \nc", is_markdown=False).shown == "a\nb¶c"


def test_items_lie_as_deep_as_their_indents_say() -> None:
    text = "- a\n    - b\n\n      more of b\n\n    - c\n        1. d\n - e\n\nText.\n\n  - f\n"
    depths = [element[-1] for element in read(text).elements if "depth" in element]
    assert depths == ["0", "1", "1", "2", "0", "0"]
    assert read("".join(f"{'  ' * n}- x\n" for n in range(20))).elements[-1] == "div item --depth:8"


def test_nothing_is_interpreted_in_code() -> None:
    assert shown("```py\n# a\n\n- **b**\n~~~\n```\n**c**") == ["# a\n\n- **b**\n~~~", "c"]
    assert shown("~~~\n| a |\n\n> b\n") == ["| a |\n\n> b"]


def test_a_table_has_rows_and_cells_and_a_head_where_a_rule_follows() -> None:
    assert shown("| a | **b** |\n|---|:-:|\n| 1 \\| 2 ||\n| - | - |") == ["a/b//1 \\| 2//-/-/"]
    html = formatted_html("| a | b |\n|---|:-:|\n| c | d |", (0, 0), is_markdown=True)
    assert html.count('role="columnheader"') == 2
    assert html.count('role="cell"') == 3
    assert html.count('<div class="row rule" role="row">') == 1
    # Neither is a rule what stands for values that are not there.
    assert "rule" not in formatted_html("| a | b |\n| - | - |\n| c | d |\n|---|---|", (0, 0), is_markdown=True)


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("**a**", "<b>a</b>"),
        ("__a__", "<b>a</b>"),
        ("*a*", "<i>a</i>"),
        ("(_a_)", "(<i>a</i>)"),
        ("***a***", "<b><i>a</i></b>"),
        ("**a *b***", "<b>a <i>b</i></b>"),
        ("*a **b** c*", "<i>a <b>b</b> c</i>"),
        ("**a\nb**", "<b>a\nb</b>"),
        ("a `*b*` c", "a <code>*b*</code> c"),
        ("``a ` b``", "<code>a &#96; b</code>"),
        ("[a **b**](c_d_(e) 'f')", "a <b>b</b>"),
        ("[![alt](x.png)](y)", "alt"),
        ("[a] (b)", "[a] (b)"),
        ("[1], [a][b]", "[1], [a][b]"),
        ("2*3*4 **5 a_b_c **x**y", "2*3*4 **5 a_b_c **x**y"),
        ("a * b * c", "a * b * c"),
        ("*args, **options", "*args, **options"),
        ("\\*a\\*", "\\*a\\*"),
        ("Name: ____ ____", "Name: ____ ____"),
        ("`a", "&#96;a"),
        ("*a **b* c**", "<i>a **b</i> c**"),
    ],
)
def test_inline_syntax_is_taken_for_what_it_is(text: str, html: str) -> None:
    page = formatted_html(text, (len(text), len(text)), is_markdown=True)
    assert (
        re.sub('<span class="syntax">[^<]*</span>', "", page)
        == f'<p dir="auto">{html}</p><mark class="cited" id="cited"></mark>'
    )


def test_a_range_is_marked_in_whatever_elements_it_lies() -> None:
    text = "# A **b**\n\n- c"
    page = read(text, 2, 13)
    assert page.marks == ["A ", "**", "b", "**", "\n\n", "- "]
    html = formatted_html("a **b** c", (4, 9), is_markdown=True)
    assert html == (
        '<p dir="auto">a <span class="syntax">**</span><b><mark class="cited" id="cited">b</mark></b>'
        '<span class="syntax"><mark class="cited">**</mark></span><mark class="cited"> c</mark></p>'
    )


@pytest.mark.parametrize("piece", [*SYNTAX, "*a", "**a **b ", "*a _b ", "[a", "](x", "> > ", "`a``", "- a\n  "])
@pytest.mark.parametrize("end", ["", "x", "\n)", " |"])
def test_a_page_is_neither_deep_nor_long_whatever_is_repeated(piece: str, end: str) -> None:
    text = piece * 300 + end
    page = read(text, 0, len(text))
    assert page.deepest <= 9
    assert len(formatted_html(text, (0, 0), is_markdown=True)) <= 90 * len(text) + 200
