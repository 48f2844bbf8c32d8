import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.llm.plain_text import plain_text


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("The Rhine is **1,233 km** long [1].", "The Rhine is 1,233 km long [1]."),
        ("# Rivers\n- The `Rhine` [1]", "Rivers\nThe Rhine [1]"),
        ("<think>It may be 5.</think>It is 4. [1]", "It is 4. [1]"),
        ("<think>It may be 5, which", ""),
        ("See [the page](https://evil.example/?q=secret) [1].", "See the page [1]."),
        ("So it is [1](https://evil.example).", "So it is [1]."),
        ("![pixel](https://evil.example/p.png?q=secret)It is.", "pixelIt is."),
        ("![pixel][p] It is.\n[p]: https://evil.example/p.png", "pixel It is.\n"),
        ("So [click](javascript:alert(1)) it is.", "So click it is."),
        ("Go to https://evil.example/a?b=c now.", "Go to  now."),
        ("Go to www.evil.example now.", "Go to  now."),
        ("<a href='https://evil.example'>Here</a> it is.", "Here it is."),
        ("<script>alert(1)</script>", "alert(1)"),
        ("<scr<b>ipt>alert(1)</scr</b>ipt>", "alert(1)"),
        ("<img src=x onerror=alert(1)", "< img src=x onerror=alert(1)"),
        ("It fell <five percent. Then it rose.", "It fell < five percent. Then it rose."),
        ("Models think inside <think> tags. So it is.", "Models think inside  tags. So it is."),
        ("One.<br>Two.<li>Three.</li>\rFour.", "One.\nTwo.\nThree.\n\nFour."),
        ("Many!![1][2] More ![3] (so they say).", "Many!![1][2] More ![3] (so they say)."),
        ("1. It rains. [1]\n2. It snows. [2]", "It rains. [1]\nIt snows. [2]"),
        ("1. May was cold.", "1. May was cold."),
        ("javascript:alert(1)", ")"),
        ("a < b and b > c", "a < b and b > c"),
        ("\x1b[31mred\u202e \x00x", "[31mred x"),
        ("```python\nprint(1)\n```", "\nprint(1)\n"),
        ("```The Rhine is long. [1]```", "The Rhine is long. [1]"),
        ("[1]: The Rhine is 1,233 km long.", "[1]: The Rhine is 1,233 km long."),
        ("[1]: Bern.\n[2]: Yes", "[1]: Bern.\n[2]: Yes"),
        ("[Rivers]: The Rhine is long.", "[Rivers]: The Rhine is long."),
        ("It is.\n[1]: https://evil.example/p.png", "It is.\n[1]: "),
        ("It is.\n[page]: <https://evil.example> 'The page'", "It is.\n"),
    ],
)
def test_markup_and_links_are_taken_out(text: str, plain: str) -> None:
    assert plain_text(text)[0] == plain


def test_what_was_taken_out_is_said() -> None:
    assert plain_text("It is so. [1]")[1] == []
    assert plain_text("[a](http://b.c) <b>d</b>")[1] == [
        "The model wrote a link: taken out.",
        "The model wrote markup: taken out.",
    ]


def test_an_address_that_the_passages_hold_stays_as_text() -> None:
    source = "Write to https://example.org/contact."
    text = "The address is https://example.org/contact. Not https://example.org/contact?q=secret"
    assert plain_text(text, source)[0] == "The address is https://example.org/contact. Not "


@given(st.text(st.sampled_from("<>[]()!ab1:/` \n*#-"), max_size=60) | st.text(max_size=40))
def test_no_tag_and_no_link_is_left(text: str) -> None:
    plain, _ = plain_text(text)
    assert not any(mark in plain for mark in ("<a", "<b", "</a", "](h", "://"))
    assert plain_text(plain)[0].count("<a") == 0
