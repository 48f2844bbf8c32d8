import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import DocumentError
from rag.formats.parsed_document import ParsedDocument
from rag.formats.tables.table_lines import with_tables
from rag.formats.web.html import html_page, read_html
from rag.text.sentences import sentence_spans


def text_of(html: str) -> str:
    return with_tables(ParsedDocument(html_page(html).text)).text


def test_a_page_becomes_text_like_markdown() -> None:
    parsed = read_html(
        b"""<?xml version="1.0"?><!DOCTYPE html><html><head><title>My\n page</title><style>p {}</style>
        <meta property="article:published_time" content="2024-05-01T10:00:00Z"></head><body>
        <nav><a href="/">Home</a></nav><script>if (a < b) c();</script>
        <h1>Rivers <em>of</em>\n Europe</h1>
        <p>The <a href="x">Rhine</a>&nbsp;is <b>long</b>_and *wide*.<br>It rises\n in the Alps.<br><br>So &amp; so.
        <h2><a name="x">South</a></h2><hr><p>Caf\xc3\xa9 <img src="x.png" alt="A view"> a&shy;b <!-- no --></p>tail"""
    )
    assert parsed.text == (
        "# Rivers of Europe\n\nThe Rhine is long_and *wide*.\nIt rises in the Alps.\n\nSo & so.\n\n## South\n\n"
        "Café ab\n\ntail"
    )
    assert (parsed.title, parsed.date) == ("My page", "2024-05-01")
    assert [(section.title, parsed.text[section.start : section.end][:9]) for section in parsed.sections] == [
        ("Rivers of Europe", "# Rivers "),
        ("South", "## South\n"),
    ]


def test_lists_keep_their_order_and_depth() -> None:
    html = "<ul><li>a<li><p>b</p><p>more</p><ol start=3><li>c<li>d</ol></ul><ul><li></li></ul><ol><li value=7>e</ol>"
    assert text_of(html) == "- a\n- b\n\nmore\n\n  3. c\n  4. d\n\n7. e"


def test_a_table_is_a_line_a_row() -> None:
    html = (
        "<p>x<table><caption>Cap</caption><tr><th>Name<th>km<tr><td>Rhine<td><p>1233</p><ul><li>ca.</ul><tr></table>y"
    )
    assert text_of(html) == "x\n\nCap\n\n| Name | km |\n| Rhine | 1233 - ca. |\n\ny"


def test_a_table_that_lays_out_a_page_leaves_its_parts() -> None:
    inner = "<table><tr><td>a<td>b</table>"
    assert text_of(f"<table><tr><td>{inner}<td>Side</table>") == "| a | b |\n\nSide"
    assert text_of("<table><tr><td><h2>Head</h2>One<td>Two</table>") == "## Head\n\nOne\n\nTwo"
    assert text_of("<table><tr><td>One<tr><td>Two</table>") == "One\n\nTwo"


def tables_of(html: str) -> list[tuple[str, tuple[str, ...], list[list[str]]]]:
    """Caption, labels and rows of each table."""
    parsed = read_html(html.encode())
    return [
        (
            table.caption,
            table.labels,
            [[parsed.text[slice(*cell)] if cell else "" for cell in row.cells] for row in table.rows],
        )
        for table in parsed.tables
    ]


def test_a_cell_that_spans_others_is_repeated_in_them() -> None:
    html = (
        "<table><tr><th>Region<th>Product<th>Units<tr><td rowspan=2>EU<td>Cable<td>12<tr><td>Hub<td>7"
        "<tr><td rowspan=0>US<td colspan=2>none<tr><td>Hub<td></table>"
    )
    rows = [["EU", "Cable", "12"], ["EU", "Hub", "7"], ["US", "none", "none"], ["US", "Hub", ""]]
    assert tables_of(html) == [("", ("Region", "Product", "Units"), rows)]


def test_the_head_of_a_table_is_as_high_as_it_is_marked_up_and_has_a_caption() -> None:
    html = (
        "<table><caption>By <b>region</b></caption><tr><td colspan=3>2023, in thousands<tr><th rowspan=2>Region"
        "<th colspan=2>Sales<tr><th>H1<th>H2<tr><th>EU<td>2020<td>2021<tr><td colspan=3>Rest"
        "<tr><th>US<td>2022<td></table>"
    )
    rows = [["EU", "2020", "2021"], ["Rest"], ["US", "2022", ""]]
    assert tables_of(html) == [("By region", ("Region", "Sales – H1", "Sales – H2"), rows)]
    assert tables_of("<table><thead><tr><td>1<td>2<tbody><tr><td>3<td>4</table>") == [("", ("1", "2"), [["3", "4"]])]


def test_labels_beside_their_values_are_a_form() -> None:
    html = "<table><tr><th colspan=2>Alice<tr><th>Born<td>1980<tr><th>Town<td>Delft</table>"
    assert tables_of(html) == [("Alice", (), [["Born", "1980"], ["Town", "Delft"]])]
    parsed = read_html(b"<dl><dt>Price<dd>40 EUR<dt>Weight<dd>3 kg<dd>net</dl>")
    assert parsed.text == "- Price: 40 EUR\n- Weight: 3 kg; net"
    assert len(parsed.tables[0].rows) == 2
    assert (
        text_of(f"<dl><dt>Term<dd>{'long ' * 50}<dt>Other<dd>x</dl>")
        == f"Term\n\n{('long ' * 50).strip()}\n\nOther\n\nx"
    )
    assert text_of("<dl><dd>indented</dl>") == "indented"


@pytest.mark.parametrize("span", ["rowspan", "colspan"])
def test_no_span_is_too_much(span: str) -> None:
    row = f"<tr><td {span}=65535>{'x' * 50}<td {span}=65535>y"
    assert len(text_of(f"<table>{row * 1_000}</table>")) < 3_000_000


def test_raised_and_lowered_text_joins_no_figure() -> None:
    html = (
        "450<sup>1</sup> t of CO<sub>2</sub>, 10<sup>-6</sup> m<sup>2</sup>, the 1<sup>st</sup>, "
        "<math><msup><mn>10</mn>\n<mn>8</mn></msup></math>, <math><mfrac><mn>1</mn><mn>2</mn></mfrac></math>, "
        "85<span style='font-size:8pt; vertical-align: super'>3</span>"
    )
    assert text_of(html) == "450¹ t of CO₂, 10⁻⁶ m², the 1st, 10⁸, 1/2, 85³"


def test_marks_that_refer_to_notes_join_no_figure() -> None:
    html = (
        "450<sup><a href=#n1>[1]</a></sup>, 460<a href=#n2>2</a>, 470.<a href='notes.xhtml#n3'>3</a> "
        "area<a role=doc-noteref href=n>iv</a>, see <a href=#s4>4</a> (<a href=#s5>5</a>) and <a href=#x>12 m</a>"
    )
    assert text_of(html) == "450[1], 460², 470.³ area (iv), see 4 (5) and 12 m"


def test_code_is_fenced_and_other_preformatted_text_keeps_its_lines() -> None:
    assert text_of("<pre><code>def f():\n    return 1\n</code></pre>x") == "```\ndef f():\n    return 1\n```\n\nx"
    assert text_of("<pre class=c>```\n</pre>") == "~~~\n```\n~~~"
    assert text_of("<pre>one\n  two</pre>") == "one\n  two"
    assert text_of("Call <code>f()</code>") == "Call f()"


def test_links_back_from_a_note_go_and_arrows_stay() -> None:
    assert text_of('<p>Note. <a href="#ref">↑</a></p><p>up ↑') == "Note.\n\nup ↑"


def test_what_is_hidden_or_not_text_goes() -> None:
    assert text_of("<div hidden><p>no</div><svg><title>no</title></svg><select><option>no</select>yes") == "yes"
    assert text_of("<aside epub:type=footnote hidden>shown on demand</aside>") == "shown on demand"


def test_what_is_hidden_or_struck_out_is_left_out_and_said_so() -> None:
    parsed = read_html(
        b"<p>The fee is <del>40</del> <ins>55</ins> euros, not <s>1</s><strike> </strike>."
        b"<p style='color:red; DISPLAY : none'>a<br>b<script>x</script></p><p style=visibility:hidden>c</p>"
        b"<p>Now <span style='text-decoration: underline line-through'>50</span> 60.</p>"
        b"<div style='display:none'><svg><title>x</title></svg><script>x</script></div><p style='display:nonesuch'>d"
    )
    assert parsed.text == "The fee is 55 euros, not .\n\nNow 60.\n\nd"
    assert parsed.notes == ["2 hidden passages left out.", "3 struck-out passages left out."]
    assert read_html(b"<p>all of it").notes == []


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"<meta charset=iso-8859-1><p>caf\xe9 \x80", "café €"),
        (b"<meta http-equiv=x content='text/html; charset=shift_jis'><p>" + "日本".encode("shift_jis"), "日本"),
        (b"<?xml version='1.0' encoding='koi8-r'?><p>" + "мир".encode("koi8-r"), "мир"),
        (b"<p>caf\xe9", "café"),
        ("<meta charset=iso-8859-1><p>é".encode(), "é"),
        ("\ufeff<p>é".encode(), "é"),
        ("<p>é".encode("utf-16"), "é"),
    ],
)
def test_the_encoding_is_found(raw: bytes, text: str) -> None:
    assert read_html(raw).text == text


@pytest.mark.parametrize("tag", ["div", "b", "ul><li", "table><tr><td", "blockquote", "pre", "h1", "q", "nope"])
def test_no_depth_is_too_much(tag: str) -> None:
    assert "END" in text_of(f"<{tag}>" * 20_000 + "END")


def test_a_deep_list_is_no_wide_one() -> None:
    assert len(text_of("<ul>" * 10_000 + "<li>x" * 10_000)) < 400_000


def test_what_xhtml_closes_at_once_holds_nothing() -> None:
    html = '<html><head><title/><script src="a.js" /><style/></head><body><svg/><a href=x/>Text.</a></body></html>'
    assert text_of(html) == "Text."


def test_what_holds_no_text_is_named() -> None:
    with pytest.raises(DocumentError, match="^empty"):
        read_html(b"<p><script>x</script>")
    with pytest.raises(DocumentError, match="^holds NUL"):
        read_html(b"\x89PNG\r\n\0\0")
    with pytest.raises(DocumentError, match="^empty"):
        read_html(b"")


TAGS = st.sampled_from(
    "p li ul ol table tr td h1 pre code br b a script title svg nav q div sup sub s dl dt dd thead caption blockquote "
    "math msup mfrac mn".split()
)
PIECES = st.one_of(
    TAGS.map("<{}>".format), TAGS.map("</{}>".format), st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
)


@given(st.lists(PIECES, max_size=30))
def test_any_soup_gives_text_that_can_be_cut_into_sentences(pieces: list[str]) -> None:
    text = text_of("".join(pieces))
    assert text == text.strip("\n")
    assert not set("\0\r") & set(text)
    text.encode()
    assert all(text[start:end].strip() for start, end in sentence_spans(text))


@given(st.lists(st.text("abc ", min_size=1).filter(str.strip), min_size=1))
def test_no_paragraph_is_lost(paragraphs: list[str]) -> None:
    text = text_of("".join(f"<p>{paragraph}</p>" for paragraph in paragraphs))
    assert text.split("\n\n") == [" ".join(paragraph.split()) for paragraph in paragraphs]
